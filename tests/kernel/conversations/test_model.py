"""A conversation against a model of it: any sequence of operations leaves the database as the model says."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from besedka.core.ids import ActorId
from besedka.core.runtime import Runtime
from besedka.kernel.conversations import service
from besedka.kernel.conversations.errors import (
    ChatNotFound,
    ClientKeyReused,
    EpochChanged,
    MemberNotFound,
)
from besedka.kernel.conversations.types import (
    EVERYTHING,
    ConversationId,
    DialogState,
    Message,
    Visibility,
)
from tests.factories import MadeWorkspace, make_person, make_workspace
from tests.kernel.realtime.rooms import draft, make_dialog

PEOPLE = 3
"""The contact, the owner (who is staff), a recruiter (who is not, and comes and goes)."""
CONTACT, STAFF, GUEST = range(PEOPLE)


@dataclass(frozen=True)
class Say:
    """Somebody posts; the few keys and texts make repetitions likely."""

    who: int
    key: int
    text: int
    note: bool
    epoch: int | None


@dataclass(frozen=True)
class Together:
    """Several post at the same moment."""

    posts: tuple[Say, ...]


@dataclass(frozen=True)
class Invite:
    """The guest is let in."""


@dataclass(frozen=True)
class Remove:
    """The guest is let go."""


@dataclass(frozen=True)
class Read:
    """Somebody has read up to a place."""

    who: int
    seq: int


@dataclass(frozen=True)
class Turn:
    """The dialog changes its state, under the epoch that the operator believes in."""

    state: DialogState
    epoch: int | None
    bump: bool


Operation = Say | Together | Invite | Remove | Read | Turn

SAYS = st.builds(
    Say, st.integers(0, PEOPLE - 1), st.integers(0, 5), st.integers(0, 2), st.booleans(),
    st.none() | st.integers(0, 3),
)  # fmt: skip
OPERATIONS = st.lists(
    st.one_of(
        SAYS, SAYS, st.builds(Together, st.lists(SAYS, min_size=2, max_size=6).map(tuple)), st.builds(Invite),
        st.builds(Remove), st.builds(Read, st.integers(0, PEOPLE - 1), st.integers(0, 12)),
        st.builds(Turn, st.sampled_from(DialogState), st.none() | st.integers(0, 3), st.booleans()),
    ),
    max_size=25,
)  # fmt: skip


@dataclass
class Model:
    """What should be there."""

    messages: list[Say] = field(default_factory=list)
    mod: int = 0
    epoch: int = 0
    state: str = "pending"
    guest: bool = False
    guest_read: int = 0
    guest_since: int = 0
    contact_read: int = 0

    def say(self, post: Say) -> "type[Exception] | int":
        """Return the place that a message gets, or why it gets none."""
        if (post.who == GUEST and not self.guest) or (post.who == CONTACT and post.note):
            return ChatNotFound
        if post.epoch is not None and post.epoch != self.epoch:
            return EpochChanged
        for seq, before in enumerate(self.messages, 1):
            if (before.who, before.key) == (post.who, post.key):
                return (
                    seq if (before.text, before.note) == (post.text, post.note) else ClientKeyReused
                )
        self.messages.append(post)
        self.mod += 1
        return len(self.messages)


@dataclass
class Real:
    """The same in the database."""

    runtime: Runtime
    workspace: MadeWorkspace
    chat: ConversationId
    people: list[ActorId]

    async def say(self, post: Say) -> "type[Exception] | int":
        message = draft(
            self.people[post.who], self.chat, f"text {post.text}", workspace=self.workspace, key=f"key {post.key}",
            visibility=Visibility.INTERNAL if post.note else Visibility.PUBLIC,
        )  # fmt: skip
        try:
            stored = await service.post(
                self.runtime, replace(message, staff=post.who == STAFF, expected_epoch=post.epoch)
            )
        except (ChatNotFound, ClientKeyReused, EpochChanged) as error:
            return type(error)
        return stored.seq


async def perform(model: Model, real: Real, operation: Operation) -> None:
    """Do one operation in both worlds and compare what comes back."""
    match operation:
        case Say():
            assert await real.say(operation) == model.say(operation)
        case Together(posts):
            await together(model, real, posts)
        case _:
            await manage(model, real, operation)


async def together(model: Model, real: Real, posts: Sequence[Say]) -> None:
    """Messages of one moment keep their order, except that another epoch makes another statement."""
    results = await asyncio.gather(*(real.say(post) for post in posts))
    for post, result in zip(posts, results, strict=True):
        assert result == model.say(post)


async def manage(model: Model, real: Real, operation: Operation) -> None:
    """Change members, state, or what was read."""
    runtime, guest = real.runtime, real.people[GUEST]
    async with runtime.db.fast.transaction(real.workspace.id) as conn:
        match operation:
            case Invite():
                await service.add_participant(runtime, conn, real.chat, actor=guest)
                model.guest, model.mod = True, model.mod + 1
                model.guest_since = len(model.messages)
            case Remove() if model.guest:
                await service.remove_participant(runtime, conn, real.chat, actor=guest)
                model.guest, model.mod = False, model.mod + 1
            case Read(who, seq):
                await service.mark_read(runtime, conn, real.chat, actor=real.people[who], seq=seq)
                if who == CONTACT:
                    model.contact_read = max(model.contact_read, min(seq, len(model.messages)))
            case Turn():
                await turn(model, real, operation)
            case _:
                pass


async def turn(model: Model, real: Real, operation: Turn) -> None:
    fits = operation.epoch is None or operation.epoch == model.epoch
    async with real.runtime.db.fast.acquire(real.workspace.id) as conn:
        try:
            await service.set_dialog(
                real.runtime, conn, real.chat, state=operation.state, expected_epoch=operation.epoch,
                bump_epoch=operation.bump,
            )  # fmt: skip
        except EpochChanged:
            assert not fits
            return
    assert fits
    model.state, model.mod, model.epoch = (
        operation.state,
        model.mod + 1,
        model.epoch + operation.bump,
    )


async def compare(model: Model, real: Real) -> None:
    """The database is as the model says, for everybody who looks."""
    async with real.runtime.db.fast.acquire(real.workspace.id) as conn:
        head = await service.get_conversation(conn, real.chat)
        inside = await service.page(conn, real.chat, viewer=EVERYTHING, after_seq=0, limit=200)
        outside = await service.page(
            conn, real.chat, viewer=replace(EVERYTHING, internal=False), after_seq=0, limit=200
        )
        contact = await service.find_participant(conn, real.chat, real.people[CONTACT])
    assert [_seen(m, real) for m in inside] == [
        (p.who, p.key, p.text, p.note) for p in model.messages
    ]
    assert [m.seq for m in inside] == list(range(1, len(model.messages) + 1))
    assert [m.seq for m in outside] == [n for n, p in enumerate(model.messages, 1) if not p.note]
    assert (head.last_seq, head.mod, head.epoch, head.state) == (
        len(model.messages), model.mod, model.epoch, model.state,
    )  # fmt: skip
    public = [n for n, p in enumerate(model.messages, 1) if not p.note]
    assert head.last_public_seq == (public[-1] if public else 0)
    assert contact is not None
    assert contact.read_seq == model.contact_read


def _seen(message: Message, real: Real) -> tuple[int, int, int, bool]:
    return (
        real.people.index(message.sender.id),
        int(message.client_key.removeprefix("key ")),
        int(message.body.removeprefix("text ")),
        message.visibility == "internal",
    )


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(operations=OPERATIONS)
async def test_any_sequence_of_operations_leaves_what_the_model_says(
    runtime: Runtime, operations: list[Operation]
) -> None:
    workspace = await make_workspace(runtime)
    guest = await make_person(runtime, workspace)
    chat, contact = await make_dialog(runtime, workspace)
    real = Real(runtime, workspace, chat.id, [contact, workspace.owner.actor_id, guest.actor_id])
    model = Model()
    for operation in operations:
        await perform(model, real, operation)
    await compare(model, real)


async def test_removing_somebody_who_is_not_there_changes_nothing(runtime: Runtime) -> None:
    workspace = await make_workspace(runtime)
    chat, _ = await make_dialog(runtime, workspace)
    guest = await make_person(runtime, workspace)
    async with runtime.db.fast.acquire(workspace.id) as conn:
        try:
            await service.remove_participant(runtime, conn, chat.id, actor=guest.actor_id)
        except MemberNotFound:
            head = await service.get_conversation(conn, chat.id)
    assert (head.mod, head.members_epoch) == (0, 0)
