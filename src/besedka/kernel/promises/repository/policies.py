"""SQL of policies."""

from collections.abc import Sequence
from uuid import UUID

from besedka.core.db.connection import Row, TenantConn
from besedka.kernel.conversations.types import ConversationId
from besedka.kernel.promises.types import Policy, PolicyDraft, PolicyId

_COLUMNS = "id, name, enabled, is_default, label_id, first, reply, resolution, warning, by_hours, schedule_id"


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
            " warning, by_hours, schedule_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
            " ON CONFLICT (workspace_id) WHERE is_default DO UPDATE SET name = excluded.name, enabled = excluded.enabled,"
            " first = excluded.first, reply = excluded.reply, resolution = excluded.resolution,"
            " warning = excluded.warning, by_hours = excluded.by_hours, schedule_id = excluded.schedule_id",
            self._conn.workspace, policy, draft.name, draft.enabled, is_default, draft.label_id, draft.first,
            draft.reply, draft.resolution, draft.warning, draft.by_hours, draft.schedule_id,
        )  # fmt: skip

    async def update(self, policy: UUID, draft: PolicyDraft) -> bool:
        """Store what a policy says now."""
        done = await self._conn.execute(
            "UPDATE sla_policy SET name = $3, enabled = $4, label_id = $5, first = $6, reply = $7, resolution = $8,"
            " warning = $9, by_hours = $10, schedule_id = $11 WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, policy, draft.name, draft.enabled, draft.label_id, draft.first, draft.reply,
            draft.resolution, draft.warning, draft.by_hours, draft.schedule_id,
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

    async def labels_of(self, chats: Sequence[ConversationId]) -> dict[ConversationId, set[UUID]]:
        """Return the labels of dialogs."""
        rows = await self._conn.fetch(
            "SELECT conversation_id, label_id FROM conversation_label"
            " WHERE workspace_id = $1 AND conversation_id = ANY($2::uuid[])",
            self._conn.workspace,
            list(chats),
        )
        found: dict[ConversationId, set[UUID]] = {chat: set() for chat in chats}
        for row in rows:
            found[row["conversation_id"]].add(row["label_id"])
        return found


def _policy(row: Row) -> Policy:
    return Policy(
        id=PolicyId(row["id"]), name=row["name"], enabled=row["enabled"], is_default=row["is_default"],
        label_id=row["label_id"], first=row["first"], reply=row["reply"], resolution=row["resolution"],
        warning=row["warning"], by_hours=row["by_hours"], schedule_id=row["schedule_id"],
    )  # fmt: skip
