"""Putting an archive back. Nothing is changed before the whole archive was read and found right."""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from rich.console import Console
from rich.progress import Progress

from besedka.cli.archive import FILES, SECRETS, TABLES, BadArchive, Reader
from besedka.cli.session import NotThere
from besedka.core.config import Settings
from besedka.core.db import dump
from besedka.core.db.connection import SystemConn
from besedka.core.db.dsn import Dsn
from besedka.core.security.secretbox import SecretBox
from besedka.kernel.files import service as files
from besedka.migrations import run as migrations

MOST_NAMED = 20


def tell_lost(out: Console, lost: Sequence[str]) -> None:
    """Warn of files whose bytes are missing, by their keys; all the rest is there."""
    if not lost:
        return
    out.print(
        f"[yellow]![/yellow] The bytes of {len(lost)} file(s) are missing; everything else is there:"
    )
    for key in lost[:MOST_NAMED]:
        out.print(f"  {key}", soft_wrap=True)
    if len(lost) > MOST_NAMED:
        out.print(f"  and {len(lost) - MOST_NAMED} more")


_SECRET_NAME = re.compile(r"[a-z0-9.-]{1,64}")


class Restoration:
    """One archive on its way back. Raises BadArchive, NotThere."""

    def __init__(self, settings: Settings, file: Path, *, force: bool) -> None:
        self._settings, self._force = settings, force
        self._archive = Reader(file)
        self._manifest = self._archive.manifest
        self._store = files.open_store(settings)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_rest: object) -> None:
        self._archive.__exit__()

    @property
    def lost(self) -> list[str]:
        """The keys of files that the archive speaks of and does not hold."""
        return self._manifest.lost

    def verify(self, bars: Progress) -> None:
        """Read the whole archive, and see whether it fits this version and this place."""
        if self._manifest.revision not in migrations.known():
            raise BadArchive(
                f"The archive is of version {self._manifest.version}, newer than this one: update first."
            )
        task = bars.add_task("Checking", total=None)
        self._archive.verify(lambda done, all_: bars.update(task, completed=done, total=all_))
        if not all(_SECRET_NAME.fullmatch(name) for name in self._manifest.secrets):
            raise BadArchive("The archive names secrets that are none of ours.")
        self._check_key()

    async def restore(self, dsn: Dsn, bars: Progress) -> None:
        """Put everything back: secrets and files, then the rows in one transaction."""
        await self._check_place(dsn)
        self._put_secrets()
        await self._put_files(bars)
        await self._prepare_schema(dsn)
        async with dump.connect(dsn) as conn:
            await self._put_rows(conn, bars)
        await migrations.upgrade_if_needed(dsn.plain)

    def _check_key(self) -> None:
        """See that what is sealed in the archive can be opened here afterwards."""
        given = self._settings.secret_key.get_secret_value()
        if given and SecretBox(given.encode()).key_id == self._manifest.key_id:
            return
        if given:
            raise NotThere("SECRET_KEY is not the key that the archive's secrets are sealed with.")
        if not self._manifest.secrets:
            raise NotThere("The archive holds no master key: set SECRET_KEY to the one it had.")

    async def _check_place(self, dsn: Dsn) -> None:
        async with dump.connect(dsn) as conn:
            if await dump.other_servers(conn):
                raise NotThere("A server works on this database: stop it first.")
            empty = not await dump.has_rows(conn) and await self._store.is_empty()
        if not empty and not self._force:
            raise NotThere(
                "There is something here already. Name another BESEDKA_DATA_DIR or DATABASE_URL,"
                " or give --force: what is here is then lost."
            )

    def _put_secrets(self) -> None:
        folder = self._settings.data_dir / "secrets"
        for name in self._manifest.secrets:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            partial = folder / f"{name}.part"
            descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as target:
                target.write(self._archive.read(SECRETS + name))
                target.flush()
                os.fsync(target.fileno())
            partial.rename(folder / name)

    async def _put_files(self, bars: Progress) -> None:
        await self._store.clear()
        for key in bars.track(self._manifest.files, description="Files"):
            await self._store.put_back(key, self._archive.blocks(FILES + key))

    async def _prepare_schema(self, dsn: Dsn) -> None:
        """Make the schema that the archive was written from."""
        at = await migrations.current(dsn.plain)
        if at not in {"", self._manifest.revision}:
            await migrations.change(dsn.plain, "base")
        await migrations.change(dsn.plain, self._manifest.revision)

    async def _put_rows(self, conn: SystemConn, bars: Progress) -> None:
        async with dump.refill(conn):
            for name, columns in bars.track(self._manifest.tables.items(), description="Tables"):
                table = dump.Table(name, tuple(columns))
                await dump.copy_in(conn, table, self._archive.blocks(TABLES + name))
