"""SQL of turns: how chats are answered, their branches, and the making of answers."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from besedka.core.db.connection import Row, TenantConn
from besedka.core.ids import ActorId
from besedka.kernel.conversations.types import ConversationId
from besedka.kernel.ledger.types import HoldId
from besedka.products.chat.types import (
    Attached,
    Rating,
    Run,
    RunState,
    Setup,
    Summary,
    Talk,
    Turn,
)

MOST_TURNS = 1000
"""Turns of a branch that are read."""

Ended: TypeAlias = tuple[Run, UUID | None]
"""A run as it has ended, and the record of the call that it took."""

_BODY = "CASE WHEN m.deleted_at IS NULL THEN m.body ELSE '' END"
# As a message was at the moment $5.
_BODY_THEN = """CASE WHEN m.deleted_at IS NOT NULL THEN '' WHEN m.edited_at > $5 THEN coalesce((
         SELECT r.body FROM message_revision r WHERE r.workspace_id = $1 AND r.conversation_id = $2 AND r.seq = m.seq
           AND r.created_at <= $5 ORDER BY r.number DESC LIMIT 1), '') ELSE m.body END"""
_PATH = """
WITH RECURSIVE path AS (
  SELECT t.seq, t.parent_seq, t.is_answer, t.rating, 1 AS depth FROM ai_turn t
  WHERE t.workspace_id = $1 AND t.conversation_id = $2 AND t.seq = $3
  UNION ALL
  SELECT t.seq, t.parent_seq, t.is_answer, t.rating, p.depth + 1 FROM path p
  JOIN ai_turn t ON t.workspace_id = $1 AND t.conversation_id = $2 AND t.seq = p.parent_seq
  WHERE p.depth < $4
)
SELECT p.seq, p.parent_seq, p.is_answer, p.rating, m.id, m.created_at, m.attachments::text AS attachments,
       {body} AS body,
       CASE WHEN m.deleted_at IS NULL THEN m.meta ELSE '{{}}'::jsonb END AS meta, array(
         SELECT s.seq FROM ai_turn s WHERE s.workspace_id = $1 AND s.conversation_id = $2
           AND s.parent_seq = p.parent_seq ORDER BY s.seq) AS siblings
FROM path p JOIN message m ON m.workspace_id = $1 AND m.conversation_id = $2 AND m.seq = p.seq
ORDER BY p.seq
"""

_SETUP = """
SELECT model, instructions, leaf_seq, (
  SELECT jsonb_agg(jsonb_build_array(s.until_seq, s.body) ORDER BY s.until_seq) FROM ai_summary s
  WHERE s.workspace_id = $1 AND s.conversation_id = $2 AND s.body <> '') AS summaries
FROM ai_chat WHERE workspace_id = $1 AND conversation_id = $2
"""
_NEWEST_BELOW = """
WITH RECURSIVE down AS (
  SELECT $3::bigint AS seq
  UNION ALL
  SELECT (SELECT max(t.seq) FROM ai_turn t WHERE t.workspace_id = $1 AND t.conversation_id = $2
          AND t.parent_seq = down.seq) FROM down WHERE down.seq IS NOT NULL
)
SELECT max(seq) FROM down
"""

# What is known before a question is asked: first how the chat is answered, with the message that the question comes
# after (null where $3 is no question to stand in for) and who speaks for the system, then the branch up to there.
_TALK = """
WITH RECURSIVE setup AS (
  SELECT model, instructions, leaf_seq FROM ai_chat WHERE workspace_id = $1 AND conversation_id = $2
), start AS (
  SELECT CASE WHEN $3::bigint IS NULL THEN coalesce((SELECT leaf_seq FROM setup), 0) ELSE (
    SELECT t.parent_seq FROM ai_turn t WHERE t.workspace_id = $1 AND t.conversation_id = $2 AND t.seq = $3
      AND NOT t.is_answer) END AS seq
), path AS (
  SELECT t.seq, t.parent_seq, t.is_answer, 1 AS depth FROM start
  JOIN ai_turn t ON t.workspace_id = $1 AND t.conversation_id = $2 AND t.seq = start.seq
  UNION ALL
  SELECT t.seq, t.parent_seq, t.is_answer, p.depth + 1 FROM path p
  JOIN ai_turn t ON t.workspace_id = $1 AND t.conversation_id = $2 AND t.seq = p.parent_seq
  WHERE p.depth < $4
)
SELECT 0 AS seq, start.seq AS parent_seq, false AS is_answer, (
         SELECT id FROM actor WHERE workspace_id = $1 AND kind = 'system') AS id,
       NULL AS attachments, s.instructions AS body, s.model, s.leaf_seq, (
         SELECT jsonb_agg(jsonb_build_array(u.until_seq, u.body) ORDER BY u.until_seq) FROM ai_summary u
         WHERE u.workspace_id = $1 AND u.conversation_id = $2 AND u.body <> '') AS summaries
