"""The command line as people use it: a process of its own."""

import asyncio
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

KEPT = {"PATH", "PYTHONPATH", "HOME", "LANG"}
SECONDS = 120


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
        """Run a command to its end."""
        kept = {name: value for name, value in os.environ.items() if name in KEPT}
        process = await asyncio.create_subprocess_exec(
            str(Path(sys.executable).with_name("besedka")), *arguments,
            env={**kept, "COLUMNS": "200", **self.environment},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        async with asyncio.timeout(self.seconds):
            output, _ = await process.communicate()
        assert process.returncode is not None
        return Said(process.returncode, output.decode())
