"""Database addresses in the spellings that people have."""

from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

_SCHEMES = {
    "postgresql",
    "postgres",
    "postgresql+asyncpg",
    "postgresql+psycopg2",
    "postgresql+psycopg",
}
_KEPT = {"sslmode", "host", "port", "application_name", "sslrootcert"}


class BadDatabaseUrl(ValueError):
    """The address is not one of PostgreSQL."""


@dataclass(frozen=True, slots=True)
class Dsn:
    """A PostgreSQL address. `plain` is understood by libpq and asyncpg, `orm` by SQLAlchemy."""

    plain: str

    @property
    def orm(self) -> str:
        """The address for SQLAlchemy; the parameters go with `connect_args`."""
        return "postgresql+asyncpg://"

    def __repr__(self) -> str:
        return "Dsn(…)"


def normalise(url: str) -> Dsn:
    """Return an address whatever its driver suffix and parameters. Raises BadDatabaseUrl."""
    parts = urlsplit(url)
    if parts.scheme not in _SCHEMES:
        raise BadDatabaseUrl("DATABASE_URL has to begin with postgresql://")
    query = {key: value for key, value in parse_qsl(parts.query) if key in _KEPT}
    query |= {"sslmode": value} if (value := dict(parse_qsl(parts.query)).get("ssl")) else {}
    tail = f"?{urlencode(query)}" if query else ""
    return Dsn(f"postgresql://{parts.netloc}{parts.path or '/postgres'}{tail}")


def of_socket(folder: str, *, user: str, database: str) -> Dsn:
    """Return the address of a server that listens on a Unix socket only."""
    return Dsn(f"postgresql://{quote(user)}@/{quote(database)}?host={quote(folder, safe='')}")
