"""HTTP of files: bare uploads, and uploads that come in pieces."""
