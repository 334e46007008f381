"""Words of the module as types."""

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeAlias
from uuid import UUID

from pydantic import JsonValue

from besedka.core.clock import now
from besedka.core.ids import ActorId, SessionId, WorkspaceId

PROTOCOL = 1
LARGEST_FRAME = 64 * 1024
"""Characters of a client's frame."""
LARGEST_BATCH = 32 * 1024
"""Characters of frames after which an array of them is sent."""
LONGEST_CID = 64

SendEvent: TypeAlias = dict[str, object]
Send: TypeAlias = Callable[[SendEvent], Awaitable[None]]


class PrincipalKind(StrEnum):
    """Who is at the other end of a socket."""

    USER = "user"
    CONTACT = "contact"


class Presence(StrEnum):
    """Whether somebody is there."""

    ONLINE = "online"
    AWAY = "away"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Whose socket it is, and what they may do in its workspace."""

    workspace_id: WorkspaceId
    actor_id: ActorId
    kind: PrincipalKind
    name: str
    session_id: SessionId | None = None
    role: str = ""
    permissions: frozenset[str] = frozenset()
    until: datetime | None = None
    """When the socket ends; None: with the session."""

    def may(self, permission: str) -> bool:
        """Whether the principal has a permission."""
        return permission in self.permissions


class Close(int):
    """Codes with which the server ends a socket (RFC 6455, 4000–4999 are the application's)."""

    TOO_BIG = 1009
    GOING_AWAY = 1012
    UNAUTHENTICATED = 4001
    REVOKED = 4003
    TOO_FAST = 4007
    TOO_SLOW = 4008


class Frame:
    """An event, encoded once: the same object goes to every socket.

    `chat` and `mod` let a socket order it, `ephemeral` lets a slow socket lose it, and `seq` is the place of the message
    that it is about, 0 for none.
    """

    __slots__ = ("chat", "ephemeral", "event", "mod", "seq")

    def __init__(
        self, text: str, *, chat: UUID | None = None, seq: int = 0, mod: int = 0, ephemeral: bool = False
    ) -> None:  # fmt: skip
        self.event: SendEvent = {"type": "websocket.send", "text": text}
        self.chat = chat
        self.seq = seq
        self.mod = mod
        self.ephemeral = ephemeral

    @property
    def text(self) -> str:
        """The frame as it goes over the wire."""
        return str(self.event["text"])


def dumps(value: object) -> str:
    """Encode JSON compactly, with letters of all scripts as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def make_frame(
    kind: str, *, chat: UUID | None = None, seq: int | None = None, mod: int | None = None,
    data: Mapping[str, JsonValue] | None = None, ephemeral: bool = False,
) -> Frame:  # fmt: skip
    """Build an event of the protocol."""
    return frame_around(kind, dumps(data or {}), chat=chat, seq=seq, mod=mod, ephemeral=ephemeral)


def frame_around(
    kind: str, data: str, *, chat: UUID | None = None, seq: int | None = None, mod: int | None = None,
    ephemeral: bool = False,
) -> Frame:  # fmt: skip
    """Build an event around data that is JSON already."""
    parts = [f'{{"v":{PROTOCOL},"type":"{kind}"']
    if chat is not None:
        parts.append(f',"chat":"{chat}"')
    if seq is not None:
        parts.append(f',"seq":{seq}')
    if mod is not None:
        parts.append(f',"mod":{mod}')
    parts.append(f',"ts":"{now().isoformat()}","data":{data}}}')
    return Frame("".join(parts), chat=chat, seq=seq or 0, mod=mod or 0, ephemeral=ephemeral)


def join(frames: Sequence[Frame]) -> list[Frame]:
    """Put frames of one chat into arrays of bounded size, for sockets that take several frames at once.

    A hundred sockets that get thirty messages are then a hundred system calls instead of three thousand.
    """
    joined: list[Frame] = []
    texts: list[str] = []
    size = 0
    for frame in frames:
        texts.append(frame.text)
        size += len(texts[-1])
        if size >= LARGEST_BATCH or frame is frames[-1]:
            text = f"[{','.join(texts)}]"
            joined.append(Frame(text, chat=frame.chat, mod=frame.mod))
            texts, size = [], 0
    return joined


ClientFrame: TypeAlias = Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """What a client missed of one chat: frames in order, and the `mod` that they reach."""

    chat: UUID
    mod: int
    frames: Sequence[Frame]


class Feed(Protocol):
    """Chats as the hub sees them; the conversations module registers one."""

    def topic(self, principal: Principal, chat: UUID) -> str:
        """Return the topic on which a principal of this kind would hear a chat."""

    async def catch_up(
        self, principal: Principal, cursors: Mapping[UUID, int]
    ) -> Iterable[CaughtUp]:
        """Return what each chat did after its cursor; chats that the principal may not read are missing.

        Reads what was committed when it was called, or later: that closes the gap between subscribing and reading.
        """
