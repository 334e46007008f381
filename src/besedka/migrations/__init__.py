"""The schema's history, applied by `besedka migrate` and at start on the embedded database."""
