"""SQL of analytics: one pass over what a period holds for each table that is shown.

Runs are found by their ids, which sort by time: the key serves as the index.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import chain
from typing import cast
from uuid import UUID

from besedka.core.db.connection import Row, TenantConn
from besedka.core.ids import first_id
from besedka.kernel.hours.types import Period
from besedka.products.analytics.types import (
    MOST_COMMENTS,
    MOST_GAPS,
    MOST_QUESTIONS,
    MOST_WORDS,
    AssistantFigures,
    Comment,
    Costs,
    Counted,
    Gap,
    Money,
    OperatorFigures,
    RatedFigures,
    Topic,
    Totals,
    sums,
)

LATER = timedelta(days=1)
"""How long after its period's end an answer still counts for a dialog."""

_ROUNDS = """
WITH answered AS MATERIALIZED (
  SELECT DISTINCT conversation_id FROM reply_run
  WHERE workspace_id = $1 AND id >= $4::uuid AND id < $5::uuid AND mode IN ('model', 'extractive')
), rounds AS (
  SELECT r.*, r.handed_at IS NULL AND a.conversation_id IS NOT NULL AS unaided
  FROM dialog_round r LEFT JOIN answered a USING (conversation_id)
  WHERE r.workspace_id = $1 AND r.started_at >= $2 AND r.started_at < $3
)
"""

_COUNTED = """
SELECT assistant_id, day, hour, count(*) AS dialogs, count(*) FILTER (WHERE unaided) AS unaided,
       count(*) FILTER (WHERE handed_at IS NOT NULL) AS handed,
       count(*) FILTER (WHERE resolved_at IS NOT NULL) AS resolved, count(*) FILTER (WHERE number > 1) AS reopened
FROM (SELECT *, (started_at AT TIME ZONE $6)::date AS day, extract(hour FROM started_at AT TIME ZONE $6)::int AS hour
      FROM rounds) r
GROUP BY assistant_id, day, hour
"""

_TIMES = """
SELECT percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY extract(epoch FROM replied_at - handed_at)::float8)
         FILTER (WHERE replied_at >= handed_at) AS first_reply,
       percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY extract(epoch FROM resolved_at - started_at)::float8)
         FILTER (WHERE resolved_at IS NOT NULL) AS resolution
FROM dialog_round WHERE workspace_id = $1 AND started_at >= $2 AND started_at < $3
"""

_QUESTIONS = """
WITH asked AS (
  SELECT r.conversation_id, r.question_seq, r.created_at FROM reply_run r
  WHERE r.workspace_id = $1 AND r.id >= $2::uuid AND r.id < $3::uuid AND ($4::text IS NULL OR r.mode = $4)
  ORDER BY r.id DESC LIMIT $5
), questions AS (
  SELECT m.conversation_id, m.seq, m.body, q.created_at FROM asked q
  JOIN message m ON m.workspace_id = $1 AND m.conversation_id = q.conversation_id AND m.seq = q.question_seq
  WHERE m.deleted_at IS NULL AND m.body <> ''
)
"""

_WORDS = """
SELECT mode() WITHIN GROUP (ORDER BY word) AS name, count(DISTINCT (conversation_id, seq)) AS count
FROM questions, LATERAL regexp_split_to_table(lower(body), '[^[:alnum:]]+') AS word,
     LATERAL (SELECT CASE WHEN word ~ '^[a-z]' THEN ts_lexize('english_stem', word)
                          ELSE ts_lexize('russian_stem', word) END AS stems) s
WHERE length(word) BETWEEN 4 AND 40 AND word !~ '^[0-9]+$' AND cardinality(stems) > 0
GROUP BY stems[1] HAVING count(DISTINCT (conversation_id, seq)) > 1
ORDER BY count DESC, name LIMIT $6
"""

_GAPS = """
SELECT mode() WITHIN GROUP (ORDER BY body) AS question, count(*) AS count, max(created_at) AS last_at,
       (array_agg(conversation_id ORDER BY created_at DESC))[1] AS chat
FROM questions GROUP BY btrim(regexp_replace(lower(body), '[^[:alnum:]]+', ' ', 'g'))
ORDER BY count DESC, last_at DESC LIMIT $6
"""

# What was called before calls knew their assistant is told by the answers.
_COSTS = """
SELECT coalesce(l.assistant_id, r.assistant_id) AS assistant_id, l.currency, sum(l.cost_micro)::bigint AS micro
FROM llm_run l LEFT JOIN (
  SELECT llm_run_id, assistant_id FROM reply_run
  WHERE workspace_id = $1 AND id >= $4::uuid AND id < $5::uuid AND llm_run_id IS NOT NULL
) r ON l.assistant_id IS NULL AND r.llm_run_id = l.id
WHERE l.workspace_id = $1 AND l.created_at >= $2 AND l.created_at < $3 AND l.cost_micro IS NOT NULL
  AND l.currency IS NOT NULL
GROUP BY 1, 2 ORDER BY 2
"""


