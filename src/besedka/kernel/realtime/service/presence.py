"""Who is there: people with an open tab, in whatever process; away when no tab of theirs is looked at.

Each process tells the others of its own people when something changes and every minute. What a process that died has told
ends by itself. Nothing of it is stored.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias
from uuid import UUID

from pydantic import JsonValue

from besedka.core.clock import monotonic
from besedka.core.ids import ActorId, WorkspaceId
from besedka.kernel.realtime.errors import BadFrame
from besedka.kernel.realtime.service.hub import Hub
from besedka.kernel.realtime.service.requests import Request
from besedka.kernel.realtime.service.sockets import Socket
from besedka.kernel.realtime.types import Presence, Principal, PrincipalKind, make_frame

if TYPE_CHECKING:
    from besedka.core.bus import Bus, Fields

LASTS_SECONDS = 140.0
RENEW_SECONDS = 60.0
GRACE_SECONDS = 10.0
"""Somebody whose last tab closes is gone after this: a page that loads anew is no departure."""
EVERYBODY = "everybody"
HERE = ""
"""The origin of what this process's own sockets say."""

Person: TypeAlias = tuple[WorkspaceId, ActorId]


@dataclass(frozen=True, slots=True)
class Word:
    """What one process says of a person, and until when that holds."""

    state: Presence
    until: float


class Presences:
    """The people of all workspaces who are there, as far as this process has heard."""

    def __init__(self, hub: Hub, bus: "Bus | None") -> None:
        self._hub, self._bus = hub, bus
        self._words: dict[Person, dict[str, Word]] = {}
        self._away: set[Socket] = set()
        hub.register_stream("presence", _topic_of)
        hub.register_immediate("presence", self._say)
        hub.attached.append(self._arrive)
        hub.detached.append(self._leave)
        if bus is not None:
            bus.on("presence", self._hear)
            bus.on("presence.who", self._tell_all)
            bus.recovered.append(self._ask)
            self._ask()

    def of(self, workspace: WorkspaceId) -> Mapping[ActorId, Presence]:
        """Return the people of a workspace who are there."""
        moment = monotonic()
        found = {
            actor: _state(words, moment)
            for (place, actor), words in self._words.items()
            if place == workspace
        }
        return {actor: state for actor, state in found.items() if state is not Presence.OFFLINE}

    def renew(self) -> None:
        """Tell the others again who is here, and forget what has not been told again."""
        moment = monotonic()
        for person in list(self._words):
            if HERE in self._words[person]:
                self._look(person, always=True)
            words = self._words.get(person, {})
            for origin in [o for o, word in words.items() if word.until < moment]:
                self._note(person, origin, Word(Presence.OFFLINE, moment))

    # --- this process's sockets -------------------------------------------------------------

    def _arrive(self, socket: Socket) -> None:
        if (person := _person(socket.principal)) is not None:
            self._look(person)

    def _leave(self, socket: Socket) -> None:
        self._away.discard(socket)
        if (person := _person(socket.principal)) is None:
            return
        if self._hub.sockets_of(person[1]):
            self._look(person)
        else:
            asyncio.get_running_loop().call_later(GRACE_SECONDS, self._look, person)

    def _say(self, request: Request) -> None:
        """`presence {state}`: whether somebody looks at this tab."""
        person, state = _person(request.principal), request.text("state", most=10)
        if person is None or state not in {Presence.ONLINE, Presence.AWAY}:
            raise BadFrame(reason="field", field="state")
        if state == Presence.AWAY:
            self._away.add(request.socket)
        else:
            self._away.discard(request.socket)
        self._look(person)
        request.ack()

    def _look(self, person: Person, *, always: bool = False) -> None:
        """See how somebody is here, and tell it when that is new."""
        tabs = [s for s in self._hub.sockets_of(person[1]) if _person(s.principal) == person]
        if not tabs:
            state = Presence.OFFLINE
        elif self._away.issuperset(tabs):
            state = Presence.AWAY
        else:
            state = Presence.ONLINE
        before = self._words.get(person, {}).get(HERE)
        if not always and state is (before.state if before else Presence.OFFLINE):
            return
        self._note(person, HERE, Word(state, monotonic() + LASTS_SECONDS))
        self._send(person, state)

    # --- other processes ---------------------------------------------------------------------

    def _send(self, person: Person, state: Presence) -> None:
        if self._bus is not None:
            workspace, actor = str(person[0]), str(person[1])
            self._bus.send(
                EVERYBODY, "presence", process=self._bus.origin, workspace=workspace, actor=actor, state=state.value
            )  # fmt: skip

    def _hear(self, fields: "Fields") -> None:
        person = (
            WorkspaceId(UUID(str(fields["workspace"]))),
            ActorId(UUID(str(fields["actor"]))),
        )
        word = Word(Presence(str(fields["state"])), monotonic() + LASTS_SECONDS)
        self._note(person, str(fields["process"]), word)

    def _ask(self) -> None:
        if self._bus is not None:
            self._bus.send(EVERYBODY, "presence.who")
        self._tell_all({})

    def _tell_all(self, _: "Fields") -> None:
        for person, words in self._words.items():
            if HERE in words:
                self._send(person, words[HERE].state)

    # --- what follows -------------------------------------------------------------------------

    def _note(self, person: Person, origin: str, word: Word) -> None:
        """Take what a process says; tell the workspace's people when it makes a difference."""
        moment = monotonic()
        words = self._words.setdefault(person, {})
        before = _state(words, moment)
        if word.state is Presence.OFFLINE:
            words.pop(origin, None)
        else:
            words[origin] = word
        after = _state(words, moment)
        if not words:
            del self._words[person]
        if after is not before or word.until <= moment:
            data: dict[str, JsonValue] = {"actor": str(person[1]), "state": after.value}
            self._hub.publish_here(
                presence_topic(person[0]), make_frame("presence", data=data, ephemeral=True)
            )


def _person(principal: Principal) -> Person | None:
    if principal.kind is not PrincipalKind.USER:
        return None
    return principal.workspace_id, principal.actor_id


def presence_topic(workspace: WorkspaceId) -> str:
    """Return where people hear who of a workspace is there."""
    return f"presence:{workspace}"


def _topic_of(principal: Principal) -> str | None:
    """Visitors do not learn who of the company is there."""
    return None if _person(principal) is None else presence_topic(principal.workspace_id)


def _state(words: Mapping[str, Word], moment: float) -> Presence:
    valid = {word.state for word in words.values() if word.until >= moment}
    return next((each for each in Presence if each in valid), Presence.OFFLINE)


async def keep_renewing(presences: Presences) -> None:
    """Renew every minute, for as long as the process runs."""
    while True:
        await asyncio.sleep(RENEW_SECONDS)
        presences.renew()
