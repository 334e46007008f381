"""SQL of webhooks and deliveries. Locks: a webhook's row first, then its deliveries'."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from besedka.core.db.connection import Conn, Row, SystemConn, TenantConn
from besedka.core.ids import WorkspaceId, new_id
from besedka.products.webhooks.types import (
    Attempt,
    Delivery,
    DeliveryId,
    DeliveryState,
    Webhook,
    WebhookId,
)

_WEBHOOK = (
    "id, url, kinds, secret, former_secret, former_until, enabled, failing_since, disabled_for,"
    " created_at"
)
_DELIVERY = (
    "id, webhook_id, event_id, kind, body, state, attempts, attempted_at, status, response, error,"
    " duration_ms, created_at"
)


class WebhookRepository:
    """Webhooks of one workspace."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def all(self) -> list[Webhook]:
        """Return every webhook, oldest first."""
        rows = await self._conn.fetch(
            f"SELECT {_WEBHOOK} FROM webhook WHERE workspace_id = $1 ORDER BY id",
            self._conn.workspace,
        )
        return [_webhook(row) for row in rows]

    async def find(self, webhook_id: WebhookId) -> Webhook | None:
        """Return a webhook."""
        row = await self._conn.fetchrow(
            f"SELECT {_WEBHOOK} FROM webhook WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, webhook_id,
        )  # fmt: skip
        return None if row is None else _webhook(row)

    async def count_locked(self) -> int:
        """Return how many webhooks there are; who asks next waits until this transaction has ended."""
        await self._conn.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('webhooks:' || $1::text, 0))",
            str(self._conn.workspace),
        )
        count: int = await self._conn.fetchval(
            "SELECT count(*) FROM webhook WHERE workspace_id = $1", self._conn.workspace
        )
        return count

    async def insert(
        self, webhook_id: WebhookId, *, url: str, kinds: Sequence[str], secret: bytes
    ) -> None:
        """Add a webhook."""
        await self._conn.execute(
            "INSERT INTO webhook (workspace_id, id, url, kinds, secret) VALUES ($1, $2, $3, $4, $5)",
            self._conn.workspace, webhook_id, url, list(kinds), secret,
        )  # fmt: skip

    async def update(
        self, webhook_id: WebhookId, *, url: str | None, kinds: Sequence[str] | None,
        enabled: bool | None,
    ) -> None:  # fmt: skip
        """Change what is given; switching on forgets why it was off."""
        await self._conn.execute(
            "UPDATE webhook SET url = coalesce($3, url), kinds = coalesce($4, kinds),"
            " enabled = coalesce($5, enabled),"
            " disabled_for = CASE WHEN $5 IS NULL THEN disabled_for END,"
            " failing_since = CASE WHEN $5 OR $3 IS NOT NULL THEN NULL ELSE failing_since END"
            " WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, webhook_id, url, None if kinds is None else list(kinds), enabled,
        )  # fmt: skip

    async def replace_secret(
        self, webhook_id: WebhookId, *, secret: bytes, former: bytes, until: datetime
    ) -> None:
        """Sign with a new secret, and with the former one for a while."""
        await self._conn.execute(
            "UPDATE webhook SET secret = $3, former_secret = $4, former_until = $5"
            " WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, webhook_id, secret, former, until,
        )  # fmt: skip

    async def delete(self, webhook_id: WebhookId) -> bool:
        """Remove a webhook with its log."""
        return bool(
            await self._conn.fetchval(
                "DELETE FROM webhook WHERE workspace_id = $1 AND id = $2 RETURNING true",
                self._conn.workspace,
                webhook_id,
            )
        )

    async def note_success(self, webhook_id: WebhookId) -> None:
        """Take note that it works."""
        await self._conn.execute(
            "UPDATE webhook SET failing_since = NULL"
            " WHERE workspace_id = $1 AND id = $2 AND failing_since IS NOT NULL",
            self._conn.workspace, webhook_id,
        )  # fmt: skip

    async def note_failure(self, webhook_id: WebhookId) -> datetime | None:
        """Take note that it fails; returns since when."""
        since: datetime | None = await self._conn.fetchval(
            "UPDATE webhook SET failing_since = coalesce(failing_since, now())"
            " WHERE workspace_id = $1 AND id = $2 RETURNING failing_since",
            self._conn.workspace, webhook_id,
        )  # fmt: skip
        return since

    async def switch_off(self, webhook_id: WebhookId, reason: str) -> bool:
        """Switch a webhook off; False when it was off already."""
        return bool(
            await self._conn.fetchval(
                "UPDATE webhook SET enabled = false, disabled_for = $3"
                " WHERE workspace_id = $1 AND id = $2 AND enabled RETURNING true",
                self._conn.workspace, webhook_id, reason,
            )
        )  # fmt: skip


