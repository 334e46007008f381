"""The kernel: one conversation engine, and what it stands on. A ladder of modules without pages."""
