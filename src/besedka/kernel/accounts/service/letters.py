"""What accounts write down and send: audit rows, and letters whose words are in `letters/`."""

from pydantic import JsonValue

from besedka.core.db.connection import Conn, TenantConn
from besedka.core.i18n import DEFAULT_LOCALE
from besedka.core.ids import ActorId
from besedka.kernel.accounts.types import Identity, Person
from besedka.kernel.audit import service as audit
from besedka.kernel.mail import service as mail


async def send(conn: Conn, *, to: str, letter: str, locale: str | None, **params: str) -> None:
    """Put a letter into the caller's transaction."""
    await mail.send(conn, to=to, letter=letter, locale=locale or DEFAULT_LOCALE, params={**params})


async def record(
    conn: TenantConn, actor_id: ActorId, action: str, *, person: Person, **detail: JsonValue
) -> None:
    """Put an audit row about a member into the caller's transaction."""
    await audit.record(
        conn, actor_id=actor_id, action=action, target_type="user", target_id=person.user_id,
        detail=detail,
    )  # fmt: skip


async def record_own(
    conn: TenantConn, identity: Identity, action: str, **detail: JsonValue
) -> None:
    """Put an audit row about what somebody did to the workspace or to their own account."""
    await audit.record(conn, actor_id=identity.actor_id, action=action, detail=detail)
