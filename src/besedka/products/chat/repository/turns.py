"""SQL of turns: how chats are answered, their branches, and the making of answers."""

import json
from collections.abc import Sequence
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
    Turn,
)

MOST_TURNS = 1000
"""Turns of a branch that are read."""

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
       CASE WHEN m.deleted_at IS NULL THEN m.body ELSE '' END AS body,
       CASE WHEN m.deleted_at IS NULL THEN m.meta ELSE '{}'::jsonb END AS meta, array(
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

# A turn becomes the end of the branch that is shown. $1 workspace, $2 chat, $3 its place, $4 the turn before it.
_ADD_TURN = """
turn AS (
  INSERT INTO ai_turn (workspace_id, conversation_id, seq, parent_seq, is_answer)
  SELECT $1, $2, $3::bigint, $4::bigint, {is_answer} FROM run WHERE $4 IS NOT NULL
), setup AS (
  INSERT INTO ai_chat (workspace_id, conversation_id, model, instructions, leaf_seq)
  SELECT $1, $2, '', '', $3 FROM run WHERE $4 IS NOT NULL
  ON CONFLICT (workspace_id, conversation_id) DO UPDATE SET leaf_seq = excluded.leaf_seq
)
SELECT EXISTS (SELECT FROM run)
"""
_ADD_RUN = """
WITH run AS (
  INSERT INTO ai_run (workspace_id, conversation_id, question_seq, id, asker_id, model, state, hold_id, max_tokens,
    attempts, worker, lease_until)
  VALUES ($1, $2, $3, $5, $6, $7, $8, $9, $10, $11, $12, now() + make_interval(secs => $13))
  ON CONFLICT (workspace_id, conversation_id) WHERE state IN ('queued', 'working') DO NOTHING RETURNING id
), """ + _ADD_TURN.format(is_answer=False)
_FINISH = """
WITH run AS (
  UPDATE ai_run SET state = $8, answer_seq = $3::bigint, failure = $9, llm_run_id = $10, partial = '',
    lease_until = NULL, finished_at = now()
  WHERE workspace_id = $1 AND conversation_id = $2 AND id = $5 AND worker = $6 AND attempts = $7 AND state = 'working'
  RETURNING id
), """ + _ADD_TURN.format(is_answer=True)

_RUN = (
    "id, conversation_id, question_seq, answer_seq, asker_id, model, state, attempts, partial, failure, hold_id,"
    " max_tokens"
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
        summaries = [Summary(until_seq=each[0], body=each[1]) for each in row["summaries"] or ()]
        return Setup(row["model"], row["instructions"], row["leaf_seq"], summaries=tuple(summaries))

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

    async def path(
        self, chat: ConversationId, leaf_seq: int, *, limit: int = MOST_TURNS
    ) -> Sequence[Turn]:
        """Return the branch that ends with a message, from its beginning."""
        rows = await self._conn.fetch(_PATH, self._conn.workspace, chat, leaf_seq, limit)
        return [_turn(row) for row in rows]

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
        self, run: Run, *, worker: str, seconds: float, parent_seq: int | None = None
    ) -> bool:
        """Store a run with the lease of who works on it; False when an answer is being made in its chat.

        With a `parent_seq` its question gets its place on a branch, after that message.
        """
        return bool(
            await self._conn.fetchval(
                _ADD_RUN, self._conn.workspace, run.conversation_id, run.question_seq, parent_seq, run.id,
                run.asker_id, run.model, run.state, run.hold_id, run.max_tokens, run.attempts, worker, seconds,
            )
        )  # fmt: skip

    async def find(self, chat: ConversationId, run_id: UUID) -> Run | None:
        """Return a run of a chat."""
        return await self._one("conversation_id = $2 AND id = $3", chat, run_id)

    async def newest(self, chat: ConversationId) -> Run | None:
        """Return the last run of a chat."""
        return await self._one("conversation_id = $2 ORDER BY id DESC LIMIT 1", chat)

    async def newest_of(self, chat: ConversationId, question_seq: int) -> Run | None:
        """Return the last run for a question."""
        return await self._one(
            "conversation_id = $2 AND question_seq = $3 ORDER BY id DESC LIMIT 1",
            chat,
            question_seq,
        )

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

    async def finish(
        self,
        run: Run,
        *,
        worker: str,
        state: RunState,
        answer_seq: int | None = None,
        failure: str | None = None,
        llm_run_id: UUID | None = None,
    ) -> bool:
        """Write down what came of a run; False when somebody else has it. An answer gets its place on the branch."""
        return bool(
            await self._conn.fetchval(
                _FINISH, self._conn.workspace, run.conversation_id, answer_seq,
                None if answer_seq is None else run.question_seq, run.id, worker, run.attempts, state, failure, llm_run_id,
            )
        )  # fmt: skip

    async def stop(self, chat: ConversationId) -> UUID | None:
        """Ask for the end of the answer that is being made in a chat; return its run."""
        found: UUID | None = await self._conn.fetchval(
            "UPDATE ai_run SET is_stopped = true WHERE workspace_id = $1 AND conversation_id = $2"
            " AND state IN ('queued', 'working') RETURNING id",
            self._conn.workspace, chat,
        )  # fmt: skip
        return found

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
    )  # fmt: skip


def _turn(row: Row) -> Turn:
    files = [
        Attached(UUID(each["id"]), each["name"], each["media_type"])
        for each in json.loads(row["attachments"] or "[]")
    ]
    return Turn(
        seq=row["seq"], parent_seq=row["parent_seq"], is_answer=row["is_answer"], id=row["id"], text=row["body"],
        files=files, meta=row["meta"], rating=None if row["rating"] is None else Rating(row["rating"]),
        siblings=list(row["siblings"]), created_at=row["created_at"],
    )  # fmt: skip
