"""The protocols of providers, one file or a few per protocol."""
