"""Pages about models."""
