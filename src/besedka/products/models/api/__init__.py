"""JSON about models."""
