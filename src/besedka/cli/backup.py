"""`backup` and `restore`: everything of an installation into one file, and back."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from besedka import __version__
from besedka.cli.archive import FILES, FORMAT, SECRETS, TABLES, Manifest, Writer
from besedka.cli.restoring import Restoration, tell_lost
from besedka.cli.session import NotThere, run, server
from besedka.core.clock import now
from besedka.core.config import Settings, load_settings
from besedka.core.db import dump
from besedka.core.db.connection import SystemConn
from besedka.core.db.dsn import Dsn
from besedka.core.security.secretbox import SecretBox
from besedka.kernel.files import service as files
from besedka.kernel.files.service import FileStore

ATTEMPTS = 3

out = Console(highlight=False)


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.command()(backup)
    app.command()(restore)


def backup(
    file: Annotated[
        Path | None,
        typer.Argument(help="Where to; default: a file named by the time in <data>/backups."),
    ] = None,
) -> None:
    """Write database, files and secrets into one archive; the server may go on running."""
    settings = load_settings()
    target = _target(settings, file)
    with _alone(settings), server(settings) as (dsn, _), _bars() as bars:
        manifest = run(_Backup(settings, dsn, bars).write(target))
    rows = f"{len(manifest.tables)} tables, {len(manifest.files)} files"
    tell_lost(out, manifest.lost)
    if manifest.lost and not manifest.files:
        out.print("No file at all is there: is BESEDKA_DATA_DIR the server's?", style="yellow")
    out.print(f"[green]✓[/green] {target} ({target.stat().st_size // 1024} KiB: {rows})")
    if manifest.secrets:
        out.print("It holds the master key: keep it where only you can read it.", style="dim")
    else:
        out.print("SECRET_KEY is not in it: keep it in another place.", style="dim")


def restore(
    file: Annotated[Path, typer.Argument(help="The archive.", exists=True, dir_okay=False)],
    *,
    force: Annotated[
        bool, typer.Option("--force", help="Replace what is there; it is lost.")
    ] = False,
) -> None:
    """Put an archive back into an empty data folder or database; the server has to be stopped."""
    settings = load_settings()
    with Restoration(settings, file, force=force) as restoration, _bars() as bars:
        restoration.verify(bars)
        with server(settings) as (dsn, owned):
            if not settings.database and not owned:
                raise NotThere("The server runs on this data folder: stop it first.")
            run(restoration.restore(dsn, bars))
        tell_lost(out, restoration.lost)
    out.print("[green]✓[/green] Everything is back. Check it with: besedka doctor")


def _target(settings: Settings, file: Path | None) -> Path:
    name = f"besedka-{now():%Y%m%d-%H%M%S}.zip"
    folder = settings.data_dir / "backups"
    if file is None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder / name
    target = file / name if file.is_dir() else file
    if target.exists():
        raise NotThere(f"{target} is there already.")
    if not target.parent.is_dir():
        raise NotThere(f"There is no folder {target.parent}.")
    return target


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Let one backup at a time work on a data folder. Raises NotThere."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with (settings.data_dir / "backup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NotThere("Another backup is at work.") from None
        yield


def _bars() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, console=out, transient=True)


@dataclass(slots=True)
class _Backup:
    """One backup. The rows are of one moment, with every file that they speak of and whose bytes are there."""

    settings: Settings
    dsn: Dsn
    bars: Progress

    async def write(self, target: Path) -> Manifest:
        made: Manifest | None = None
        left = ATTEMPTS
        store = files.open_store(self.settings)
        try:
            while made is None:
                left -= 1
                made = await self._attempt(target, store, is_last=left == 0)
        finally:
            await store.unpin()
        return made

    async def _attempt(self, target: Path, store: FileStore, *, is_last: bool) -> Manifest | None:
        """Write the archive, or nothing where files are missing: one that came or went meanwhile is there next time."""
        await store.pin()
        async with dump.snapshot(self.dsn) as conn:
            await store.pin()
            keys = await files.all_keys(conn)
            lost = await store.lost(keys)
            if lost and not is_last:
                return None
            there = sorted(set(keys) - set(lost))
            return await self._write(target, conn, store, keys=there, lost=lost)

    async def _write(
        self, target: Path, conn: SystemConn, store: FileStore, *, keys: list[str], lost: list[str]
    ) -> Manifest:
        revision = await dump.revision(conn)
        if not revision:
            raise NotThere("There is nothing to back up yet: the database has no tables.")
        key_id = SecretBox(self.settings.master_key).key_id
        with Writer(target) as writer:
            found = await self._write_tables(writer, conn)
            await self._write_files(writer, store, keys)
            self._write_secrets(writer)
            manifest = Manifest(
                format=FORMAT, version=__version__, revision=revision,
                created_at=now().isoformat(timespec="seconds"), key_id=key_id,
                tables={table.name: list(table.columns) for table in found},
                entries=writer.entries, lost=lost,
            )  # fmt: skip
            writer.finish(manifest)
        return manifest

    async def _write_tables(self, writer: Writer, conn: SystemConn) -> list[dump.Table]:
        found = await dump.tables(conn)
        for table in self.bars.track(found, description="Tables"):
            with writer.member(TABLES + table.name, packed=True) as member:
                await dump.copy_out(conn, table, member.write)
        return found

    async def _write_files(self, writer: Writer, store: FileStore, keys: list[str]) -> None:
        for key in self.bars.track(keys, description="Files"):
            with writer.member(FILES + key, packed=False) as member:
                async for block in store.pinned(key):
                    member.add(block)

    def _write_secrets(self, writer: Writer) -> None:
        """Add the generated secrets, unless the master key comes from the settings."""
        if self.settings.secret_key.get_secret_value():
            return
        for path in sorted((self.settings.data_dir / "secrets").iterdir()):
            with writer.member(SECRETS + path.name, packed=False) as member:
                member.add(path.read_bytes())
