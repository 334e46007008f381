"""Settings: when people work, and what is promised."""
