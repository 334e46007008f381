"""SQL of clocks and breaches."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from pydantic import JsonValue

from besedka.core.db.connection import Row, SystemConn, TenantConn
from besedka.core.ids import WorkspaceId
from besedka.kernel.conversations.types import ConversationId
from besedka.kernel.promises.types import Clock, Clocks, Due, Edge, PolicyId, Promise

_COLUMNS = "conversation_id, policy_id, clocks"


class ClockRepository:
    """The clocks of one workspace's dialogs."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def find(self, chat: ConversationId, *, lock: bool = False) -> Clocks | None:
        """Return a dialog's clocks; locked, others cannot change them."""
        row = await self._conn.fetchrow(
            f"SELECT {_COLUMNS} FROM dialog_clock WHERE workspace_id = $1 AND conversation_id = $2"
            + (" FOR UPDATE" if lock else ""),
            self._conn.workspace,
            chat,
        )
        return None if row is None else _clocks(row)

    async def save(self, clocks: Clocks) -> None:
        """Store a dialog's clocks."""
        due = clocks.next_due
        await self._conn.execute(
            "INSERT INTO dialog_clock (workspace_id, conversation_id, policy_id, clocks, next_due, next_promise, warn_at,"
            " alert_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (workspace_id, conversation_id)"
            " DO UPDATE SET policy_id = excluded.policy_id, clocks = excluded.clocks, next_due = excluded.next_due,"
            " next_promise = excluded.next_promise, warn_at = excluded.warn_at, alert_at = excluded.alert_at",
            self._conn.workspace, clocks.chat, clocks.policy_id,
            {promise: _json(clock) for promise, clock in clocks.owed.items()},
            due.due if due else None, due.promise if due else None, due.warn_at if due else None,
            clocks.alert_at,
        )  # fmt: skip

    async def delete(self, chat: ConversationId) -> None:
        """Forget a dialog's clocks."""
        await self._conn.execute(
            "DELETE FROM dialog_clock WHERE workspace_id = $1 AND conversation_id = $2",
            self._conn.workspace,
            chat,
        )

    async def take_alerts(self, moment: datetime, *, limit: int) -> list[Clocks]:
        """Return clocks that somebody has to hear of, and keep other workers from them."""
        rows = await self._conn.fetch(
            f"SELECT {_COLUMNS} FROM dialog_clock WHERE workspace_id = $1 AND alert_at <= $2"
            " ORDER BY alert_at LIMIT $3 FOR UPDATE SKIP LOCKED",
            self._conn.workspace, moment, limit,
        )  # fmt: skip
        return [_clocks(row) for row in rows]

    async def note(
        self, chat: ConversationId, promise: Promise, *, clock: Clock, edge: Edge, moment: datetime
    ) -> bool:
        """Note that a promise is about to be missed, or was; False when that is known."""
        done = await self._conn.execute(
            "INSERT INTO dialog_breach (workspace_id, conversation_id, promise, since, kind, due_at, noticed_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
            self._conn.workspace, chat, promise, clock.since, edge, clock.due, moment,
        )  # fmt: skip
        return done == "INSERT 0 1"

    async def due_of(self, chats: Sequence[ConversationId]) -> dict[ConversationId, Due]:
        """Return the next due moments of those dialogs that have one."""
        rows = await self._conn.fetch(
            "SELECT conversation_id, next_promise, next_due, warn_at FROM dialog_clock"
            " WHERE workspace_id = $1 AND conversation_id = ANY($2::uuid[]) AND next_due IS NOT NULL",
            self._conn.workspace,
            list(chats),
        )
        return {row["conversation_id"]: _due(row) for row in rows}

    async def list_due(
        self, *, until: datetime | None, after: tuple[datetime, UUID] | None, limit: int
    ) -> list[Due]:
        """Return due moments in order, those after (due, dialog) and not after `until`."""
        rows = await self._conn.fetch(
            "SELECT conversation_id, next_promise, next_due, warn_at FROM dialog_clock"
            " WHERE workspace_id = $1 AND next_due IS NOT NULL AND ($2::timestamptz IS NULL OR next_due <= $2)"
            " AND ($3::timestamptz IS NULL OR (next_due, conversation_id) > ($3, $4::uuid))"
            " ORDER BY next_due, conversation_id LIMIT $5",
            self._conn.workspace, until, after[0] if after else None, after[1] if after else None, limit,
        )  # fmt: skip
        return [_due(row) for row in rows]


class AllClocks:
    """The clocks of all workspaces."""

    def __init__(self, conn: SystemConn) -> None:
        self._conn = conn

    async def workspaces_to_alert(self, moment: datetime) -> list[WorkspaceId]:
        """Return the workspaces where somebody has to hear of a clock."""
        rows = await self._conn.fetch(
            "SELECT DISTINCT workspace_id FROM dialog_clock WHERE alert_at <= $1", moment
        )
        return [WorkspaceId(row["workspace_id"]) for row in rows]


def _json(clock: Clock) -> dict[str, JsonValue]:
    return {
        "since": clock.since.isoformat(),
        "used": clock.used,
        "from": _spelled(clock.running_from),
        "due": _spelled(clock.due),
        "warn": _spelled(clock.warn_at),
        "told": clock.told,
    }


def _clocks(row: Row) -> Clocks:
    owed = {
        Promise(promise): Clock(
            datetime.fromisoformat(kept["since"]), kept["used"], _moment(kept["from"]), _moment(kept["due"]),
            _moment(kept["warn"]), kept["told"],
        )
        for promise, kept in row["clocks"].items()
    }  # fmt: skip
    policy = row["policy_id"]
    return Clocks(row["conversation_id"], None if policy is None else PolicyId(policy), owed)


def _spelled(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _moment(kept: str | None) -> datetime | None:
    return None if kept is None else datetime.fromisoformat(kept)


def _due(row: Row) -> Due:
    return Due(
        row["conversation_id"], Promise(row["next_promise"]), row["next_due"], row["warn_at"]
    )
