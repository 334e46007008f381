"""`log-level`: how much every process logs, set while they run."""

from typing import Annotated

import typer
from rich.console import Console

from besedka.boot import Boot
from besedka.cli.session import run
from besedka.core.config import load_settings
from besedka.products.operations import service
from besedka.products.operations.types import MINUTES, MOST_MINUTES, Level, LevelUntil

out = Console(highlight=False)


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.command("log-level")(log_level)


def log_level(
    level: Annotated[
        Level | None, typer.Argument(help="The level; without one, what holds is told.")
    ] = None,
    minutes: Annotated[
        int, typer.Option(min=1, max=MOST_MINUTES, help="How long it holds.")
    ] = MINUTES,
    *,
    reset: Annotated[
        bool, typer.Option("--reset", help="Return to what the settings say.")
    ] = False,
) -> None:
    """Have every process log more or less for some minutes; they follow within seconds."""

    async def main() -> None:
        async with (
            Boot(load_settings(), works=False).running() as runtime,
            runtime.db.system.transaction() as conn,
        ):
            if reset:
                await service.reset_level(conn)
            elif level is not None:
                await service.set_level(conn, level, minutes=minutes)
            out.print(_told(await service.find_level(conn)))

    run(main())


def _told(found: LevelUntil | None) -> str:
    if found is None:
        return "Every process logs as its BESEDKA_LOG_LEVEL says."
    return f"Every process logs from {found.level} on until {found.until:%Y-%m-%d %H:%M} UTC."
