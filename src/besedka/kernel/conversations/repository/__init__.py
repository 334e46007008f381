"""All SQL of conversations."""
