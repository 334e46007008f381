"""Uploaded files: stored under random names, typed by content, handed out by their owners."""
