"""SQL of promises, by what it is about."""
