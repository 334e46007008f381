"""`users cleanup`, `uploads cleanup`, `keys rotate`: what a host does now and then."""

from typing import Annotated

import typer
from rich.console import Console

from besedka.boot import Boot
from besedka.cli.session import NotThere, find_workspace, run, server
from besedka.core import master_key
from besedka.core.config import Settings, load_settings
from besedka.core.db import dump
from besedka.core.db.dsn import Dsn
from besedka.core.db.sealed import Resealed, reseal
from besedka.core.security.secretbox import SecretBox
from besedka.kernel.accounts import service as accounts
from besedka.kernel.files import service as files
from besedka.modules import MODULES

MEBIBYTE = 1024 * 1024

out = Console(highlight=False)
users = typer.Typer(help="Accounts of people.", no_args_is_help=True)
uploads = typer.Typer(help="Uploaded files.", no_args_is_help=True)
keys = typer.Typer(help="The master key.", no_args_is_help=True)

DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be done, and do nothing.")]


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.add_typer(users, name="users")
    app.add_typer(uploads, name="uploads")
    app.add_typer(keys, name="keys")


@users.command("cleanup")
def clean_up_users(
    *,
    inactive_days: Annotated[int, typer.Option(min=1, help="Days without being used.")],
    dry_run: DryRun = False,
) -> None:
    """Disable accounts that nobody has used for long; what people wrote stays, hosts and owners are left alone."""

    async def main() -> None:
        async with Boot(load_settings(), works=False).running() as runtime:
            found = await accounts.unused_accounts(runtime, days=inactive_days)
            for account in found:
                if not dry_run:
                    await accounts.disable_account(runtime, account.id)
                out.print(f"  {account.email}  last used {account.last_seen:%Y-%m-%d}")
            out.print(f"{len(found)} account(s) {'to disable' if dry_run else 'disabled'}.")

    run(main())


@users.command()
def enable(
    email: Annotated[str, typer.Option(help="E-mail address of the account.")],
) -> None:
    """Let the person of a disabled account in again."""

    async def main() -> None:
        async with Boot(load_settings(), works=False).running() as runtime:
            if not await accounts.enable_account(runtime, email):
                raise NotThere(f"There is no disabled account of {email}.")
            out.print(f"{email} may log in again.")

    run(main())


@uploads.command("cleanup")
def clean_up_uploads(
    *,
    older_than: Annotated[int, typer.Option(min=1, help="Days since the upload.")],
    dry_run: DryRun = False,
) -> None:
    """Remove files that nothing refers to, and bytes that no file has."""

    async def main() -> None:
        async with Boot(load_settings(), works=False).running() as runtime:
            found = await files.unused_files(runtime, days=older_than)
            if dry_run:
                stray = sum([len(batch) async for batch in files.stray_keys(runtime)])
            else:
                found = [each for each in found if await files.delete_unused(runtime, each)]
                stray = await files.sweep(runtime)
            for each in found:
                out.print(f"  {each.name}  {each.size // 1024} KiB", markup=False)
            what = f"{len(found)} file(s) that nothing refers to and {stray} stray one(s)"
            out.print(f"{what} {'to remove' if dry_run else 'removed'}.")

    run(main())


@uploads.command()
def quota(
    company: Annotated[str, typer.Argument(help="The company's address (slug).")],
    megabytes: Annotated[
        int | None,
        typer.Argument(min=0, help="Room for its files, in mebibytes; none: the installation's."),
    ] = None,
) -> None:
    """Give a company's files more or less room than BESEDKA_FILES_QUOTA_MB says."""

    async def main() -> None:
        async with Boot(load_settings(), works=False).running() as runtime:
            where = await find_workspace(runtime, company)
            async with runtime.db.fast.transaction(where.id) as conn:
                await files.allow(conn, megabytes)
                usage = await files.usage(runtime, conn)
        most = "without a limit" if usage.quota is None else f"of {usage.quota // MEBIBYTE} MiB"
        out.print(f"{where.slug}: {usage.used // MEBIBYTE} MiB {most}.")

    run(main())


@keys.command()
def rotate() -> None:
    """Make a new master key and seal every stored secret with it; the server has to be stopped.

    May be killed at any moment and run again: until the last secret is sealed anew, both keys open what is stored.
    """
    settings = load_settings()
    with server(settings) as (dsn, owned):
        if not settings.database and not owned:
            raise NotThere("The server runs on this data folder: stop it first.")
        result = run(_rotate(settings, dsn))
    if result.unreadable:
        out.print(
            f"[red]✗[/red] {result.count} secret(s) sealed anew; {result.unreadable} are of a key that is not"
            " here, and were left as they are.",
            soft_wrap=True,
        )
        raise typer.Exit(1)
    out.print(f"[green]✓[/green] {result.count} secret(s) are sealed with the new master key.")
    if settings.previous_secret_key.get_secret_value():
        out.print("BESEDKA_PREVIOUS_SECRET_KEY is not needed any more.")


async def _rotate(settings: Settings, dsn: Dsn) -> Resealed:
    async with dump.connect(dsn) as conn:
        if await dump.other_servers(conn):
            raise NotThere("A server works on this database: stop it first.")
        secrets = _new_key(settings)
        count = unreadable = 0
        for column in (column for manifest in MODULES for column in manifest.sealed):
            done = await reseal(conn, column, secrets)
            count, unreadable = count + done.count, unreadable + done.unreadable
    if not unreadable and not settings.secret_key.get_secret_value():
        master_key.forget_previous(settings.secrets_dir)
    return Resealed(count, unreadable)


def _new_key(settings: Settings) -> SecretBox:
    """Put the new key in place and return the box that seals with it and opens with both."""
    if not settings.secret_key.get_secret_value():
        master_key.replace(settings.secrets_dir)
    elif settings.previous_key is None:
        raise NotThere(
            "Set SECRET_KEY to the new key and BESEDKA_PREVIOUS_SECRET_KEY to the old one, then run this again."
        )
    return SecretBox(load_settings().master_key, load_settings().previous_key)
