"""Entry points over HTTP."""
