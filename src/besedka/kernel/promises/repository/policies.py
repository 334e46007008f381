"""SQL of policies."""

from uuid import UUID

from besedka.core.db.connection import Row, TenantConn
from besedka.kernel.conversations.types import PRIORITIES, ConversationId, Priority
from besedka.kernel.promises.types import Policy, PolicyDraft, PolicyId

_COLUMNS = "id, name, enabled, is_default, label_id, priority, first, reply, resolution, warning, by_hours, schedule_id"


_MARKS = """
SELECT c.priority, array(SELECT l.label_id FROM conversation_label l
                         WHERE l.workspace_id = c.workspace_id AND l.conversation_id = c.id) AS labels
FROM conversation c WHERE c.workspace_id = $1 AND c.id = $2
"""


class PolicyRepository:
    """The policies of one workspace."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def list_all(self, *, enabled: bool = False) -> list[Policy]:
        """Return policies, or those that are on, in the order in which they are tried: the default comes last."""
        rows = await self._conn.fetch(
            f"SELECT {_COLUMNS} FROM sla_policy WHERE workspace_id = $1 AND (enabled OR NOT $2)"
            " ORDER BY is_default, id",
            self._conn.workspace,
            enabled,
        )
        return [_policy(row) for row in rows]

    async def find(self, policy: UUID) -> Policy | None:
        """Return a policy."""
        row = await self._conn.fetchrow(
            f"SELECT {_COLUMNS} FROM sla_policy WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace,
            policy,
        )
        return None if row is None else _policy(row)

    async def insert(self, policy: PolicyId, draft: PolicyDraft, *, is_default: bool) -> None:
        """Store a new policy; of two defaults at once the second changes the first."""
        await self._conn.execute(
            "INSERT INTO sla_policy (workspace_id, id, name, enabled, is_default, label_id, first, reply, resolution,"
            " warning, by_hours, schedule_id, priority) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
            " ON CONFLICT (workspace_id) WHERE is_default DO UPDATE SET name = excluded.name, enabled = excluded.enabled,"
            " first = excluded.first, reply = excluded.reply, resolution = excluded.resolution,"
            " warning = excluded.warning, by_hours = excluded.by_hours, schedule_id = excluded.schedule_id",
            self._conn.workspace, policy, draft.name, draft.enabled, is_default, draft.label_id, draft.first,
            draft.reply, draft.resolution, draft.warning, draft.by_hours, draft.schedule_id, _rank(draft),
        )  # fmt: skip

    async def update(self, policy: UUID, draft: PolicyDraft) -> bool:
        """Store what a policy says now."""
        done = await self._conn.execute(
            "UPDATE sla_policy SET name = $3, enabled = $4, label_id = $5, first = $6, reply = $7, resolution = $8,"
            " warning = $9, by_hours = $10, schedule_id = $11, priority = $12 WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, policy, draft.name, draft.enabled, draft.label_id, draft.first, draft.reply,
            draft.resolution, draft.warning, draft.by_hours, draft.schedule_id, _rank(draft),
        )  # fmt: skip
        return done == "UPDATE 1"

    async def delete(self, policy: UUID) -> bool:
        """Delete a policy."""
        done = await self._conn.execute(
            "DELETE FROM sla_policy WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace,
            policy,
        )
        return done == "DELETE 1"

    async def marks_of(self, chat: ConversationId) -> tuple[Priority, set[UUID]]:
        """Return the priority and the labels of a dialog."""
        row = await self._conn.fetchrow(_MARKS, self._conn.workspace, chat)
        return (Priority.NORMAL, set()) if row is None else (PRIORITIES[row[0]], set(row[1]))


def _rank(draft: PolicyDraft) -> int | None:
    return None if draft.priority is None else PRIORITIES.index(draft.priority)


def _policy(row: Row) -> Policy:
    return Policy(
        id=PolicyId(row["id"]), name=row["name"], enabled=row["enabled"], is_default=row["is_default"],
        label_id=row["label_id"], first=row["first"], reply=row["reply"], resolution=row["resolution"],
        warning=row["warning"], by_hours=row["by_hours"], schedule_id=row["schedule_id"],
        priority=None if row["priority"] is None else PRIORITIES[row["priority"]],
    )  # fmt: skip
