"""`doctor`: checks everything that has to be right, and says how to mend what is not."""

import os
import shutil
import socket
import stat
import sys
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import typer
from rich.console import Console

from besedka.cli.session import run
from besedka.core.config import Settings, load_settings
from besedka.core.db.database import OLDEST_SERVER, Findings, inspect
from besedka.core.db.dsn import Dsn, normalise
from besedka.core.db.embedded import Embedded, find_binaries
from besedka.core.errors import BesedkaError
from besedka.kernel.files import service as files
from besedka.kernel.knowledge.service import VectorSupport, vector_support
from besedka.kernel.llm.service import list_keys
from besedka.migrations.run import current, newest
from besedka.web import assets

ENOUGH_FREE_BYTES = 1024**3
LEAST_FREE_BYTES = 128 * 1024**2
ENOUGH_PYTHON = (3, 11)

out = Console(highlight=False)


class Verdict(Enum):
    """How a check went."""

    GOOD = "[green]✓[/green]"
    NOTE = "[yellow]![/yellow]"
    BAD = "[red]✗[/red]"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found, and how to mend it."""

    verdict: Verdict
    what: str
    mend: str = ""


def register(app: typer.Typer) -> None:
    """Add this file's command."""
    app.command()(doctor)


def doctor() -> None:
    """Check this installation and say how to mend what is wrong."""
    settings = load_settings()
    findings = [check(settings) for check in CHECKS]
    findings += run(_outside(settings))
    for finding in findings:
        out.print(f"{finding.verdict.value} {finding.what}")
        if finding.mend:
            out.print(f"    {finding.mend}", style="dim")
    bad = sum(finding.verdict is Verdict.BAD for finding in findings)
    out.print("Everything is in order." if not bad else f"{bad} thing(s) to mend.")
    raise typer.Exit(1 if bad else 0)


def _python(_settings: Settings) -> Finding:
    shown = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] >= ENOUGH_PYTHON:
        return Finding(Verdict.GOOD, f"Python {shown}")
    return Finding(Verdict.BAD, f"Python {shown}", "Install Python 3.11 or newer.")


def _data_folder(settings: Settings) -> Finding:
    folder = settings.data_dir.resolve()
    near = next(p for p in (folder, *folder.parents) if p.exists())
    free = shutil.disk_usage(near).free
    if not near.is_dir() or not os.access(near, os.W_OK):
        return Finding(
            Verdict.BAD,
            f"The data folder {folder} cannot be written",
            "Set BESEDKA_DATA_DIR, or give this user the folder.",
        )
    if free < ENOUGH_FREE_BYTES:
        return Finding(
            Verdict.BAD if free < LEAST_FREE_BYTES else Verdict.NOTE,
            f"Only {free // 1024**2} MiB are free for {folder}",
            "Free some space: PostgreSQL stops when the disk is full.",
        )
    if near != folder:
        return Finding(
            Verdict.NOTE,
            f"The data folder {folder} will be made at the first start, {free // 1024**3} GiB free",
            "Set BESEDKA_DATA_DIR if the data should be elsewhere.",
        )
    return Finding(Verdict.GOOD, f"Data folder {folder}, {free // 1024**3} GiB free")


def _secrets(settings: Settings) -> Finding:
    if settings.secret_key.get_secret_value():
        return Finding(Verdict.GOOD, "Master key from SECRET_KEY")
    path = settings.data_dir / "secrets" / "master.key"
    if not path.exists():
        return Finding(
            Verdict.NOTE,
            "The master key will be made at the first start",
            f"Keep {path} in your backups.",
        )
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        return Finding(Verdict.BAD, f"Others may read {path}", f"Run: chmod 600 {path}")
    return Finding(Verdict.GOOD, f"Master key in {path} (keep it in your backups)")


def _pages(_settings: Settings) -> Finding:
    if assets.built():
        return Finding(Verdict.GOOD, "The pages are built")
    return Finding(Verdict.BAD, "The pages are not built", "Run: make setup")


def _port(settings: Settings) -> Finding:
    address = (settings.listen_host, settings.port)
    shown = f"{address[0]}:{address[1]}"
    with socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError:
            return Finding(
                Verdict.NOTE,
                f"Something already listens on {shown}",
                "Fine if it is Besedka; else set BESEDKA_PORT.",
            )
    return Finding(Verdict.GOOD, f"{shown} is free to listen on")


def _mail(settings: Settings) -> Finding:
    if settings.smtp_url.get_secret_value():
        return Finding(Verdict.GOOD, "Mail goes out through BESEDKA_SMTP_URL")
    return Finding(
        Verdict.NOTE,
        "No SMTP server in the environment",
        "Letters wait in the outbox until one is set here or in the settings pages.",
    )


