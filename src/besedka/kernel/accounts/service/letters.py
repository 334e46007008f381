"""Letters and audit rows of accounts. The words of letters are in `letters/`."""

from besedka.core.db.connection import Conn, TenantConn
from besedka.core.i18n import as_locale
from besedka.core.ids import ActorId
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Identity, Person


async def send(conn: Conn, *, to: str, letter: str, locale: str | None, **params: str) -> None:
    """Put a letter into the caller's transaction."""
    _ = conn, to, letter, as_locale(locale), params


async def leave(runtime: Runtime) -> bool:
    """Whether letters leave the house: a mail server is set."""
    return bool(runtime.settings.smtp_url)


async def record(
    conn: TenantConn, actor_id: ActorId, action: str, person: Person, **detail: str
) -> None:
    """Put an audit row about a member into the caller's transaction."""
    _ = conn, actor_id, action, person, detail


async def record_change(conn: TenantConn, identity: Identity, action: str) -> None:
    """Put an audit row about the workspace or the person themselves into the caller's transaction."""
    _ = conn, identity, action