class DeliveryRepository:
    """Deliveries of one workspace."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def find(self, delivery_id: DeliveryId) -> Delivery | None:
        """Return a delivery."""
        row = await self._conn.fetchrow(
            f"SELECT {_DELIVERY} FROM webhook_delivery WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, delivery_id,
        )  # fmt: skip
        return None if row is None else _delivery(row)

    async def page(
        self, webhook_id: WebhookId, *, before: UUID | None, limit: int, state: DeliveryState | None
    ) -> list[Delivery]:
        """Return a webhook's deliveries, or those in a state, newest first."""
        rows = await self._conn.fetch(
            f"SELECT {_DELIVERY} FROM webhook_delivery WHERE workspace_id = $1 AND webhook_id = $2"
            " AND ($3::uuid IS NULL OR id < $3) AND ($5::text IS NULL OR state = $5) ORDER BY id DESC LIMIT $4",
            self._conn.workspace, webhook_id, before, limit, state,
        )  # fmt: skip
        return [_delivery(row) for row in rows]

    async def record(
        self, delivery_id: DeliveryId, attempt: Attempt, *, state: DeliveryState
    ) -> None:
        """Write down how an attempt went."""
        await self._conn.execute(
            "UPDATE webhook_delivery SET state = $3, attempts = attempts + 1, attempted_at = now(),"
            " status = $4, response = $5, error = $6, duration_ms = $7"
            " WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, delivery_id, state, attempt.status, attempt.response,
            attempt.error, attempt.duration_ms,
        )  # fmt: skip

    async def set_state(
        self, delivery_id: DeliveryId, state: DeliveryState, *, error: str = ""
    ) -> None:
        """Move a delivery without an attempt."""
        await self._conn.execute(
            "UPDATE webhook_delivery SET state = $3, error = $4 WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, delivery_id, state, error,
        )  # fmt: skip


async def listening(conn: Conn, workspace: WorkspaceId, kind: str) -> list[WebhookId]:
    """Return the webhooks of a workspace that want a kind of event."""
    rows = await conn.fetch(
        "SELECT id FROM webhook WHERE workspace_id = $1 AND enabled"
        " AND (kinds = '[]' OR kinds ? $2) ORDER BY id",
        workspace, kind,
    )  # fmt: skip
    return [WebhookId(row["id"]) for row in rows]


async def insert_delivery(
    conn: Conn, workspace: WorkspaceId, webhook_id: WebhookId, *, event_id: UUID, kind: str,
    body: str,
) -> DeliveryId | None:  # fmt: skip
    """Add a delivery; None when the webhook has the event already."""
    made = await conn.fetchval(
        "INSERT INTO webhook_delivery (workspace_id, id, webhook_id, event_id, kind, body)"
        " VALUES ($1, $2, $3, $4, $5, $6)"
        " ON CONFLICT (workspace_id, webhook_id, event_id) DO NOTHING RETURNING id",
        workspace, new_id(), webhook_id, event_id, kind, body,
    )  # fmt: skip
    return None if made is None else DeliveryId(made)


async def purge(conn: SystemConn, *, days: int) -> None:
    """Delete deliveries of all workspaces that are older than so many days."""
    await conn.execute(
        "DELETE FROM webhook_delivery WHERE created_at < now() - make_interval(days => $1)", days
    )


def _webhook(row: Row) -> Webhook:
    return Webhook(
        id=WebhookId(row["id"]), url=row["url"], kinds=tuple(row["kinds"]), secret=row["secret"],
        former_secret=row["former_secret"], former_until=row["former_until"],
        enabled=row["enabled"], failing_since=row["failing_since"],
        disabled_for=row["disabled_for"], created_at=row["created_at"],
    )  # fmt: skip


def _delivery(row: Row) -> Delivery:
    return Delivery(
        id=DeliveryId(row["id"]), webhook_id=WebhookId(row["webhook_id"]),
        event_id=row["event_id"], kind=row["kind"], body=row["body"],
        state=DeliveryState(row["state"]), attempts=row["attempts"],
        attempted_at=row["attempted_at"], status=row["status"], response=row["response"],
        error=row["error"], duration_ms=row["duration_ms"], created_at=row["created_at"],
    )  # fmt: skip
