"""`system --check-health`: whether the installation works, for people and for monitors."""

import json
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from shutil import disk_usage
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from besedka import __version__
from besedka.boot import Boot
from besedka.cli.session import run
from besedka.core.config import Settings, load_settings
from besedka.core.db.embedded import NoServer, StartFailed
from besedka.core.errors import DatabaseAway
from besedka.core.http.errors import OutgoingError
from besedka.core.http.guard import Guard
from besedka.core.http.types import Limits
from besedka.core.module import load
from besedka.core.runtime import Runtime
from besedka.kernel.jobs import service as jobs
from besedka.migrations.run import current, newest

if TYPE_CHECKING:
    from besedka.core.http.client import OutgoingHttp

LEAST_FREE_BYTES = 1024**3
LONGEST_WAIT = 300.0

out = Console(highlight=False)


class State(StrEnum):
    """How a check went. A warning does not make the installation ill."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, and what was found."""

    name: str
    state: State
    detail: str


SIGNS = {
    State.OK: "[green]✓[/green]",
    State.WARNING: "[yellow]![/yellow]",
    State.FAILED: "[red]✗[/red]",
}


def register(app: typer.Typer) -> None:
    """Add this file's command."""
    app.command()(system)


def system(
    *,
    check_health: Annotated[
        bool, typer.Option("--check-health", help="Look whether everything works.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a monitor.")] = False,
) -> None:
    """Say how the installation is; ends with 1 when something does not work."""
    if not check_health:
        raise typer.BadParameter("Say what to do: --check-health.")
    checks = run(_look(load_settings()))
    ill = any(check.state is State.FAILED for check in checks)
    if as_json:
        found = {
            "status": "failed" if ill else "ok",
            "version": __version__,
            "checks": [asdict(check) for check in checks],
        }
        typer.echo(json.dumps(found, ensure_ascii=False))
    else:
        for check in checks:
            out.print(f"{SIGNS[check.state]} {check.name}: {check.detail}", soft_wrap=True)
    raise typer.Exit(1 if ill else 0)


async def _look(settings: Settings) -> list[Check]:
    return [await _server(settings), _disk(settings), *[c async for c in _database(settings)]]


async def _server(settings: Settings) -> Check:
    """Ask the running server itself, at the address that it listens on."""
    http: OutgoingHttp = load("besedka.core.http.client").OutgoingHttp(
        Guard(allow_private=True), Limits(connect=3.0, idle=5.0, total=8.0)
    )
    try:
        answer = await http.send("GET", f"{settings.local_url}/health/ready")
    except OutgoingError as error:
        return Check("server", State.FAILED, f"does not answer on port {settings.port}: {error}")
    finally:
        await http.close()
    if not answer.ok:
        return Check("server", State.FAILED, f"answers {answer.status}: it cannot work now")
    return Check("server", State.OK, f"ready on port {settings.port}")


def _disk(settings: Settings) -> Check:
    folder = settings.data_dir.resolve()
    near = next(path for path in (folder, *folder.parents) if path.exists())
    free = disk_usage(near).free
    state = State.OK if free >= LEAST_FREE_BYTES else State.FAILED
    return Check("disk", state, f"{free // 1024**2} MiB free for {folder}")


async def _database(settings: Settings) -> AsyncIterator[Check]:
    try:
        async with Boot(settings, works=False).running() as runtime:
            yield Check("database", State.OK, "answers")
            yield await _schema(runtime)
            yield await _jobs(runtime)
    except (DatabaseAway, NoServer, StartFailed) as error:
        yield Check("database", State.FAILED, f"does not answer: {error}")


async def _schema(runtime: Runtime) -> Check:
    at = await current(runtime.db.dsn.plain)
    if at == newest():
        return Check("schema", State.OK, at)
    return Check("schema", State.FAILED, f"{at or 'none'}, {newest()} is needed: besedka migrate")


async def _jobs(runtime: Runtime) -> Check:
    async with runtime.db.system.acquire() as conn:
        found = await jobs.backlog(conn)
    shown = (
        f"{found.due} due, the first for {found.waited:.0f} s; {found.failed} failed within a day"
    )
    if found.due and found.waited > LONGEST_WAIT:
        return Check("jobs", State.FAILED, f"{shown}: is a worker running?")
    return Check("jobs", State.WARNING if found.failed else State.OK, shown)
