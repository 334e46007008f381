"""SQL of assistants and their prompts' history."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from pydantic import JsonValue

from besedka.core.db.connection import Row, TenantConn
from besedka.core.ids import ActorId
from besedka.kernel.answers.types import Assistant, Length, Tone, Wanted
from besedka.kernel.answers.versions import guardrails_of, guidelines_of, snapshot

_COLUMNS = (
    "a.id, a.name, a.greeting, a.instructions, a.tone, a.length, a.model, a.temperature, a.threshold,"
    " a.collection_id, a.handoff_keywords, a.prompt_version_id, p.number AS prompt_number, a.created_at,"
    " a.guidelines, a.guardrails, a.draft, ARRAY(SELECT s.collection_id FROM assistant_collection s"
    "  WHERE s.workspace_id = a.workspace_id AND s.assistant_id = a.id ORDER BY s.collection_id) AS shared,"
    " a.archived_at, a.deleted_at"
)
_FROM = (
    "FROM assistant a JOIN prompt_version p ON p.workspace_id = a.workspace_id AND p.id = a.prompt_version_id"
    " WHERE a.workspace_id = $1"
)
_WANTED = {
    Wanted.ACTIVE: "a.archived_at IS NULL",
    Wanted.ARCHIVED: "a.archived_at IS NOT NULL",
    Wanted.ALL: "true",
}


class AssistantRepository:
    """Assistants of one workspace."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def insert(self, who: Assistant) -> None:
        """Store a new assistant."""
        await self._conn.execute(
            "INSERT INTO assistant (workspace_id, id, name, greeting, instructions, tone, length, model, temperature,"
            " threshold, collection_id, handoff_keywords, prompt_version_id, guidelines, guardrails)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
            self._conn.workspace, who.id, *_values(who),
        )  # fmt: skip

    async def update(self, who: Assistant) -> None:
        """Store an assistant's new settings."""
        await self._conn.execute(
            "UPDATE assistant SET name = $3, greeting = $4, instructions = $5, tone = $6, length = $7, model = $8,"
            " temperature = $9, threshold = $10, collection_id = $11, handoff_keywords = $12,"
            " prompt_version_id = $13, guidelines = $14, guardrails = $15, updated_at = now()"
            " WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, who.id, *_values(who),
        )  # fmt: skip

    async def add_version(
        self, version_id: UUID, who: Assistant, *, author: ActorId | None
    ) -> Assistant:
        """Keep the instructions and what belongs to them as the next version of the assistant's prompt."""
        number = await self._conn.fetchval(
            "INSERT INTO prompt_version (workspace_id, id, assistant_id, number, instructions, author_id, settings)"
            " SELECT $1, $2, $3, coalesce(max(number), 0) + 1, $4, $5, $6 FROM prompt_version"
            " WHERE workspace_id = $1 AND assistant_id = $3 RETURNING number",
            self._conn.workspace, version_id, who.id, who.instructions, author, snapshot(who),
        )  # fmt: skip
        return replace(who, prompt_version_id=version_id, prompt_number=number)

    async def find(self, assistant_id: ActorId) -> Assistant | None:
        """Return an assistant, wherever it is: one in the trash too."""
        row = await self._conn.fetchrow(
            f"SELECT {_COLUMNS} {_FROM} AND a.id = $2", self._conn.workspace, assistant_id
        )
        return assistant_of(row) if row else None

    async def list_all(self, wanted: Wanted, *, limit: int) -> list[Assistant]:
        """Return the workspace's assistants, oldest first; none that lie in the trash."""
        rows = await self._conn.fetch(
            f"SELECT {_COLUMNS} {_FROM} AND a.deleted_at IS NULL AND {_WANTED[wanted]} ORDER BY a.id LIMIT $2",
            self._conn.workspace, limit,
        )  # fmt: skip
        return [assistant_of(row) for row in rows]

    async def list_deleted(self, *, limit: int) -> list[Assistant]:
        """Return the assistants in the trash, what was deleted last first."""
        rows = await self._conn.fetch(
            f"SELECT {_COLUMNS} {_FROM} AND a.deleted_at IS NOT NULL ORDER BY a.deleted_at DESC, a.id LIMIT $2",
            self._conn.workspace, limit,
        )  # fmt: skip
        return [assistant_of(row) for row in rows]

    async def versions(self, assistant_id: ActorId, *, limit: int) -> list[Mapping[str, object]]:
        """Return the prompt's history, newest first."""
        rows = await self._conn.fetch(
            "SELECT p.id, p.number, p.instructions, p.settings, p.created_at, a.name AS author FROM prompt_version p"
            " LEFT JOIN actor a ON a.workspace_id = p.workspace_id AND a.id = p.author_id"
            " WHERE p.workspace_id = $1 AND p.assistant_id = $2 ORDER BY p.number DESC LIMIT $3",
            self._conn.workspace, assistant_id, limit,
        )  # fmt: skip
        return [{key: row[key] for key in row.keys()} for row in rows]  # noqa: SIM118 - a record is no dict

    async def set_draft(self, assistant_id: ActorId, draft: Mapping[str, JsonValue] | None) -> None:
        """Keep settings that wait to be published; None forgets them."""
        await self._conn.execute(
            "UPDATE assistant SET draft = $3 WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, assistant_id, None if draft is None else dict(draft),
        )  # fmt: skip

    async def owns(self, collection_id: UUID) -> bool:
        """Whether a collection is an assistant's own; what belongs to one in the trash is nobody's meanwhile."""
        found = await self._conn.fetchval(
            "SELECT true FROM assistant WHERE workspace_id = $1 AND collection_id = $2 AND deleted_at IS NULL LIMIT 1",
            self._conn.workspace, collection_id,
        )  # fmt: skip
        return bool(found)

    async def set_shared(self, assistant_id: ActorId, collections: Sequence[UUID]) -> None:
        """Set from which collections an assistant answers beside its own."""
        await self._conn.execute(
            "WITH gone AS (DELETE FROM assistant_collection WHERE workspace_id = $1 AND assistant_id = $2"
            "  AND collection_id <> ALL($3))"
            " INSERT INTO assistant_collection (workspace_id, assistant_id, collection_id)"
            " SELECT $1, $2, each FROM unnest($3::uuid[]) AS each ON CONFLICT DO NOTHING",
            self._conn.workspace, assistant_id, collections,
        )  # fmt: skip

    async def set_users(self, collection_id: UUID, assistants: Sequence[ActorId]) -> None:
        """Set which assistants answer from a collection that is not their own."""
        await self._conn.execute(
            "WITH gone AS (DELETE FROM assistant_collection WHERE workspace_id = $1 AND collection_id = $2"
            "  AND assistant_id <> ALL($3))"
            " INSERT INTO assistant_collection (workspace_id, assistant_id, collection_id)"
            " SELECT $1, each, $2 FROM unnest($3::uuid[]) AS each ON CONFLICT DO NOTHING",
            self._conn.workspace, collection_id, assistants,
        )  # fmt: skip

    async def take_away(self, collection_id: UUID) -> int:
        """Take a collection from all assistants; returns from how many."""
        rows = await self._conn.fetch(
            "DELETE FROM assistant_collection WHERE workspace_id = $1 AND collection_id = $2 RETURNING assistant_id",
            self._conn.workspace, collection_id,
        )  # fmt: skip
        return len(rows)


def _values(who: Assistant) -> tuple[object, ...]:
    return (
        who.name, dict(who.greeting), who.instructions, who.tone, who.length, who.model, who.temperature,
        who.threshold, who.collection_id, list(who.handoff_keywords), who.prompt_version_id,
        [each.as_json() for each in who.guidelines], who.guardrails.as_json(),
    )  # fmt: skip


def assistant_of(row: Row) -> Assistant:
    """Return a row of an assistant as what it is."""
    return Assistant(
        id=ActorId(row["id"]), name=row["name"], greeting=row["greeting"], instructions=row["instructions"],
        tone=Tone(row["tone"]), length=Length(row["length"]), model=row["model"], temperature=row["temperature"],
        threshold=row["threshold"], collection_id=row["collection_id"],
        handoff_keywords=tuple(row["handoff_keywords"]), prompt_version_id=row["prompt_version_id"],
        prompt_number=row["prompt_number"], created_at=row["created_at"],
        guidelines=guidelines_of(row["guidelines"]), guardrails=guardrails_of(row["guardrails"]),
        draft=row["draft"], shared=tuple(row["shared"]), archived_at=row["archived_at"],
        deleted_at=row["deleted_at"],
    )  # fmt: skip