FROM start LEFT JOIN setup s ON true
UNION ALL
SELECT p.seq, p.parent_seq, p.is_answer, m.id, m.attachments::text,
       CASE WHEN m.deleted_at IS NULL THEN m.body ELSE '' END, NULL, NULL, NULL
FROM path p JOIN message m ON m.workspace_id = $1 AND m.conversation_id = $2 AND m.seq = p.seq
ORDER BY seq
"""

# Turns become the ends of the branches that are shown; of answers side by side the first one. `run` has their chats, their
# places, the turns before them, and whether they are among such answers.
_ADD_TURNS = """
turn AS (
  INSERT INTO ai_turn (workspace_id, conversation_id, seq, parent_seq, is_answer)
  SELECT $1, chat, seq, parent_seq, {is_answer} FROM run WHERE parent_seq IS NOT NULL
), setup AS (
  INSERT INTO ai_chat (workspace_id, conversation_id, model, instructions, leaf_seq)
  SELECT DISTINCT ON (chat) $1, chat, '', '', seq FROM run
  WHERE parent_seq IS NOT NULL AND ({is_answer} IS FALSE OR NOT is_compared OR EXISTS (
    SELECT FROM ai_chat a WHERE a.workspace_id = $1 AND a.conversation_id = run.chat AND a.leaf_seq = run.parent_seq))
  ORDER BY chat, seq
  ON CONFLICT (workspace_id, conversation_id) DO UPDATE SET leaf_seq = excluded.leaf_seq
)
SELECT id FROM run
"""
_ADD_RUNS = """
WITH asked AS (
  SELECT * FROM unnest($4::uuid[], $5::bigint[], $6::bigint[], $7::uuid[], $8::uuid[], $9::text[], $10::text[], $11::uuid[],
    $12::int[], $13::int[], $14::smallint[], $15::bool[])
    AS t(chat, seq, parent_seq, id, asker_id, model, state, hold_id, max_tokens, attempts, place, is_compared)
), added AS (
  INSERT INTO ai_run (workspace_id, conversation_id, question_seq, id, asker_id, model, state, hold_id, max_tokens,
    attempts, worker, lease_until, place, is_compared)
  SELECT $1, chat, seq, id, asker_id, model, state, hold_id, max_tokens, attempts, $2, now() + make_interval(secs => $3),
    place, is_compared
  FROM asked WHERE place > 0 OR NOT EXISTS (
    SELECT FROM ai_run r WHERE r.workspace_id = $1 AND r.conversation_id = asked.chat AND r.state IN ('queued', 'working'))
  ON CONFLICT (workspace_id, conversation_id, place) WHERE state IN ('queued', 'working') DO NOTHING RETURNING id
), run AS (
  SELECT asked.* FROM asked JOIN added USING (id)
), """ + _ADD_TURNS.format(is_answer=False)
_FINISH = """
WITH run AS (
  UPDATE ai_run r SET state = t.state, answer_seq = t.seq, failure = t.failure, llm_run_id = t.llm_run_id, partial = '',
    lease_until = NULL, finished_at = now()
  FROM unnest($3::uuid[], $4::uuid[], $5::int[], $6::text[], $7::bigint[], $8::text[], $9::uuid[])
    AS t(chat, id, attempts, state, seq, failure, llm_run_id)
  WHERE r.workspace_id = $1 AND r.conversation_id = t.chat AND r.id = t.id AND r.worker = $2
    AND r.attempts = t.attempts AND r.state = 'working'
  RETURNING r.id, r.is_compared, t.chat, t.seq, CASE WHEN t.seq IS NOT NULL THEN r.question_seq END AS parent_seq
), """ + _ADD_TURNS.format(is_answer=True)

_APPEND = """
WITH before AS (
  SELECT coalesce(max(leaf_seq), 0) AS seq FROM ai_chat WHERE workspace_id = $1 AND conversation_id = $2
), turn AS (
  INSERT INTO ai_turn (workspace_id, conversation_id, seq, parent_seq, is_answer)
  SELECT $1, $2, $3::bigint, before.seq, false FROM before
)
INSERT INTO ai_chat (workspace_id, conversation_id, model, instructions, leaf_seq) VALUES ($1, $2, '', '', $3)
ON CONFLICT (workspace_id, conversation_id) DO UPDATE SET leaf_seq = excluded.leaf_seq
"""

_RUN = (
    "id, conversation_id, question_seq, answer_seq, asker_id, model, state, attempts, partial, failure, hold_id,"
    " max_tokens, place, is_compared"
)


class BranchRepository:
    """How a chat is answered, and its branches."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def find_setup(self, chat: ConversationId) -> Setup:
        """Return how a chat is answered; what nobody has set is as it is at first."""
        row = await self._conn.fetchrow(_SETUP, self._conn.workspace, chat)
        if row is None:
            return Setup()
        summaries = _summaries(row["summaries"])
        return Setup(row["model"], row["instructions"], row["leaf_seq"], summaries=summaries)

    async def put_setup(
        self,
        chat: ConversationId,
        *,
        model: str | None = None,
        instructions: str | None = None,
        leaf_seq: int | None = None,
    ) -> None:
        """Change what is given of how a chat is answered."""
        await self._conn.execute(
            "INSERT INTO ai_chat AS a (workspace_id, conversation_id, model, instructions, leaf_seq)"
            " VALUES ($1, $2, coalesce($3::text, ''), coalesce($4::text, ''), coalesce($5::bigint, 0))"
            " ON CONFLICT (workspace_id, conversation_id) DO UPDATE SET model = coalesce($3, a.model),"
            " instructions = coalesce($4, a.instructions), leaf_seq = coalesce($5, a.leaf_seq)",
            self._conn.workspace, chat, model, instructions, leaf_seq,
        )  # fmt: skip

    async def append(self, chat: ConversationId, seq: int) -> None:
        """Give a message its place at the end of the branch that is shown."""
        await self._conn.execute(_APPEND, self._conn.workspace, chat, seq)

    async def path(
        self, chat: ConversationId, leaf_seq: int, *, limit: int = MOST_TURNS
    ) -> Sequence[Turn]:
        """Return the branch that ends with a message, from its beginning."""
        rows = await self._conn.fetch(
            _PATH.format(body=_BODY), self._conn.workspace, chat, leaf_seq, limit
        )
        return [_turn(row) for row in rows]

    async def path_then(
        self, chat: ConversationId, leaf_seq: int, *, moment: datetime
    ) -> Sequence[Turn]:
        """Return a branch with the words that it had at a moment; what was deleted since has none."""
        rows = await self._conn.fetch(
            _PATH.format(body=_BODY_THEN), self._conn.workspace, chat, leaf_seq, MOST_TURNS, moment
        )
        return [_turn(row) for row in rows]

    async def find_talk(self, chat: ConversationId, *, edits: int | None = None) -> Talk | None:
        """Return what a question comes after, at the end of the branch or in the place of another; None without that."""
        first, *rows = await self._conn.fetch(_TALK, self._conn.workspace, chat, edits, MOST_TURNS)
        if first["parent_seq"] is None:
            return None
        setup = Setup(
            first["model"] or "", first["body"] or "", first["leaf_seq"] or 0, summaries=_summaries(first["summaries"])
        )  # fmt: skip
        before = tuple(
            Turn(
                seq=row["seq"], parent_seq=row["parent_seq"], is_answer=row["is_answer"], id=row["id"],
                text=row["body"], files=_files(row["attachments"]),
            )
            for row in rows
        )  # fmt: skip
        speaker = None if first["id"] is None else ActorId(first["id"])
        return Talk(setup, first["parent_seq"], before, speaker)

    async def newest_below(self, chat: ConversationId, seq: int) -> int:
        """Return the last message of the newest branch that goes through a message."""
        found: int = await self._conn.fetchval(_NEWEST_BELOW, self._conn.workspace, chat, seq)
        return found

    async def rate(self, chat: ConversationId, seq: int, *, rating: Rating | None) -> bool:
        """Keep what its reader thinks of an answer; False when there is no such answer."""
        done = await self._conn.execute(
            "UPDATE ai_turn SET rating = $4 WHERE workspace_id = $1 AND conversation_id = $2 AND seq = $3"
            " AND is_answer",
            self._conn.workspace, chat, seq, rating,
        )  # fmt: skip
        return done == "UPDATE 1"