class AnalyticsRepository:
    """The figures of one workspace."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def counted(self, period: Period) -> list[Counted]:
        """Return how many dialogs began, by assistant, day and hour."""
        rows = await self._conn.fetch(_ROUNDS + _COUNTED, *self._rounds(period), period.zone)
        return [Counted(*row.values()) for row in rows]

    async def totals(self, period: Period, counted: Sequence[Counted], *, costs: Costs) -> Totals:
        """Return the figures of a period whose dialogs are counted."""
        row = await self._conn.fetchrow(_TIMES, self._conn.workspace, period.start, period.end)
        assert row is not None
        first, resolution = row["first_reply"] or (None, None), row["resolution"] or (None, None)
        return Totals(
            dialogs=sum(each.dialogs for each in counted), unaided=sum(each.unaided for each in counted),
            handed=sum(each.handed for each in counted), resolved=sum(each.resolved for each in counted),
            reopened=sum(each.reopened for each in counted), first_reply=first[0], first_reply_90=first[1],
            resolution=resolution[0], resolution_90=resolution[1], missed=await self._missed(period),
            scores=tuple(await self.scores(period)), cost=sums(chain.from_iterable(costs.values())),
        )  # fmt: skip

    async def resolved(self, period: Period) -> int:
        """Return how many dialogs that began were resolved."""
        found: int = await self._conn.fetchval(
            "SELECT count(*) FROM dialog_round WHERE workspace_id = $1 AND started_at >= $2 AND started_at < $3"
            " AND resolved_at IS NOT NULL",
            self._conn.workspace, period.start, period.end,
        )  # fmt: skip
        return found

    async def scores(self, period: Period) -> list[int]:
        """Return how many ratings of 1 to 5 were given."""
        rows = await self._conn.fetch(
            "SELECT score, count(*) AS count FROM dialog_rating WHERE workspace_id = $1 AND created_at >= $2"
            " AND created_at < $3 GROUP BY score",
            self._conn.workspace, period.start, period.end,
        )  # fmt: skip
        counted = {row["score"]: row["count"] for row in rows}
        return [counted.get(score, 0) for score in range(1, 6)]

    async def _missed(self, period: Period) -> int:
        found: int = await self._conn.fetchval(
            "SELECT count(*) FROM dialog_breach WHERE workspace_id = $1 AND due_at >= $2 AND due_at < $3"
            " AND kind = 'missed'",
            self._conn.workspace, period.start, period.end,
        )  # fmt: skip
        return found

    async def costs(self, period: Period) -> Costs:
        """Return what models took, for each assistant, and under None what was for no assistant."""
        first, last = first_id(period.start - LATER), first_id(period.end)
        rows = await self._conn.fetch(
            _COSTS, self._conn.workspace, period.start, period.end, first, last
        )
        costs: dict[UUID | None, list[Money]] = defaultdict(list)
        for row in rows:
            costs[row["assistant_id"]].append(Money(row["micro"], row["currency"]))
        return {who: tuple(each) for who, each in costs.items()}

    async def assistants(
        self, period: Period, counted: Sequence[Counted], *, costs: Costs
    ) -> list[AssistantFigures]:
        """Return what each assistant did, and took, in a period whose dialogs are counted."""
        of: dict[UUID, list[Counted]] = defaultdict(list)
        for each in counted:
            if each.assistant_id is not None:
                of[each.assistant_id].append(each)
        for who in costs.keys() - of.keys() - {None}:
            of[cast("UUID", who)] = []
        names, unanswered = await self._names(list(of)), await self._unanswered(period)
        rated = {each.id: each for each in await self.rated(period)}
        found = [
            AssistantFigures(
                who, names.get(who, ""), sum(each.dialogs for each in theirs), sum(each.unaided for each in theirs),
                sum(each.handed for each in theirs), unanswered.get(who, 0), *_score(rated.get(who)),
                costs.get(who, ()),
            )
            for who, theirs in of.items()
        ]  # fmt: skip
        return sorted(found, key=lambda each: (-each.dialogs, each.name))

    async def _names(self, actors: Sequence[UUID]) -> Mapping[UUID, str]:
        rows = await self._conn.fetch(
            "SELECT id, name FROM actor WHERE workspace_id = $1 AND id = ANY($2::uuid[])",
            self._conn.workspace,
            list(actors),
        )
        return {row["id"]: row["name"] for row in rows}

    async def _unanswered(self, period: Period) -> Mapping[UUID, int]:
        rows = await self._conn.fetch(
            "SELECT assistant_id, count(*) AS count FROM reply_run WHERE workspace_id = $1 AND id >= $2::uuid"
            " AND id < $3::uuid AND mode = 'unknown' GROUP BY assistant_id",
            self._conn.workspace, first_id(period.start), first_id(period.end),
        )  # fmt: skip
        return {row["assistant_id"]: row["count"] for row in rows}

    async def operators(self, period: Period, *, actor: UUID | None) -> list[OperatorFigures]:
        """Return what each person did, or one alone."""
        rows = await self._conn.fetch(
            "SELECT p.actor_id AS id, a.name, count(*) AS replies, count(DISTINCT (p.conversation_id, p.number)) AS handled,"
            " avg(p.waited_s) FILTER (WHERE p.is_first)::float8 AS first_reply FROM dialog_reply p"
            " JOIN actor a ON a.workspace_id = p.workspace_id AND a.id = p.actor_id"
            " WHERE p.workspace_id = $1 AND p.replied_at >= $2 AND p.replied_at < $3"
            " AND ($4::uuid IS NULL OR p.actor_id = $4) GROUP BY p.actor_id, a.name ORDER BY replies DESC, a.name",
            self._conn.workspace, period.start, period.end, actor,
        )  # fmt: skip
        rated = {each.id: each for each in await self.rated(period)}
        return [
            OperatorFigures(
                row["id"], row["name"], row["replies"], row["handled"], row["first_reply"],
                *_score(rated.get(row["id"])),
            )
            for row in rows
        ]  # fmt: skip

    async def rated(self, period: Period) -> list[RatedFigures]:
        """Return how those were rated whom ratings are about."""
        rows = await self._conn.fetch(
            "SELECT g.handler_id AS id, coalesce(a.name, '') AS name, coalesce(a.kind, '') AS kind, count(*) AS ratings,"
            " avg(g.score)::float8 AS score FROM dialog_rating g"
            " LEFT JOIN actor a ON a.workspace_id = g.workspace_id AND a.id = g.handler_id"
            " WHERE g.workspace_id = $1 AND g.created_at >= $2 AND g.created_at < $3"
            " GROUP BY g.handler_id, a.name, a.kind ORDER BY ratings DESC, name",
            self._conn.workspace, period.start, period.end,
        )  # fmt: skip
        return [RatedFigures(*row.values()) for row in rows]

    async def comments(self, period: Period) -> list[Comment]:
        """Return the newest ratings with words."""
        rows = await self._conn.fetch(
            "SELECT g.conversation_id, g.score, g.comment, coalesce(a.name, '') AS about, g.created_at FROM dialog_rating g"
            " LEFT JOIN actor a ON a.workspace_id = g.workspace_id AND a.id = g.handler_id"
            " WHERE g.workspace_id = $1 AND g.created_at >= $2 AND g.created_at < $3 AND g.comment <> ''"
            " ORDER BY g.created_at DESC LIMIT $4",
            self._conn.workspace, period.start, period.end, MOST_COMMENTS,
        )  # fmt: skip
        return [Comment(*row.values()) for row in rows]

    async def labels(self, period: Period) -> list[Topic]:
        """Return the labels of the dialogs that began."""
        rows = await self._conn.fetch(
            "SELECT l.name, count(DISTINCT r.conversation_id) AS count FROM dialog_round r"
            " JOIN conversation_label c ON c.workspace_id = r.workspace_id AND c.conversation_id = r.conversation_id"
            " JOIN label l ON l.workspace_id = c.workspace_id AND l.id = c.label_id"
            " WHERE r.workspace_id = $1 AND r.started_at >= $2 AND r.started_at < $3"
            " GROUP BY l.id, l.name ORDER BY count DESC, l.name LIMIT $4",
            self._conn.workspace, period.start, period.end, MOST_WORDS,
        )  # fmt: skip
        return _topics(rows)

    async def words(self, period: Period) -> list[Topic]:
        """Return the words that most of the newest questions have."""
        return _topics(
            await self._conn.fetch(_QUESTIONS + _WORDS, *self._questions(period, None), MOST_WORDS)
        )

    async def gaps(self, period: Period) -> list[Gap]:
        """Return the questions that the assistant had no answer to, those that were asked most first."""
        rows = await self._conn.fetch(
            _QUESTIONS + _GAPS, *self._questions(period, "unknown"), MOST_GAPS
        )
        return [Gap(*row.values()) for row in rows]

    def _rounds(self, period: Period) -> tuple[object, ...]:
        later = first_id(period.end + LATER)
        return self._conn.workspace, period.start, period.end, first_id(period.start), later

    def _questions(self, period: Period, mode: str | None) -> tuple[object, ...]:
        ids = first_id(period.start), first_id(period.end)
        return self._conn.workspace, *ids, mode, MOST_QUESTIONS


def _score(found: RatedFigures | None) -> tuple[int, float | None]:
    return (0, None) if found is None else (found.ratings, found.score)


def _topics(rows: Sequence[Row]) -> list[Topic]:
    return [Topic(row["name"], row["count"]) for row in rows]
