"""Searching in messages: what is asked for as queries, how far a search goes, and which words of a message are shown.

The newest messages are looked at first, whatever their words: what is frequent is found there. The rest is found by the
index of words, narrowed to the asker's chats when these are few. A word that is frequent, but not in what the asker may
read, is followed back a bounded number of steps; then the page is short, and the next one goes on from there.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from besedka.core.db.connection import SystemConn
from besedka.core.ids import ActorId, WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.conversations.repository import search as found_by
from besedka.kernel.conversations.repository.search import (
    CLOSE,
    OPEN,
    Found,
    FoundRepository,
    Wanted,
)
from besedka.kernel.conversations.repository.words import (
    ATTACHED,
    LONGEST_LEXEME,
    chat_mark,
    kind_mark,
    salt_of,
    sender_mark,
)
from besedka.kernel.conversations.types import STAFF_READS, Caller, ConversationId, Kind

MOST_WORDS = 16
STEPS = (1000, 8000, 8000)
"""Messages that are looked at in each step back in time. The first one tells how frequent the words are."""
MOST_CHATS = 64
"""An asker with more chats is not narrowed to them by the index."""
FREQUENT = 0.02
"""Of the messages of a step: a word that more of them have is not looked up in the index of words."""
FEW_MESSAGES = 20_000
"""An asker whose chats have no more of them is spared looking up beginnings, which are of many words."""
NOWHERE = "#"
"""The mark of no chat."""
READ_AT_ONCE = 1000
SNIPPET_CHARACTERS = 200
BEFORE_MARK = 60

_QUOTED = re.compile(r'"([^"]*)"|«([^»]*)»|“([^”]*)”')
_TRAILING = re.compile(r"[\W_]+$")
_SOONEST, _LATEST = UUID(int=0), UUID(int=2**128 - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What somebody asks for. Phrases stand in quotes; the last word may be a beginning. `before` is the last one shown."""

    text: str
    attached: bool = False
    """Only messages with files."""
    chat: ConversationId | None = None
    kind: Kind | None = None
    sender: ActorId | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: UUID | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of a message, and where in it the words stand that were searched for: from, to, in characters."""

    text: str
    marks: list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Results:
    """A page of a search, newest first; with `next` there is more, even when the page is short."""

    found: list[Found]
    next: UUID | None


@dataclass(frozen=True, slots=True)
class _Query:
    """A query in its forms: for the index of words, the same without the beginning of a word, and for a message's text."""

    index: str
    sure: str
    text: str
    has_phrases: bool


async def search_messages(
    runtime: Runtime, workspace: WorkspaceId, caller: Caller, wanted: Search
) -> Results:
    """Return messages that the caller may read and that have all the words, newest first."""
    staff = caller.may(STAFF_READS)
    async with runtime.db.system.acquire() as conn:
        query = await _compile(conn, wanted.text, salt=salt_of(workspace))
        if query is None and not (wanted.attached and not wanted.text.strip()):
            return Results([], None)
        query = query or _Query("", "", "", has_phrases=False)
        ids, until = await _collect(conn, workspace, caller, wanted, query=query)
    if not ids:
        return Results([], until)
    async with runtime.db.fast.acquire(workspace) as tenant:
        found = await FoundRepository(tenant).read(
            ids, actor=caller.actor_id, staff=staff, query=query.text
        )
    return Results(found, until)


async def _collect(
    conn: SystemConn, workspace: WorkspaceId, caller: Caller, wanted: Search, *, query: _Query
) -> tuple[list[UUID], UUID | None]:
    """Return the ids of a page, and where the next one goes on."""
    staff, salt, limit = caller.may(STAFF_READS), salt_of(workspace), wanted.limit
    marks = list(_marks(wanted, salt))
    asked = Wanted(
        actor=caller.actor_id, staff=staff, words=" & ".join(each for each in (query.index, *marks) if each),
        dialogs=_quote(kind_mark(Kind.DIALOG), salt), phrases=query.text if query.has_phrases else None,
        before=min(wanted.before or _LATEST, _bound(wanted.until, _LATEST)), after=_bound(wanted.since, _SOONEST),
    )  # fmt: skip
    chats, size = await found_by.chats_of(
        conn, workspace, caller.actor_id, most=MOST_CHATS + 1
    )  # fmt: skip
    has_few = len(chats) <= MOST_CHATS
    ids: list[UUID] = []
    for step in STEPS:
        looked = await found_by.look_back(conn, workspace, asked, step=step, limit=limit - len(ids))
        ids += looked.found
        if len(ids) >= limit:
            return ids, ids[-1]
        if not looked.looked:
            return ids, None
        asked = replace(asked, before=looked.until)
        is_dense = len(looked.found) * STEPS[1] >= (limit - len(ids)) * step
        is_rare = looked.matched < FREQUENT * step
        if not is_dense and (has_few or marks or is_rare):
            whole = has_few and not staff and size <= FEW_MESSAGES
            words = [query.sure if whole else query.index, *marks]
            if has_few:
                words.append(_readable(chats, salt, dialogs=asked.dialogs if staff else None))
            index = " & ".join(each for each in words if each)
            rest = await found_by.by_words(
                conn, workspace, asked, index=index, limit=limit - len(ids)
            )
            ids += rest.found
            if len(ids) >= limit:
                return ids, ids[-1]
            return ids, rest.until if rest.looked else None
    return ids, asked.before


