"""SQL of letters and of the mail server."""

from collections.abc import Mapping

from besedka.core.db.connection import Conn, Row, SystemConn, workspace_of
from besedka.kernel.mail.types import Letter, LetterId, LetterState, Written

_LETTER = (
    "SELECT id, name, to_address, locale, subject, body_text, body_html, state, error, created_at, sent_at,"
    " unsubscribe, calendar FROM letter"
)


async def insert(conn: Conn, letter: Letter) -> None:
    """Add a letter; on a connection of a workspace it belongs to that workspace."""
    await conn.execute(
        "INSERT INTO letter (id, workspace_id, name, to_address, locale, subject, body_text, body_html,"
        " state, created_at, unsubscribe, calendar) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        letter.id, workspace_of(conn), letter.name, letter.to, letter.locale,
        letter.written.subject, letter.written.text, letter.written.html, letter.state,
        letter.created_at, letter.unsubscribe, letter.calendar,
    )  # fmt: skip


class LetterRepository:
    """Letters of the whole installation."""

    def __init__(self, conn: SystemConn) -> None:
        self._conn = conn

    async def find(self, letter_id: LetterId) -> Letter | None:
        """Return a letter."""
        row = await self._conn.fetchrow(_LETTER + " WHERE id = $1", letter_id)
        return None if row is None else _letter(row)

    async def page(
        self, *, state: LetterState | None, before: LetterId | None, limit: int
    ) -> list[Letter]:
        """Return letters, newest first."""
        rows = await self._conn.fetch(
            _LETTER + " WHERE ($1::text IS NULL OR state = $1) AND ($2::uuid IS NULL OR id < $2)"
            " ORDER BY id DESC LIMIT $3",
            state, before, limit,
        )  # fmt: skip
        return [_letter(row) for row in rows]

    async def mark_sent(self, letter_id: LetterId) -> None:
        """Record that a letter left, and forget its text."""
        await self._conn.execute(
            "UPDATE letter SET state = 'sent', sent_at = now(), error = NULL, body_text = '',"
            " body_html = '', unsubscribe = NULL, calendar = NULL WHERE id = $1",
            letter_id,
        )

    async def mark(
        self, letter_id: LetterId, state: LetterState, *, error: str | None = None
    ) -> None:
        """Record where a letter is, unless it was sent already."""
        await self._conn.execute(
            "UPDATE letter SET state = $2, error = $3 WHERE id = $1 AND state <> 'sent'",
            letter_id, state, error,
        )  # fmt: skip

    async def queue_outbox(self) -> list[LetterId]:
        """Queue what waits in the outbox."""
        rows = await self._conn.fetch(
            "UPDATE letter SET state = 'queued' WHERE state = 'outbox' RETURNING id"
        )
        return [LetterId(row["id"]) for row in rows]

    async def purge(self, *, sent_days: int, unsent_days: int) -> int:
        """Delete old letters; returns how many."""
        status = await self._conn.execute(
            "DELETE FROM letter WHERE created_at < now() - make_interval(days => $2)"
            " OR (state = 'sent' AND sent_at < now() - make_interval(days => $1))",
            sent_days, unsent_days,
        )  # fmt: skip
        return int(status.rsplit(" ", 1)[-1])


class ServerRepository:
    """The row of the mail server."""

    def __init__(self, conn: SystemConn) -> None:
        self._conn = conn

    async def find(self) -> Row | None:
        """Return the row; its password is sealed."""
        return await self._conn.fetchrow(
            "SELECT host, port, security, username, password, sender FROM mail_server WHERE id = 1"
        )

    async def save(self, values: Mapping[str, object]) -> None:
        """Replace the row; without `password` the old one stays."""
        await self._conn.execute(
            "INSERT INTO mail_server (id, host, port, security, username, password, sender, updated_at)"
            " VALUES (1, $1, $2, $3, $4, coalesce($5, ''::bytea), $6, now())"
            " ON CONFLICT (id) DO UPDATE SET host = excluded.host, port = excluded.port,"
            " security = excluded.security, username = excluded.username, sender = excluded.sender,"
            " password = coalesce($5, mail_server.password), updated_at = now()",
            values["host"], values["port"], values["security"], values["username"],
            values["password"], values["sender"],
        )  # fmt: skip

    async def delete(self) -> None:
        """Forget the mail server."""
        await self._conn.execute("DELETE FROM mail_server")


def _letter(row: Row) -> Letter:
    return Letter(
        id=LetterId(row["id"]), name=row["name"], to=row["to_address"], locale=row["locale"],
        written=Written(row["subject"], row["body_text"], row["body_html"]),
        state=LetterState(row["state"]), error=row["error"], created_at=row["created_at"],
        sent_at=row["sent_at"], unsubscribe=row["unsubscribe"], calendar=row["calendar"],
    )  # fmt: skip


class LettersTo:
    """The letters to one address, of all workspaces: for the person whose it is."""

    def __init__(self, conn: SystemConn, address: str) -> None:
        self._conn, self._address = conn, address

    async def list_all(self) -> list[Row]:
        """Return when which letters were written, the eldest first."""
        return await self._conn.fetch(
            "SELECT name, subject, state, created_at, sent_at FROM letter WHERE to_address = $1 ORDER BY id",
            self._address,
        )

    async def delete_all(self) -> None:
        """Delete them, sent or not."""
        await self._conn.execute("DELETE FROM letter WHERE to_address = $1", self._address)
