"""SQL of profiles: bound to the workspace and to the person, so that nobody reads another's."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import asyncpg

from besedka.core.clock import now
from besedka.core.db.connection import AnyConn, Row
from besedka.core.ids import ActorId, WorkspaceId, new_id
from besedka.products.profile.errors import FactTaken
from besedka.products.profile.fading import strength
from besedka.products.profile.types import (
    Change,
    Choices,
    Deed,
    Draft,
    Fact,
    FactId,
    Kind,
    Origin,
    Source,
    State,
)

# The row is locked, too: a profile has one writer at a time.
_LOCK = """
INSERT INTO profile (workspace_id, actor_id) VALUES ($1, $2)
ON CONFLICT (workspace_id, actor_id) DO UPDATE SET actor_id = excluded.actor_id
RETURNING in_answers, accepts_itself
"""
_SELECT = """
SELECT f.id, f.kind, f.name, f.weight, f.state, f.origin, f.confirmed_at, f.created_at,
       coalesce(s.quotes, '{{}}') AS quotes, coalesce(s.readers, '{{}}') AS readers, coalesce(s.moments, '{{}}') AS moments
FROM profile_fact f
LEFT JOIN LATERAL (
  SELECT array_agg(quote ORDER BY id) AS quotes, array_agg(reader ORDER BY id) AS readers,
         array_agg(created_at ORDER BY id) AS moments
  FROM profile_source WHERE workspace_id = f.workspace_id AND fact_id = f.id
) s ON true
WHERE f.workspace_id = $1 AND f.actor_id = $2 AND ($3::uuid IS NULL OR f.id = $3)
  {further} ORDER BY f.weight DESC, f.id
"""
_FACTS = _SELECT.format(further="")
_TOLD = _SELECT.format(
    further="AND coalesce((SELECT in_answers FROM profile p WHERE p.workspace_id = $1 AND p.actor_id = $2), true)"
)
_ADD = """
INSERT INTO profile_fact (workspace_id, id, actor_id, kind, name, weight, state, origin)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_CHANGE = """
UPDATE profile_fact SET kind = $4, name = $5, weight = $6, state = 'accepted', confirmed_at = now()
WHERE workspace_id = $1 AND actor_id = $2 AND id = $3
"""
_ADD_SOURCE = """
INSERT INTO profile_source (workspace_id, id, fact_id, quote, reader)
SELECT workspace_id, $4, id, $5, $6 FROM profile_fact WHERE workspace_id = $1 AND actor_id = $2 AND id = $3
"""
_NOTE = """
INSERT INTO profile_change (workspace_id, id, fact_id, deed, by, name, weight, name_before, weight_before)
SELECT workspace_id, $4, id, $5, $6, name, weight, $7, $8 FROM profile_fact
WHERE workspace_id = $1 AND actor_id = $2 AND id = $3
"""
_HISTORY = """
SELECT c.id, c.fact_id, f.kind, c.deed, c.by, c.name, c.weight, c.name_before, c.weight_before, c.created_at
FROM profile_change c JOIN profile_fact f ON f.workspace_id = c.workspace_id AND f.id = c.fact_id
WHERE f.workspace_id = $1 AND f.actor_id = $2 AND ($3::uuid IS NULL OR f.id = $3) AND ($4::uuid IS NULL OR c.id < $4)
ORDER BY c.id DESC LIMIT $5
"""
ALL: Final = 100_000


