"""SQL of searching in messages. It runs as the system role, because row security keeps text indexes from being used;
every function takes the workspace first, and what is found is read again as the workspace.

What is frequent is found by going back in time, what is rare by the index of words. A condition that must not be served by
an index is written so that none can: `IS NOT DISTINCT FROM` for the workspace, `IS TRUE` for the ids.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from besedka.core.db.connection import SystemConn, TenantConn
from besedka.core.ids import ActorId, WorkspaceId
from besedka.kernel.conversations.repository.rows import MESSAGE, message_of
from besedka.kernel.conversations.repository.words import CONFIGURATION, folded, vector, words_of
from besedka.kernel.conversations.types import Kind, Message

OPEN, CLOSE = "\x01", "\x02"
"""Around the words of a text that were searched for."""
MOST_HIGHLIGHTED = 4000
"""Characters of a message that are looked through for words to mark."""
MOST_CHECKED = 1000
"""Messages whose words are compared with a phrase in one statement."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is searched for, by whom, and between which ids.

    `words` and `phrases` are tsqueries: of the index's lexemes, and of the words of the text (None: nothing to compare).
    """

    actor: ActorId
    staff: bool
    words: str
    dialogs: str
    """The mark of dialogs, which staff reads."""
    phrases: str | None
    before: UUID
    after: UUID


@dataclass(frozen=True, slots=True)
class Looked:
    """What a step back in time has found: how many messages it looked at, how many had the words, whichever are visible."""

    looked: int
    matched: int
    until: UUID
    """The last id that was looked at; all up to here are done."""
    found: list[UUID]


# Where the asker takes part is looked up in a hash. How far back they may see there is asked of those few messages alone
# that are about to be shown: the planner would compare every message with every chat.
_MINE = """mine AS MATERIALIZED (
  SELECT conversation_id, visible_from_seq FROM participant
  WHERE workspace_id = $1 AND actor_id = $2 AND left_seq IS NULL AND expires_at IS NULL
)"""
_OPEN = "h.conversation_id IN (SELECT conversation_id FROM mine) OR "
_SHOWN = """NOT EXISTS (
  SELECT FROM mine p WHERE p.conversation_id = h.conversation_id AND p.visible_from_seq >= h.seq)"""
_SAYS = f"""($8::text IS NULL OR EXISTS (
  SELECT FROM message m WHERE m.workspace_id = $1 AND m.conversation_id = h.conversation_id AND m.seq = h.seq
  AND {vector("m.body")} @@ $8::text::tsquery))"""

_BACK = f"""
WITH {_MINE}, looked AS MATERIALIZED (
  SELECT r.id, r.conversation_id, r.seq, CASE WHEN NOT r.words @@ $4::text::tsquery THEN 0
         WHEN $3::bool AND r.words @@ $5::text::tsquery THEN 2 ELSE 1 END AS hit
  FROM message_ref r WHERE r.workspace_id = $1 AND r.id < $6 AND r.id >= $7 ORDER BY r.id DESC LIMIT $10
)
SELECT (SELECT count(*) FROM looked) AS looked, (SELECT id FROM looked ORDER BY id LIMIT 1) AS until,
       (SELECT count(*) FROM looked WHERE hit > 0) AS matched, array(
  SELECT h.id FROM (
    SELECT h.id, h.conversation_id, h.seq FROM looked h WHERE h.hit > 0 AND ({_OPEN} h.hit = 2) ORDER BY h.id DESC OFFSET 0) AS h
  WHERE {_SHOWN} AND {_SAYS} LIMIT $9
) AS found
"""

# `$10` is what the index is asked for, which may be less than all words.
BY_WORDS = f"""
WITH {_MINE}, c AS MATERIALIZED (
  SELECT h.id, h.conversation_id, h.seq FROM (
    SELECT h.id, h.conversation_id, h.seq FROM message_ref h
    WHERE h.workspace_id IS NOT DISTINCT FROM $1 AND h.words @@ $10::text::tsquery
      AND (h.id < $6 AND h.id >= $7 AND h.words @@ $4::text::tsquery) IS TRUE
      AND ({_OPEN} ($3::bool AND h.words @@ $5::text::tsquery))
    ORDER BY h.id DESC OFFSET 0) AS h
  WHERE {_SHOWN} LIMIT CASE WHEN $8::text IS NULL THEN $9 ELSE {MOST_CHECKED} END
)
SELECT (SELECT count(*) FROM c) AS looked, (SELECT id FROM c ORDER BY id LIMIT 1) AS until, array(
  SELECT h.id FROM (SELECT * FROM c ORDER BY id DESC OFFSET 0) AS h WHERE {_SAYS} LIMIT $9
) AS found
"""


async def look_back(
    conn: SystemConn, workspace: WorkspaceId, wanted: Wanted, *, step: int, limit: int
) -> Looked:
    """Look at the `step` newest messages that are asked for, whatever their words."""
    row = await conn.fetchrow(
        _BACK, workspace, wanted.actor, wanted.staff, wanted.words, wanted.dialogs, wanted.before, wanted.after,
        wanted.phrases, limit, step,
    )  # fmt: skip
    assert row is not None
    more = row["looked"] >= step
    until = row["until"] if more else wanted.after
    return Looked(step if more else 0, row["matched"], until, list(row["found"]))


async def by_words(
    conn: SystemConn, workspace: WorkspaceId, wanted: Wanted, *, index: str, limit: int
) -> Looked:
    """Find the newest messages by the index of words; `index` is what it is asked for. `looked` is 0 when there are no more."""
    row = await conn.fetchrow(
        BY_WORDS, workspace, wanted.actor, wanted.staff, wanted.words, wanted.dialogs, wanted.before,
        wanted.after, wanted.phrases, limit, index,
    )  # fmt: skip
    assert row is not None
    most = limit if wanted.phrases is None else MOST_CHECKED
    more = row["looked"] >= most
    until = row["until"] if more else wanted.after
    return Looked(row["looked"] if more else 0, row["looked"], until, list(row["found"]))


async def chats_of(
    conn: SystemConn, workspace: WorkspaceId, actor: ActorId, *, most: int
) -> tuple[list[UUID], int]:
    """Return the conversations that an actor takes part in, no more than `most`, and how many messages these have."""
    rows = await conn.fetch(
        "SELECT c.id, c.last_seq FROM (SELECT conversation_id FROM participant WHERE workspace_id = $1"
        " AND actor_id = $2 AND left_seq IS NULL AND expires_at IS NULL LIMIT $3) p"
        " JOIN conversation c ON c.workspace_id = $1 AND c.id = p.conversation_id",
        workspace, actor, most,
    )  # fmt: skip
    return [row["id"] for row in rows], sum(row["last_seq"] for row in rows)


async def lexemes(
    conn: SystemConn, texts: Sequence[str]
) -> tuple[list[list[str]], list[str]]:  # fmt: skip
    """Return the lexemes of each text, and each text as the tsquery of a phrase."""
    rows = await conn.fetch(
        f"SELECT tsvector_to_array({vector('given')}) AS lexemes,"
        f" phraseto_tsquery('{CONFIGURATION}', {folded('given')})::text AS phrase"
        " FROM unnest($1::text[]) WITH ORDINALITY AS t(given, place) ORDER BY place",
        list(texts),
    )
    return [list(row["lexemes"]) for row in rows], [row["phrase"] for row in rows]


@dataclass(frozen=True, slots=True)
class Found:
    """A message that was found, the chat that it is in, and its words with those that were searched for between signs."""

    message: Message
    chat_kind: Kind
    chat_title: str
    marked: str


_READ = f"""
SELECT {MESSAGE}, c.kind AS chat_kind,
       CASE WHEN c.kind <> 'dialog' THEN c.title ELSE coalesce((
         SELECT w.name FROM participant o JOIN actor w ON w.workspace_id = o.workspace_id AND w.id = o.actor_id
         WHERE o.workspace_id = c.workspace_id AND o.conversation_id = c.id AND o.role = 'contact' LIMIT 1), '')
       END AS chat_title,
       ts_headline('{CONFIGURATION}', translate(left(m.body, {MOST_HIGHLIGHTED}), 'ёЁ{OPEN}{CLOSE}', 'ее  '), $5::text::tsquery,
                   'HighlightAll=true, StartSel={OPEN}, StopSel={CLOSE}') AS marked
