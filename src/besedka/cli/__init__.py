"""The command line: `besedka serve`, and what a host needs besides."""

from besedka.cli.main import main

__all__ = ["main"]
