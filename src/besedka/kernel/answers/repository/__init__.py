"""SQL of assistants and runs."""
