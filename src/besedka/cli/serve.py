"""`serve`, `worker`, `migrate`, `demo`: the long-lived processes and the schema."""

import asyncio
import signal
import socket
import sys
from typing import Annotated

import typer
import uvicorn
from rich.console import Console

from besedka import __version__, worker
from besedka.app import Part, create_app
from besedka.boot import Boot
from besedka.cli.session import run
from besedka.core.config import Settings, load_settings
from besedka.core.db.dsn import normalise
from besedka.core.db.embedded import Embedded
from besedka.core.runtime import Runtime
from besedka.kernel.accounts import service as accounts
from besedka.migrations.run import newest, upgrade_if_needed
from besedka.products.demo import service as demo_company

GRACE_SECONDS = 3
KEEP_ALIVE_SECONDS = 75
"""Longer than proxies keep their connections: otherwise one sends a request into a connection that is being closed."""
BACKLOG = 2048
SOCKET_FRAME_BYTES = 64 * 1024

out = Console(highlight=False)


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.command()(serve)
    app.command("worker")(work)
    app.command()(migrate)
    app.command()(demo)


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.")] = -1,
    only: Annotated[
        Part,
        typer.Option(help="Serve pages and API, or sockets, beside processes that do the rest."),
    ] = Part.ALL,
) -> None:
    """Run the server: pages, API, sockets and jobs in one process, or a part of it."""
    settings = _settings(host, port)
    _check_company(settings, only)
    listener = _listen(settings)
    settings.port = listener.getsockname()[1]
    config = uvicorn.Config(
        create_app(settings, on_ready=_announce, part=only, for_good=True),
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=SOCKET_FRAME_BYTES,
        ws_per_message_deflate=False,
        access_log=False,
        log_config=None,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        backlog=BACKLOG,
    )
    server = uvicorn.Server(config)
    server.run(sockets=[listener])
    if not server.started:
        raise typer.Exit(1)


def _check_company(settings: Settings, part: Part) -> None:
    """Refuse to be one of several processes without what they share."""
    if part is not Part.ALL and not (settings.redis_url and settings.database):
        typer.secho(
            "A part of the server needs DATABASE_URL and REDIS_URL, which it shares with the other parts.",
            err=True, fg=typer.colors.RED,
        )  # fmt: skip
        raise typer.Exit(1)
    if settings.workers > 1:
        typer.secho(
            "This command runs one process. For several: start it several times, or uvicorn --workers on app.main:app,"
            " with DATABASE_URL and REDIS_URL set.",
            err=True, fg=typer.colors.RED,
        )  # fmt: skip
        raise typer.Exit(1)


def _settings(host: str, port: int) -> Settings:
    settings = load_settings()
    if host:
        settings.host = host
    if port >= 0:
        settings.port = port
    return settings


def _listen(settings: Settings) -> socket.socket:
    """Bind before anything is started, so that a taken port is said at once."""
    family = socket.AF_INET6 if ":" in settings.listen_host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.listen_host, settings.port))
    except OSError as error:
        typer.secho(
            f"Cannot listen on {settings.listen_host}:{settings.port}: {error.strerror}. "
            "Set another port with BESEDKA_PORT or --port.",
            err=True,
            fg=typer.colors.RED,
        )
        sys.exit(1)
    return listener


async def _announce(runtime: Runtime) -> None:
    """Print where the server is, and the one-time link while nobody owns it."""
    base = runtime.settings.base_url
    out.print(f"\n  Besedka {__version__} is ready at [bold]{base}[/bold]")
    link = await accounts.first_link(runtime)
    if link is not None:
        out.print("\n  Open this link once to become the host of this installation:")
        out.print(f"  [bold]{link}[/bold]", soft_wrap=True)
    else:
        out.print(f"  Log in at {base}/login, see the demo site at {base}/demo")
    out.print("\n  Stop with Ctrl+C.\n")


def work() -> None:
    """Run jobs only, beside a server on the same database."""
    settings = load_settings()

    async def main() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        await worker.work_until(stop, settings)

    run(main())


def migrate() -> None:
    """Bring the database to the newest schema."""
    settings = load_settings()
    if settings.database:
        changed = run(upgrade_if_needed(normalise(settings.database).plain))
    else:
        server = Embedded(settings.data_dir / "postgres")
        server.start()
        try:
            changed = run(upgrade_if_needed(server.dsn.plain))
        finally:
            server.stop()
    out.print(f"Schema {'migrated to' if changed else 'is already at'} {newest()}.")


def demo() -> None:
    """Make the demo company: an assistant with a dozen documents in Russian and English."""

    async def main() -> None:
        async with Boot(load_settings()).running() as runtime:
            made = await demo_company.make(runtime)
            base = runtime.settings.base_url
            out.print(f"The company [bold]{made.name}[/bold] is ready.")
            out.print(f"While the server runs (besedka serve), see it at [bold]{base}/demo[/bold].")

    run(main())