class RunRepository:
    """The making of answers."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def add(
        self, asked: Sequence[tuple[Run, int | None]], *, worker: str, seconds: float
    ) -> bool:
        """Store runs with the leases of who works on them; False when an answer is being made in one of their chats.

        The question of a run that comes with a message's place gets its own place on a branch, after that message. Those of a
        comparison come together with the one of the first place.
        """
        rows = [
            (
                run.conversation_id, run.question_seq, parent, run.id, run.asker_id, run.model, run.state, run.hold_id,
                run.max_tokens, run.attempts, run.place, run.is_compared,
            )
            for run, parent in asked
        ]  # fmt: skip
        added = await self._conn.fetch(
            _ADD_RUNS, self._conn.workspace, worker, seconds, *map(list, zip(*rows, strict=True))
        )
        return len(added) == len(rows)

    async def find(self, chat: ConversationId, run_id: UUID) -> Run | None:
        """Return a run of a chat."""
        return await self._one("conversation_id = $2 AND id = $3", chat, run_id)

    async def newest(self, chat: ConversationId) -> Run | None:
        """Return the last run of a chat."""
        return await self._one("conversation_id = $2 ORDER BY id DESC LIMIT 1", chat)

    async def claim(self, run_id: UUID, *, worker: str, seconds: float) -> Run | None:
        """Take the lease of a run that nobody works on; what an earlier attempt said is forgotten."""
        row = await self._conn.fetchrow(
            "UPDATE ai_run SET state = 'working', worker = $3, attempts = attempts + 1, partial = '',"
            " lease_until = now() + make_interval(secs => $4) WHERE workspace_id = $1 AND id = $2"
            f" AND (state = 'queued' OR (state = 'working' AND lease_until < now())) RETURNING {_RUN}",
            self._conn.workspace, run_id, worker, seconds,
        )  # fmt: skip
        return None if row is None else _run(row)

    async def keep(self, run: Run, *, worker: str, seconds: float, partial: str) -> bool | None:
        """Lengthen the lease and keep what was said; says whether it is to be stopped. None: the lease was lost."""
        stopped: bool | None = await self._conn.fetchval(
            "UPDATE ai_run SET lease_until = now() + make_interval(secs => $5), partial = $6 WHERE workspace_id = $1"
            " AND id = $2 AND worker = $3 AND attempts = $4 AND state = 'working' RETURNING is_stopped",
            self._conn.workspace, run.id, worker, run.attempts, seconds, partial,
        )  # fmt: skip
        return stopped

    async def finish(self, ended: Sequence[Ended], *, worker: str) -> bool:
        """Write down what came of runs; False when somebody else has one of them. Answers get their places on branches."""
        rows = [
            (
                run.conversation_id, run.id, run.attempts, run.state, run.answer_seq, run.failure, llm_run_id,
            )
            for run, llm_run_id in ended
        ]  # fmt: skip
        done = await self._conn.fetch(
            _FINISH, self._conn.workspace, worker, *map(list, zip(*rows, strict=True))
        )
        return len(done) == len(rows)

    async def of_question(
        self, chat: ConversationId, question_seq: int, *, limit: int
    ) -> Sequence[Run]:
        """Return the last runs for a question, the first of them first."""
        rows = await self._conn.fetch(
            f"SELECT * FROM (SELECT {_RUN} FROM ai_run WHERE workspace_id = $1 AND conversation_id = $2"
            " AND question_seq = $3 ORDER BY id DESC LIMIT $4) r ORDER BY id",
            self._conn.workspace, chat, question_seq, limit,
        )  # fmt: skip
        return [_run(row) for row in rows]

    async def stop(self, chat: ConversationId, run_id: UUID | None = None) -> Sequence[UUID]:
        """Ask for the end of the answers that are being made in a chat, or of one of them; return their runs."""
        rows = await self._conn.fetch(
            "UPDATE ai_run SET is_stopped = true WHERE workspace_id = $1 AND conversation_id = $2"
            " AND state IN ('queued', 'working') AND ($3::uuid IS NULL OR id = $3) RETURNING id",
            self._conn.workspace, chat, run_id,
        )  # fmt: skip
        return [row["id"] for row in rows]

    async def seconds_left(self, run_id: UUID) -> float | None:
        """Return how long a run is leased, 0 for a queued one, None for a finished one."""
        left: float | None = await self._conn.fetchval(
            "SELECT greatest(coalesce(extract(epoch FROM lease_until - now()), 0), 0)::float8 FROM ai_run"
            " WHERE workspace_id = $1 AND id = $2 AND state IN ('queued', 'working')",
            self._conn.workspace, run_id,
        )  # fmt: skip
        return left

    async def _one(self, condition: str, *values: object) -> Run | None:
        row = await self._conn.fetchrow(
            f"SELECT {_RUN} FROM ai_run WHERE workspace_id = $1 AND {condition}",
            self._conn.workspace,
            *values,
        )
        return None if row is None else _run(row)


def _run(row: Row) -> Run:
    return Run(
        id=row["id"], conversation_id=ConversationId(row["conversation_id"]), question_seq=row["question_seq"],
        answer_seq=row["answer_seq"], asker_id=ActorId(row["asker_id"]), model=row["model"],
        state=RunState(row["state"]), attempts=row["attempts"], partial=row["partial"], failure=row["failure"],
        hold_id=None if row["hold_id"] is None else HoldId(row["hold_id"]), max_tokens=row["max_tokens"],
        place=row["place"], is_compared=row["is_compared"],
    )  # fmt: skip


def _summaries(found: Sequence[tuple[int, str]] | None) -> tuple[Summary, ...]:
    return tuple(Summary(until_seq=until, body=body) for until, body in found or ())


def _files(attachments: str | None) -> list[Attached]:
    return [
        Attached(UUID(each["id"]), each["name"], each["media_type"])
        for each in json.loads(attachments or "[]")
    ]


def _turn(row: Row) -> Turn:
    return Turn(
        seq=row["seq"], parent_seq=row["parent_seq"], is_answer=row["is_answer"], id=row["id"], text=row["body"],
        files=_files(row["attachments"]), meta=row["meta"], rating=None if row["rating"] is None else Rating(row["rating"]),
        siblings=list(row["siblings"]), created_at=row["created_at"],
    )  # fmt: skip