def _readable(chats: Sequence[UUID], salt: str, *, dialogs: str | None) -> str:
    """Return a query of what an asker with few chats can read."""
    readable = [_quote(chat_mark(chat), salt) for chat in chats]
    if dialogs is not None:
        readable.append(dialogs)
    return f"({' | '.join(readable or [_quote(NOWHERE, salt)])})"


def _marks(wanted: Search, salt: str) -> Iterator[str]:
    if wanted.chat is not None:
        yield _quote(chat_mark(wanted.chat), salt)
    if wanted.sender is not None:
        yield _quote(sender_mark(wanted.sender), salt)
    if wanted.attached:
        yield _quote(ATTACHED, salt)
    if wanted.kind is not None:
        yield _quote(kind_mark(wanted.kind), salt)


def _bound(moment: datetime | None, otherwise: UUID) -> UUID:
    """Return the least id that a message of a moment can have."""
    if moment is None:
        return otherwise
    milliseconds = int(moment.timestamp() * 1000)
    return UUID(int=min(max(milliseconds, 0), 2**48 - 1) << 80)


# --- the query ----------------------------------------------------------------------------------


def split(text: str) -> tuple[list[str], list[str], str | None]:
    """Return the phrases of a query, its words, and the last word if it may be a beginning."""
    phrases = [
        phrase for groups in _QUOTED.findall(text) if (phrase := " ".join("".join(groups).split()))
    ]
    rest = _QUOTED.sub(" \0 ", text)
    words = [word for word in rest.split() if word != "\0"][:MOST_WORDS]
    ends = rest.rstrip().endswith(tuple(words[-1:]))
    beginning = _TRAILING.sub("", words[-1]) if words and ends else ""
    return phrases[:MOST_WORDS], words, beginning.lower().replace("ё", "е") or None


async def _compile(conn: SystemConn, text: str, *, salt: str) -> _Query | None:
    """Return what to search for; None when there is nothing but words like "and"."""
    phrases, words, beginning = split(text)
    lexemes, spelled = await found_by.lexemes(conn, [*phrases, *words])
    index, plain = [], []
    for phrase, known in zip(spelled, lexemes[: len(phrases)], strict=False):
        if known:
            index.append(_all(known, salt))
            plain.append(f"({phrase})")
    for known in lexemes[len(phrases) :][: len(words) - (beginning is not None)]:
        if known:
            index.append(_all(known, salt))
            plain.append(_all(known, ""))
    sure = " & ".join(index)
    if beginning is not None and (lexemes[-1] or not index):
        index.append(_or_beginning(lexemes[-1], beginning, salt))
        plain.append(_or_beginning(lexemes[-1], beginning, ""))
    if not index:
        return None
    return _Query(" & ".join(index), sure, " & ".join(plain), bool(phrases))


def _all(lexemes: Sequence[str], salt: str) -> str:
    return f"({' & '.join(_quote(each[:LONGEST_LEXEME], salt) for each in lexemes)})"


def _or_beginning(lexemes: Sequence[str], beginning: str, salt: str) -> str:
    starts = f"{_quote(beginning[:LONGEST_LEXEME], salt)}:*"
    return f"({_all(lexemes, salt)} | {starts})" if lexemes else f"({starts})"


def _quote(lexeme: str, salt: str) -> str:
    escaped = f"{salt}{lexeme}".replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


# --- messages of an older version ----------------------------------------------------------------


async def read_old_messages(runtime: Runtime) -> int:
    """Give some messages of an older version what they can be found by; return how many there were."""
    async with runtime.db.system.transaction() as conn:
        return await found_by.read_old(conn, most=READ_AT_ONCE)


# --- what is shown ------------------------------------------------------------------------------


def snippet_of(found: Found) -> Snippet:
    """Return the piece of a message around the first words that were searched for, on one line."""
    marks, length = [], 0
    for place, piece in enumerate(re.split(f"[{OPEN}{CLOSE}]", found.marked)):
        if place % 2 and piece:
            marks.append((length, length + len(piece)))
        length += len(piece)
    body = found.message.body
    begin = max(0, marks[0][0] - BEFORE_MARK) if marks else 0
    end = min(len(body), begin + SNIPPET_CHARACTERS)
    if begin:
        begin = min(body.find(" ", begin) + 1 or begin, marks[0][0])
    shown = [
        (start - begin, min(stop, end) - begin) for start, stop in marks if begin <= start < end
    ]
    return Snippet(re.sub(r"\s", " ", body[begin:end]), shown)
