"""`admin`: a host without a browser, and people whom a host keeps out or helps in."""

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


@admin.command()
def create(
    *,
    email: Annotated[str, typer.Option(help="E-mail address of the new host.")],
    name: Annotated[str, typer.Option(help="Name of the person.")] = "",
    company: Annotated[
        str,
        typer.Option(help="Name of their company; without it they get a workspace of their own."),
    ] = "",
    existing: Annotated[
        bool, typer.Option("--existing", help="Make a person who has an account a host.")
    ] = False,
) -> None:
    """Make a host, or with --existing make a known person one; prints a one-time link to set the password."""

    async def main() -> None:
        async with Boot(load_settings(), works=False).running() as runtime:
            link = await accounts.create_host(
                runtime, email=email, name=name, company=company, existing=existing
            )
            out.print(f"{email} is a host now. Set the password once at:\n{link}", soft_wrap=True)

    run(main())


Email = Annotated[str, typer.Option(help="E-mail address of the person.")]


@admin.command()
def disable(email: Email) -> None:
    """Keep a person out of the whole installation; their sessions end at once."""

    async def main() -> None:
        async with (
            Boot(load_settings(), works=False).running() as runtime,
            runtime.db.system.transaction() as conn,
        ):
            user_id = await accounts.find_user(conn, email)
            await accounts.disable_user(runtime, conn, user_id)
        out.print(f"{email} is kept out.")

    run(main())


@admin.command()
def enable(email: Email) -> None:
    """Let a person in again."""

    async def main() -> None:
        async with (
            Boot(load_settings(), works=False).running() as runtime,
            runtime.db.system.transaction() as conn,
        ):
            await accounts.enable_user(conn, await accounts.find_user(conn, email))
        out.print(f"{email} may log in again.")

    run(main())


@admin.command()
def forget_authenticator(email: Email) -> None:
    """Turn two-step log-in off for a person who lost the authenticator and the recovery codes."""

    async def main() -> None:
        async with (
            Boot(load_settings(), works=False).running() as runtime,
            runtime.db.system.transaction() as conn,
        ):
            await accounts.drop_second(runtime, conn, await accounts.find_user(conn, email))
        out.print(f"{email} logs in with the password alone.")

    run(main())
