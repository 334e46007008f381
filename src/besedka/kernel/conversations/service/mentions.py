"""`@name` in a message: found among those who see everything of the conversation, so never told to anybody else."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from besedka.core.db.connection import TenantConn
from besedka.core.ids import ActorId
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.service import Accounts
from besedka.kernel.conversations.repository.mentions import MentionRepository
from besedka.kernel.conversations.types import (
    MOST_MENTIONS,
    STAFF_READS,
    Caller,
    Mention,
    Message,
)
from besedka.kernel.realtime.service import Hub
from besedka.kernel.realtime.types import Frame, make_frame

_SIGN: Final = re.compile(r"(?<![\w.@/])@(?=\w)")
_WORD: Final = re.compile(r"\w+")


def may_mention(body: str) -> bool:
    """Whether a text has a sign that could name somebody; costs next to nothing without an `@`."""
    return "@" in body and _SIGN.search(body) is not None


def named(body: str, names: Mapping[ActorId, str]) -> list[ActorId]:
    """Return whom a text names: by the whole name, the longest that fits, or by a first word that only one has."""
    whole, first = defaultdict[str, list[ActorId]](list), defaultdict[str, list[ActorId]](list)
    for actor, name in names.items():
        folded = name.casefold()
        whole[folded].append(actor)
        first[folded.split()[0] if folded.split() else folded].append(actor)
    longest = sorted(whole, key=len, reverse=True)
    found = {
        actor: None for rest in _after_signs(body) for actor in _meant(rest, longest, whole, first)
    }
    return list(found)[:MOST_MENTIONS]


def _after_signs(body: str) -> Iterator[str]:
    for sign in _SIGN.finditer(body):
        yield body[sign.end() :].casefold()


def _meant(
    rest: str, longest: list[str], whole: Mapping[str, list[ActorId]], first: Mapping[str, list[ActorId]]
) -> list[ActorId]:  # fmt: skip
    for name in longest:
        end = rest[len(name) : len(name) + 1]
        if rest.startswith(name) and not (end.isalnum() or end == "_"):
            return whole[name]
    word = _WORD.match(rest)
    alone = first.get(word.group(), []) if word else []
    return alone if len(alone) == 1 else []


async def note_mentions(runtime: Runtime, conn: TenantConn, message: Message) -> list[ActorId]:
    """Keep whom a message names, in the transaction that stores its words; return who has to be told."""
    roles = [
        role
        for role, permissions in runtime.get(Accounts).permissions.items()
        if STAFF_READS in permissions
    ]
    mentions = MentionRepository(conn)
    names = (
        await mentions.insiders(message.conversation_id, staff_roles=roles)
        if may_mention(message.body)
        else {}
    )
    names.pop(message.sender.id, None)
    return await mentions.set(message, named(message.body, names))


def tell_mentions(runtime: Runtime, message: Message, actors: list[ActorId]) -> None:
    """Let those who were named know of it, wherever they are."""
    hub, frame = runtime.get(Hub), mention_frame(message)
    for actor in actors:
        hub.publish(f"actor:{actor}", frame)


def mention_frame(message: Message) -> Frame:
    """Build the event that somebody was named."""
    return make_frame(
        "mention", chat=message.conversation_id, seq=message.seq, data={"id": str(message.id)}
    )


async def list_mentions(
    conn: TenantConn, caller: Caller, *, unread: bool, before: tuple[datetime, UUID] | None, limit: int
) -> list[Mention]:  # fmt: skip
    """Return the messages that name the caller and that they may read, the last mention first."""
    return await MentionRepository(conn).of_actor(
        caller.actor_id, staff=caller.may(STAFF_READS), unread=unread, before=before, limit=limit
    )
