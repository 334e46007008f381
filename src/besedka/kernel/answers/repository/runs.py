"""SQL of runs: who works on a reply, and what came of it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from besedka.core.db.connection import Row, TenantConn
from besedka.core.ids import ActorId
from besedka.kernel.answers.types import WISHED, Draft, Run, RunState
from besedka.kernel.conversations.types import ConversationId

# Whether the assistant `p` answers in the dialog `c`: it has the dialog, or has called a person by itself and nobody
# has come. Every change of hands raises the epoch, and a hand-off's key has the epoch that it ended.
_ANSWERS = (
    "(c.state = 'pending' OR c.state = 'open' AND c.assignee_id IS NULL AND EXISTS ("
    "SELECT 1 FROM message m WHERE m.workspace_id = c.workspace_id AND m.conversation_id = c.id"
    " AND m.sender_id = p.actor_id AND m.client_key = 'handoff:' || (c.epoch - 1)"
    " AND NOT m.meta ->> 'reason' = ANY($2)))"
)

# That the assistant `p` was not deleted for good. One that was put away has its runs: they call a person.
_THERE = (
    "EXISTS (SELECT FROM assistant a WHERE a.workspace_id = p.workspace_id AND a.id = p.actor_id)"
)

_PAST = ("id", "conversation_id", "mode", "confidence", "created_at", "correction_id", "question")


_RUN = (
    "r.id, r.conversation_id, r.question_seq, r.assistant_id, r.epoch, r.attempts,"
    " c.state = 'open' AS person_called, c.meta ->> 'locale' AS locale"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that wants a reply, and the id of the reply's run."""

    run_id: UUID
    conversation_id: ConversationId
    seq: int


@dataclass(frozen=True, slots=True)
class Ended:
    """What came of a run."""

    run_id: UUID
    state: RunState
    draft: Draft | None
    version: UUID | None
    threshold: float | None = None


Place: TypeAlias = tuple[ConversationId, int]
"""A dialog and the number of a message in it."""


@dataclass(frozen=True, slots=True)
class Said:
    """A message of a dialog, as far as answers go by it."""

    seq: int
    kind: str
    """Of who said it."""
    body: str
    mode: str = ""
    """How an assistant came to say it."""
    has_files: bool = False


