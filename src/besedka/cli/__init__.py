"""The command line: `besedka serve`, and what a host needs besides."""

import gc
from importlib import import_module


def main() -> None:
    """Load the commands and run one.

    Nothing that an import makes is garbage: the collector is off meanwhile, which saves a seventh of the time of a
    start, and never looks at those objects again.
    """
    gc.disable()
    commands = import_module("besedka.cli.main")
    gc.freeze()
    gc.enable()
    commands.main()
