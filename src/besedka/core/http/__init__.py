"""The one way out: an HTTP client that checks every address before it connects to it."""