class RunRepository:
    """Runs of one workspace."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def insert(self, asked: Sequence[Asked], *, worker: str, seconds: float) -> list[Run]:
        """Begin the replies to questions, where an assistant answers at this moment, and take their leases."""
        rows = await self._conn.fetch(
            "WITH r AS (INSERT INTO reply_run (workspace_id, id, conversation_id, question_seq, assistant_id, epoch,"
            " state, worker, attempts, lease_until)"
            " SELECT $1, asked.id, c.id, asked.seq, p.actor_id, c.epoch, 'working', $6, 1,"
            " now() + make_interval(secs => $7)"
            " FROM unnest($3::uuid[], $4::uuid[], $5::bigint[]) AS asked(id, chat, seq)"
            " JOIN conversation c ON c.workspace_id = $1 AND c.id = asked.chat CROSS JOIN LATERAL ("
            "SELECT p.actor_id FROM participant p WHERE p.workspace_id = c.workspace_id AND p.conversation_id = c.id"
            f" AND p.role = 'assistant' AND p.left_seq IS NULL AND {_THERE} AND {_ANSWERS} ORDER BY p.joined_at LIMIT 1) AS p"
            f" RETURNING *) SELECT {_RUN} FROM r JOIN conversation c"
            " ON c.workspace_id = r.workspace_id AND c.id = r.conversation_id",
            self._conn.workspace, WISHED, [each.run_id for each in asked],
            [each.conversation_id for each in asked], [each.seq for each in asked], worker, seconds,
        )  # fmt: skip
        return [_run(row) for row in rows]

    async def answers_in(self, conversation_id: UUID) -> bool:
        """Whether an assistant answers in a dialog at this moment."""
        return bool(
            await self._conn.fetchval(
                "SELECT true FROM conversation c"
                " JOIN participant p ON p.workspace_id = c.workspace_id AND p.conversation_id = c.id"
                " WHERE c.workspace_id = $1 AND c.id = $3 AND p.role = 'assistant' AND p.left_seq IS NULL"
                f" AND {_THERE} AND {_ANSWERS} LIMIT 1",
                self._conn.workspace, WISHED, conversation_id,
            )
        )  # fmt: skip

    async def has_assistant(self, conversation_id: UUID) -> bool:
        """Whether an assistant takes part in a dialog; one that answers nobody counts."""
        return bool(
            await self._conn.fetchval(
                "SELECT true FROM participant p WHERE p.workspace_id = $1 AND p.conversation_id = $2"
                f" AND p.role = 'assistant' AND p.left_seq IS NULL AND {_THERE} LIMIT 1",
                self._conn.workspace, conversation_id,
            )
        )  # fmt: skip

    async def has_active(self, conversation_id: UUID) -> bool:
        """Whether an assistant takes part in a dialog who was neither put away nor deleted."""
        return bool(
            await self._conn.fetchval(
                "SELECT true FROM participant p JOIN assistant a ON a.workspace_id = p.workspace_id"
                " AND a.id = p.actor_id WHERE p.workspace_id = $1 AND p.conversation_id = $2"
                " AND p.role = 'assistant' AND p.left_seq IS NULL AND a.archived_at IS NULL"
                " AND a.deleted_at IS NULL LIMIT 1",
                self._conn.workspace, conversation_id,
            )
        )  # fmt: skip

    async def claim(self, run_id: UUID, *, worker: str, seconds: float) -> Run | None:
        """Take the lease of a run that nobody works on."""
        row = await self._conn.fetchrow(
            "UPDATE reply_run r SET state = 'working', worker = $3, attempts = attempts + 1,"
            " lease_until = now() + make_interval(secs => $4) FROM conversation c"
            " WHERE r.workspace_id = $1 AND r.id = $2 AND c.workspace_id = r.workspace_id AND c.id = r.conversation_id"
            " AND (r.state = 'queued' OR (r.state = 'working' AND r.lease_until < now()))"
            f" RETURNING {_RUN}",
            self._conn.workspace, run_id, worker, seconds,
        )  # fmt: skip
        return _run(row) if row else None

    async def renew(self, run_id: UUID, *, worker: str, seconds: float) -> bool:
        """Lengthen the lease; False when it was lost."""
        return bool(
            await self._conn.fetchval(
                "UPDATE reply_run SET lease_until = now() + make_interval(secs => $4)"
                " WHERE workspace_id = $1 AND id = $2 AND worker = $3 AND state = 'working' RETURNING true",
                self._conn.workspace, run_id, worker, seconds,
            )
        )  # fmt: skip

    async def said(self, places: Sequence[Place], *, limit: int) -> Mapping[Place, list[Said]]:
        """Return for each place what the visitor sees of the dialog up to there, newest first."""
        rows = await self._conn.fetch(
            "SELECT t.chat, t.place, m.* FROM unnest($2::uuid[], $3::bigint[]) AS t(chat, place) CROSS JOIN LATERAL ("
            "SELECT m.seq, a.kind, m.body, coalesce(m.meta ->> 'mode', ''), m.attachments IS NOT NULL FROM message m"
            " JOIN actor a ON a.workspace_id = m.workspace_id AND a.id = m.sender_id"
            " WHERE m.workspace_id = $1 AND m.conversation_id = t.chat AND m.visibility = 'public'"
            " AND m.seq <= t.place ORDER BY m.seq DESC LIMIT $4) AS m ORDER BY t.chat, t.place, m.seq DESC",
            self._conn.workspace, [chat for chat, _ in places], [place for _, place in places], limit,
        )  # fmt: skip
        found: dict[Place, list[Said]] = {}
        for row in rows:
            chat, place, *said = row.values()
            found.setdefault((chat, place), []).append(Said(*said))
        return found

    async def finish(self, ended: Sequence[Ended], *, worker: str) -> None:
        """Write down what came of runs, but for those whose lease somebody else holds."""
        await self._conn.execute(
            "UPDATE reply_run r SET state = e.state, finished_at = now(), lease_until = NULL, mode = e.mode,"
            " confidence = e.confidence, passages = e.passages::jsonb, llm_run_id = e.llm_run, prompt_version_id = e.version,"
            " failure = e.failure, scores = e.scores::jsonb, guarded = e.guarded::jsonb, threshold = e.threshold"
            " FROM unnest($3::uuid[], $4::text[], $5::text[], $6::float8[], $7::text[], $8::uuid[], $9::uuid[],"
            " $10::text[], $11::text[], $12::text[], $13::float8[])"
            " AS e(id, state, mode, confidence, passages, llm_run, version, failure, scores, guarded, threshold)"
            " WHERE r.workspace_id = $1 AND r.id = e.id AND r.worker = $2 AND r.state = 'working'",
            self._conn.workspace, worker, *zip(*map(_outcome, ended), strict=True),
        )  # fmt: skip

    async def unfinished(self, run_id: UUID) -> datetime | None:
        """Return until when a run is leased, now for a queued one, None for a finished one."""
        found: datetime | None = await self._conn.fetchval(
            "SELECT coalesce(lease_until, now()) FROM reply_run"
            " WHERE workspace_id = $1 AND id = $2 AND state IN ('queued', 'working')",
            self._conn.workspace, run_id,
        )  # fmt: skip
        return found

    async def recent_modes(self, conversation_id: UUID, *, limit: int) -> list[str]:
        """Return how the last answered questions of a dialog were answered, newest first; small talk is none."""
        rows = await self._conn.fetch(
            "SELECT mode FROM reply_run WHERE workspace_id = $1 AND conversation_id = $2 AND state = 'done'"
            " AND mode <> 'small_talk' ORDER BY question_seq DESC LIMIT $3",
            self._conn.workspace, conversation_id, limit,
        )  # fmt: skip
        return [row["mode"] for row in rows]

    async def is_cited(self, conversation_id: UUID, chunk_id: UUID) -> bool:
        """Whether a message of a dialog that its visitor sees cites a passage."""
        wanted = [{"chunk": str(chunk_id)}]
        return bool(
            await self._conn.fetchval(
                "SELECT EXISTS (SELECT 1 FROM message WHERE workspace_id = $1 AND conversation_id = $2"
                " AND visibility = 'public' AND deleted_at IS NULL AND meta -> 'citations' @> $3::jsonb)",
                self._conn.workspace, conversation_id, wanted,
            )
        )  # fmt: skip

    async def explain(self, run_id: UUID) -> Mapping[str, object] | None:
        """Return all that is known of a run."""
        row = await self._conn.fetchrow(
            "SELECT r.id, r.conversation_id, r.question_seq, r.assistant_id, r.state, r.mode, r.attempts, r.confidence,"
            " r.passages, r.llm_run_id, r.failure, r.created_at, r.finished_at, p.number AS prompt_number,"
            " r.scores, r.guarded, r.threshold, r.correction_id, r.prompt_version_id"
            " FROM reply_run r LEFT JOIN prompt_version p ON p.workspace_id = r.workspace_id"
            " AND p.id = r.prompt_version_id WHERE r.workspace_id = $1 AND r.id = $2",
            self._conn.workspace, run_id,
        )  # fmt: skip
        return {key: row[key] for key in row.keys()} if row else None  # noqa: SIM118 - a record is no dict

    async def past(self, assistant_id: ActorId, *, limit: int) -> list[Mapping[str, object]]:
        """Return the last questions to an assistant that were searched for, newest first: words, confidence, mode."""
        rows = await self._conn.fetch(
            "SELECT r.id, r.conversation_id, r.mode, r.confidence, r.created_at, r.correction_id, m.body AS question"
            " FROM reply_run r JOIN message m ON m.workspace_id = r.workspace_id"
            " AND m.conversation_id = r.conversation_id AND m.seq = r.question_seq AND m.deleted_at IS NULL"
            " WHERE r.workspace_id = $1 AND r.assistant_id = $2 AND r.state = 'done'"
            " AND r.mode IN ('model', 'extractive', 'unknown') AND r.confidence IS NOT NULL"
            " ORDER BY r.id DESC LIMIT $3",
            self._conn.workspace, assistant_id, limit,
        )  # fmt: skip
        return [{key: row[key] for key in _PAST} for row in rows]

    async def question_of(self, run_id: UUID) -> str | None:
        """Return what a run was to answer; None when it was deleted."""
        found: str | None = await self._conn.fetchval(
            "SELECT m.body FROM reply_run r JOIN message m ON m.workspace_id = r.workspace_id"
            " AND m.conversation_id = r.conversation_id AND m.seq = r.question_seq AND m.deleted_at IS NULL"
            " WHERE r.workspace_id = $1 AND r.id = $2",
            self._conn.workspace, run_id,
        )  # fmt: skip
        return found

    async def answer_of(self, run_id: UUID) -> str | None:
        """Return what a run answered; None when nothing was said, or it was deleted."""
        found: str | None = await self._conn.fetchval(
            "SELECT m.body FROM reply_run r JOIN message m ON m.workspace_id = r.workspace_id"
            " AND m.conversation_id = r.conversation_id AND m.sender_id = r.assistant_id"
            " AND m.client_key = 'run:' || r.id::text AND m.deleted_at IS NULL"
            " WHERE r.workspace_id = $1 AND r.id = $2",
            self._conn.workspace, run_id,
        )  # fmt: skip
        return found

    async def set_correction(self, run_id: UUID, source_id: UUID) -> None:
        """Link a run with the pair that corrects its answer."""
        await self._conn.execute(
            "UPDATE reply_run SET correction_id = $3 WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, run_id, source_id,
        )  # fmt: skip


def _outcome(ended: Ended) -> tuple[object, ...]:
    """Return the columns of what came of a run; lists as JSON, which an array of arrays would not keep apart."""
    draft, version = ended.draft, ended.version
    if draft is None:
        return (ended.run_id, ended.state, *(None,) * 4, version, *(None,) * 3, ended.threshold)
    passages = [str(chunk) for chunk in draft.passages]
    return (
        ended.run_id,
        ended.state,
        draft.mode,
        draft.confidence,
        json.dumps(passages),
        draft.llm_run_id,
        version,
        draft.failure or None,
        json.dumps([round(score, 3) for score in draft.scores]),
        json.dumps(draft.guarded) if draft.guarded else None,
        ended.threshold,
    )


def _run(row: Row) -> Run:
    return Run(
        id=row["id"], conversation_id=ConversationId(row["conversation_id"]), question_seq=row["question_seq"],
        assistant_id=ActorId(row["assistant_id"]), epoch=row["epoch"], attempts=row["attempts"],
        person_called=row["person_called"], locale=row["locale"],
    )  # fmt: skip
