"""The command line as people use it: a process of its own."""

import asyncio
import multiprocessing
import os
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass

from besedka.cli.main import main

KEPT = {"PATH", "PYTHONPATH", "HOME", "LANG"}
SECONDS = 120
_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(["besedka.cli.main", "besedka.app", "besedka.cli.serve"])


@dataclass(frozen=True, slots=True)
class Said:
    """How a command ended and what it printed."""

    status: int
    text: str


@dataclass(frozen=True, slots=True)
class Shell:
    """Runs `besedka` with the given environment."""

    environment: Mapping[str, str]
    seconds: float = SECONDS

    async def besedka(self, *arguments: str) -> Said:
        """Run a command to its end, in a process forked from one that has loaded the program but done nothing."""
        kept = {name: value for name, value in os.environ.items() if name in KEPT}
        environment = {**kept, "COLUMNS": "200", **self.environment}
        with tempfile.NamedTemporaryFile() as printed:
            process = _SERVER.Process(target=_run, args=(arguments, environment, printed.name))
            process.start()
            try:
                await asyncio.to_thread(process.join, self.seconds)
                assert process.exitcode is not None, f"{arguments} ran for {self.seconds} s"
            finally:
                process.kill()
            return Said(process.exitcode, printed.read().decode())


def _run(arguments: tuple[str, ...], environment: dict[str, str], printed: str) -> None:
    """Be the command, in the child."""
    output = os.open(printed, os.O_WRONLY)
    for descriptor in (1, 2):
        os.dup2(output, descriptor)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["besedka", *arguments]
    main()
