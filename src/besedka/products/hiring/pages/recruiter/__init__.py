"""Pages of those who hire."""