class ProfileRepository:
    """The profile of one person in one workspace."""

    def __init__(self, conn: AnyConn, workspace: WorkspaceId, actor: ActorId) -> None:
        self._conn = conn
        self._whose = (workspace, actor)

    async def lock(self) -> Choices:
        """Make sure that there is a profile, and have nobody else change it meanwhile."""
        row = await self._conn.fetchrow(_LOCK, *self._whose)
        return _choices(row)

    async def choices(self) -> Choices:
        """Return what the person chose."""
        row = await self._conn.fetchrow(
            "SELECT in_answers, accepts_itself FROM profile WHERE workspace_id = $1 AND actor_id = $2",
            *self._whose,
        )
        return _choices(row)

    async def choose(self, choices: Choices) -> None:
        """Keep what the person chose."""
        await self._conn.execute(
            "UPDATE profile SET in_answers = $3, accepts_itself = $4 WHERE workspace_id = $1 AND actor_id = $2",
            *self._whose, choices.in_answers, choices.accepts_itself,
        )  # fmt: skip

    async def facts(self, fact: FactId | None = None) -> list[Fact]:
        """Return facts and proposals, the weightiest first: all, or the one of an id."""
        return [_fact(row) for row in await self._conn.fetch(_FACTS, *self._whose, fact)]

    async def facts_for_answers(self) -> list[Fact]:
        """Return the same as far as models may hear of it: nothing, if the person chose so."""
        return [_fact(row) for row in await self._conn.fetch(_TOLD, *self._whose, None)]

    async def add(self, draft: Draft, *, weight: float, state: State, origin: Origin) -> FactId:
        """Add a fact. Raises FactTaken."""
        fact = FactId(new_id())
        workspace, actor = self._whose
        try:
            await self._conn.execute(
                _ADD, workspace, fact, actor, draft.kind, draft.name, weight, state, origin
            )
        except asyncpg.UniqueViolationError as error:
            raise FactTaken from error
        return fact

    async def change(self, fact: FactId, draft: Draft, *, weight: float) -> None:
        """Let a fact say something else; it is the person's own word from then on. Raises FactTaken."""
        try:
            await self._conn.execute(
                _CHANGE, *self._whose, fact, draft.kind, draft.name, weight
            )  # fmt: skip
        except asyncpg.UniqueViolationError as error:
            raise FactTaken from error

    async def add_source(self, fact: FactId, quote: str, *, reader: Origin) -> None:
        """Keep the words that a fact was read from."""
        await self._conn.execute(_ADD_SOURCE, *self._whose, fact, new_id(), quote, reader)

    async def note(
        self, fact: FactId, deed: Deed, *, by: Origin, before: Fact | None = None
    ) -> None:  # fmt: skip
        """Write down what just happened to a fact, and how it was before."""
        name, weight = (before.name, before.weight) if before else (None, None)
        await self._conn.execute(_NOTE, *self._whose, fact, new_id(), deed, by, name, weight)

    async def forget(self, facts: Sequence[FactId]) -> None:
        """Erase facts with the words behind them and their history."""
        await self._conn.execute(
            "DELETE FROM profile_fact WHERE workspace_id = $1 AND actor_id = $2 AND id = ANY($3)",
            *self._whose, facts,
        )  # fmt: skip

    async def forget_all(self) -> None:
        """Erase the whole profile, with what was chosen."""
        await self._conn.execute(
            "DELETE FROM profile WHERE workspace_id = $1 AND actor_id = $2", *self._whose
        )

    async def history(
        self, *, fact: FactId | None = None, before: UUID | None = None, limit: int = ALL
    ) -> list[Change]:  # fmt: skip
        """Return what happened, the latest first: to all facts, or to one."""
        rows = await self._conn.fetch(_HISTORY, *self._whose, fact, before, limit)
        return [_change(row) for row in rows]


def _choices(row: Row | None) -> Choices:
    return Choices() if row is None else Choices(row["in_answers"], row["accepts_itself"])


def _fact(row: Row) -> Fact:
    kind, weight = Kind(row["kind"]), row["weight"]
    sources = zip(row["quotes"], row["readers"], row["moments"], strict=True)
    return Fact(
        id=FactId(row["id"]), kind=kind, name=row["name"], weight=weight,
        strength=strength(weight, kind, since=row["confirmed_at"], at=now()), state=State(row["state"]),
        origin=Origin(row["origin"]), confirmed_at=row["confirmed_at"], created_at=row["created_at"],
        sources=tuple(Source(quote, Origin(reader), at) for quote, reader, at in sources),
    )  # fmt: skip


def _change(row: Row) -> Change:
    return Change(
        id=row["id"], fact_id=FactId(row["fact_id"]), kind=Kind(row["kind"]), deed=Deed(row["deed"]),
        by=Origin(row["by"]), name=row["name"], weight=row["weight"], name_before=row["name_before"],
        weight_before=row["weight_before"], at=row["created_at"],
    )  # fmt: skip
