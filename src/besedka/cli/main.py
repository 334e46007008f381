"""The commands, gathered. Each lives in a file of its own."""

import sys

import typer

from besedka import __version__
from besedka.cli import (
    accounts,
    audit,
    backup,
    doctor,
    hiring,
    knowledge,
    level,
    serve,
    system,
    upkeep,
)
from besedka.cli.archive import BadArchive
from besedka.cli.session import NotThere
from besedka.core.config import BadSettings
from besedka.core.db.database import DatabaseUnfit
from besedka.core.db.dsn import BadDatabaseUrl
from besedka.core.db.embedded import NoServer, StartFailed
from besedka.core.errors import BesedkaError, DatabaseAway
from besedka.core.i18n import system_locale
from besedka.core.problems import words_of

app = typer.Typer(
    name="besedka",
    help="Besedka: every conversation of a company, on one engine.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

FAILED = 1


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)


serve.register(app)
accounts.register(app)
knowledge.register(app)
audit.register(app)
backup.register(app)
upkeep.register(app)
system.register(app)
level.register(app)
hiring.register(app)
doctor.register(app)


def main() -> None:
    """Run a command; what people can mend is one sentence, not a traceback."""
    try:
        app()
    except BesedkaError as error:
        _fail(_sentence(error))
    except (
        BadArchive,
        BadSettings,
        BadDatabaseUrl,
        DatabaseUnfit,
        NoServer,
        NotThere,
        StartFailed,
    ) as error:
        _fail(str(error))


def _sentence(error: BesedkaError) -> str:
    """Return what went wrong; of a database that does not answer also how that showed."""
    words = words_of(system_locale(), error)
    return f"{words} ({error.__cause__})" if isinstance(error, DatabaseAway) else words


def _fail(sentence: str) -> None:
    typer.secho(sentence, err=True, fg=typer.colors.RED)
    sys.exit(FAILED)