FROM message_ref r
JOIN message m ON m.workspace_id = r.workspace_id AND m.conversation_id = r.conversation_id AND m.seq = r.seq
JOIN actor a ON a.workspace_id = m.workspace_id AND a.id = m.sender_id
JOIN conversation c ON c.workspace_id = m.workspace_id AND c.id = m.conversation_id
LEFT JOIN participant p ON p.workspace_id = m.workspace_id AND p.conversation_id = m.conversation_id
                        AND p.actor_id = $2 AND p.left_seq IS NULL
WHERE r.workspace_id = $1 AND r.id = ANY($4::uuid[]) AND m.deleted_at IS NULL
  AND CASE WHEN p.actor_id IS NULL THEN $3::bool AND c.kind = 'dialog' ELSE m.seq > p.visible_from_seq END
ORDER BY r.id DESC
"""


class FoundRepository:
    """Reads what a search has found, as the workspace."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def read(
        self, messages: Sequence[UUID], *, actor: ActorId, staff: bool, query: str
    ) -> list[Found]:
        """Return those of the messages that an actor may read, the newest first."""
        rows = await self._conn.fetch(
            _READ, self._conn.workspace, actor, staff, list(messages), query
        )
        return [
            Found(message_of(row), Kind(row["chat_kind"]), row["chat_title"], row["marked"])
            for row in rows
        ]


_UNREAD = f"""
WITH old AS (
  SELECT r.workspace_id, r.id FROM message_ref r WHERE r.words IS NULL LIMIT $1 FOR UPDATE SKIP LOCKED
)
UPDATE message_ref r SET words = CASE WHEN m.deleted_at IS NOT NULL THEN '' ELSE {
    words_of(
        workspace="r.workspace_id", chat="r.conversation_id", chat_kind="c.kind", sender="m.sender_id", kind="m.kind",
        body="m.body", attached="m.attachments IS NOT NULL",
    )
} END
FROM old JOIN message_ref f ON f.workspace_id = old.workspace_id AND f.id = old.id
LEFT JOIN message m ON m.workspace_id = f.workspace_id AND m.conversation_id = f.conversation_id AND m.seq = f.seq
LEFT JOIN conversation c ON c.workspace_id = f.workspace_id AND c.id = f.conversation_id
WHERE r.workspace_id = old.workspace_id AND r.id = old.id
"""  # fmt: skip


async def read_old(conn: SystemConn, *, most: int) -> int:
    """Give messages of an older version what they can be found by; return how many there were."""
    done = await conn.execute(_UNREAD, most)
    return int(done.split()[-1])
