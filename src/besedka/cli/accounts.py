"""`admin create`: a host without a browser."""

from typing import Annotated

import typer
from rich.console import Console

from besedka.boot import Boot
from besedka.cli.session import run
from besedka.core.config import load_settings
from besedka.kernel.accounts import service as accounts

out = Console(highlight=False)
admin = typer.Typer(help="People who run the installation.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.add_typer(admin, name="admin")


@admin.callback()
def _group() -> None:
    """Keep `admin create` a command of its own."""


@admin.command()
def create(
    email: Annotated[str, typer.Option(help="E-mail address of the new host.")],
    name: Annotated[str, typer.Option(help="Name of the person.")] = "",
) -> None:
    """Make a host, or make an existing person one; prints a one-time link to set the password."""

    async def main() -> None:
        async with Boot(load_settings(), works=False).running() as runtime:
            link = await accounts.create_host(runtime, email=email, name=name)
            out.print(f"{email} is a host now. Set the password once at:\n{link}", soft_wrap=True)

    run(main())