def _model(settings: Settings) -> Finding:
    if keys := list_keys(settings):
        return Finding(Verdict.GOOD, f"Models through {', '.join(key.base_url for key in keys)}")
    return Finding(
        Verdict.NOTE,
        "No model key in the environment",
        "Assistants quote documents; companies may bring a key in their settings.",
    )


CHECKS: tuple[Callable[[Settings], Finding], ...] = (
    _python, _data_folder, _secrets, _pages, _port, _mail, _model,
)  # fmt: skip


async def _outside(settings: Settings) -> list[Finding]:
    return [*await _bucket(settings), *await _scanner(settings), *await _database(settings)]


async def _bucket(settings: Settings) -> list[Finding]:
    if not settings.s3_bucket:
        return []
    where = f"the bucket {settings.s3_bucket}"
    try:
        await files.try_store(settings)
    except BesedkaError as error:
        why = " ".join(str(error.__cause__ or error).split())[:300]
        return [
            Finding(
                Verdict.BAD,
                f"Files cannot be written to {where}: {why}",
                "Check S3_BUCKET, S3_ENDPOINT_URL, S3_REGION and the AWS_ keys.",
            )
        ]
    return [Finding(Verdict.GOOD, f"Files go to {where}")]


async def _scanner(settings: Settings) -> list[Finding]:
    if not settings.clamd:
        return []
    try:
        version = await files.scanner_version(settings.clamd)
    except files.ScanFailed as error:
        refused = settings.clamd_away == "refuse"
        what = "uploads are refused" if refused else "uploads are taken unscanned"
        return [
            Finding(
                Verdict.BAD if refused else Verdict.NOTE,
                f"The virus scanner at {settings.clamd} does not answer ({error}): {what}",
                "Check BESEDKA_CLAMD, that clamd runs, and that this user may reach its socket.",
            )
        ]
    return [Finding(Verdict.GOOD, f"Uploads are scanned by {version}")]


async def _database(settings: Settings) -> list[Finding]:
    if settings.database:
        return await _server(normalise(settings.database), settings, "PostgreSQL of DATABASE_URL")
    where = "bundled" if find_binaries().bundled else "system"
    server = Embedded(settings.data_dir / "postgres")
    if not (server.home / "cluster").exists():
        return [
            Finding(
                Verdict.NOTE, f"The embedded PostgreSQL ({where}) will be made at the first start"
            )
        ]
    server.start()
    try:
        return await _server(server.dsn, settings, f"Embedded PostgreSQL ({where})")
    finally:
        server.stop()


async def _server(dsn: Dsn, settings: Settings, name: str) -> list[Finding]:
    try:
        found = await inspect(dsn)
    except BesedkaError as error:
        return [
            Finding(
                Verdict.BAD,
                f"{name} does not answer: {error.__cause__}",
                "Check DATABASE_URL and that the server runs.",
            )
        ]
    return [
        _version(name, found), _letters(found), _roles(found, settings), await _schema(dsn),
        _vectors(await vector_support(dsn)),
    ]  # fmt: skip


def _vectors(found: VectorSupport) -> Finding:
    if not found.reason:
        return Finding(Verdict.GOOD, f"Searching by meaning is possible (pgvector {found.version})")
    return Finding(
        Verdict.NOTE,
        f"No searching by meaning: {found.reason}",
        "Assistants search by words, which needs nothing else.",
    )


def _version(name: str, found: Findings) -> Finding:
    shown = f"{name}, version {found.version // 10_000}.{found.version % 10_000}"
    if found.version >= OLDEST_SERVER:
        return Finding(Verdict.GOOD, shown)
    return Finding(Verdict.BAD, shown, "Install PostgreSQL 15 or newer.")


def _letters(found: Findings) -> Finding:
    if found.folds_cyrillic:
        return Finding(Verdict.GOOD, "The database folds Cyrillic letters")
    return Finding(
        Verdict.BAD,
        "The database does not fold Cyrillic letters",
        "Create it with ENCODING 'UTF8' and LOCALE 'C.UTF-8'.",
    )


def _roles(found: Findings, settings: Settings) -> Finding:
    if found.roles:
        return Finding(Verdict.GOOD, "Row security keeps companies apart")
    mend = "Run `besedka migrate` as a login with CREATEROLE, or let an administrator create besedka_app and besedka_system and grant both to the login."
    return Finding(
        Verdict.BAD if settings.production else Verdict.NOTE,
        "Row security is off: the roles are missing",
        mend,
    )


async def _schema(dsn: Dsn) -> Finding:
    at = await current(dsn.plain)
    if at == newest():
        return Finding(Verdict.GOOD, f"Schema {at}")
    return Finding(
        Verdict.BAD,
        f"The schema is at {at or 'nothing'}, {newest()} is needed",
        "Run: besedka migrate",
    )
