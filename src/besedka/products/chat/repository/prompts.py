"""SQL of the prompt library."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from besedka.core.db.connection import AnyConn, Row
from besedka.core.ids import ActorId, WorkspaceId
from besedka.products.chat.types import Prompt, PromptsWanted

_COLUMNS: Final = "p.id, p.author_id, p.shared, p.name, p.body, p.tags, p.updated_at"
_MINE: Final = "p.workspace_id = $1 AND (p.shared OR p.author_id = $2)"
# Those whose name has the words come first. $3 words, $4 tag, $5 whose, $6 the last one of the page before.
_LIST: Final = f"""
WITH found AS (
  SELECT {_COLUMNS}, CASE WHEN p.name ILIKE $3 THEN 0 ELSE 1 END AS rank, lower(p.name) AS low FROM ai_prompt p
  WHERE {_MINE} AND ($3 = '%%' OR p.name ILIKE $3 OR p.body ILIKE $3 OR p.tags::text ILIKE $3)
    AND ($4::text IS NULL OR p.tags ? $4) AND ($5::bool IS NULL OR p.shared = $5)
)
SELECT f.* FROM found f LEFT JOIN found c ON c.id = $6
WHERE $6::uuid IS NULL OR (f.rank, f.low, f.id) > (c.rank, c.low, c.id)
ORDER BY f.rank, f.low, f.id LIMIT $7
"""
_SAVE: Final = """
INSERT INTO ai_prompt AS p (workspace_id, id, author_id, shared, name, body, tags)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (workspace_id, id) DO UPDATE SET shared = excluded.shared, name = excluded.name, body = excluded.body,
  tags = excluded.tags, updated_at = now()
"""


class PromptRepository:
    """The prompts of a workspace as one person has them: the shared ones, and their own."""

    def __init__(self, conn: AnyConn, workspace: WorkspaceId, person: ActorId) -> None:
        self._conn, self._whose = conn, (workspace, person)

    async def find(self, prompt: UUID) -> Prompt | None:
        """Return one of them."""
        row = await self._conn.fetchrow(
            f"SELECT {_COLUMNS} FROM ai_prompt p WHERE {_MINE} AND p.id = $3", *self._whose, prompt
        )
        return None if row is None else _prompt(row)

    async def list(self, wanted: PromptsWanted) -> Sequence[Prompt]:
        """Return those that are wanted, a page of them by their names."""
        rows = await self._conn.fetch(
            _LIST, *self._whose, f"%{_plain(wanted.text)}%", wanted.tag, wanted.shared, wanted.after,
            wanted.limit,
        )  # fmt: skip
        return [_prompt(row) for row in rows]

    async def tags(self) -> Sequence[str]:
        """Return the tags that they have."""
        rows = await self._conn.fetch(
            f"SELECT DISTINCT t.tag FROM ai_prompt p, jsonb_array_elements_text(p.tags) AS t(tag) WHERE {_MINE}"
            " ORDER BY t.tag LIMIT 60",
            *self._whose,
        )
        return [row["tag"] for row in rows]

    async def count(self, *, shared: bool) -> int:
        """Return how many are shared, or the person's own."""
        workspace, person = self._whose
        counted: int = await self._conn.fetchval(
            "SELECT count(*) FROM ai_prompt WHERE workspace_id = $1 AND shared = $2 AND (shared OR author_id = $3)",
            workspace, shared, person,
        )  # fmt: skip
        return counted

    async def save(self, prompt: Prompt) -> None:
        """Store one, or what has changed of it; its author stays."""
        workspace, _ = self._whose
        await self._conn.execute(
            _SAVE, workspace, prompt.id, prompt.author_id, prompt.shared, prompt.name, prompt.body, [*prompt.tags]
        )  # fmt: skip

    async def delete(self, prompt: UUID) -> None:
        """Delete one."""
        await self._conn.execute(
            f"DELETE FROM ai_prompt p WHERE {_MINE} AND p.id = $3", *self._whose, prompt
        )

    async def written(self) -> Sequence[Prompt]:
        """Return those that the person has written, shared or not."""
        rows = await self._conn.fetch(
            f"SELECT {_COLUMNS} FROM ai_prompt p WHERE p.workspace_id = $1 AND p.author_id = $2 ORDER BY p.id",
            *self._whose,
        )
        return [_prompt(row) for row in rows]

    async def forget_author(self) -> None:
        """Delete what the person kept for themselves, and take their name off what they shared."""
        await self._conn.execute(
            "DELETE FROM ai_prompt WHERE workspace_id = $1 AND author_id = $2 AND NOT shared",
            *self._whose,
        )
        await self._conn.execute(
            "UPDATE ai_prompt SET author_id = NULL WHERE workspace_id = $1 AND author_id = $2",
            *self._whose,
        )


def _plain(words: str) -> str:
    """Return words that are looked for as they are."""
    return words.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")


def _prompt(row: Row) -> Prompt:
    author = row["author_id"]
    return Prompt(
        id=row["id"], author_id=None if author is None else ActorId(author), shared=row["shared"], name=row["name"],
        body=row["body"], tags=tuple(row["tags"]), updated_at=row["updated_at"],
    )  # fmt: skip
