"""Two processes, a bus that drops, doubles and delays, and people whose sockets break while they change conversations.

What each device has put together from frames must come to equal a fresh fetch, nobody may hear what they must not, and
every client key is one row, however often it was sent.
"""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from uuid import uuid4

import httpx

from besedka.core.config import Settings
from besedka.core.ids import ActorId
from besedka.core.runtime import Runtime
from besedka.kernel.conversations import service
from besedka.kernel.conversations.errors import ChatNotFound
from besedka.kernel.conversations.types import (
    EVERYTHING,
    ConversationId,
    DialogState,
    Post,
    Viewer,
    Visibility,
)
from besedka.kernel.realtime.types import Principal, PrincipalKind
from tests.factories import Made, MadeWorkspace, make_person, make_workspace
from tests.kernel.realtime.client import Frame
from tests.kernel.realtime.devices import LATEST_SECONDS, Copy, Device, Process, Weather, Window
from tests.kernel.realtime.rooms import make_dialog, make_group

API = "/api/v1"
EXPECTED = {200, 201, 204, 403, 404, 409}
INSIDE, OUTSIDE = "inside", "outside"


@dataclass
class Storm:
    """Everybody and everything that happens."""

    runtime: Runtime
    """A process that nothing happens to, to look from."""
    processes: tuple[Process, Process]
    weather: Weather
    chance: random.Random
    workspace: MadeWorkspace
    people: list[Made]
    group: ConversationId
    dialog: ConversationId
    contact: ActorId
    devices: list[Device] = field(default_factory=list)
    windows: dict[ActorId, list[Window]] = field(default_factory=dict)
    sent: list[tuple[Device, ConversationId, str]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    async def ask(self, who: Made, method: str, path: str, json: object = None) -> httpx.Response:
        """Send a request of somebody's to one of the processes."""
        http = self.chance.choice(self.processes).http
        response = await http.request(method, API + path, json=json, headers=who.headers)
        if response.status_code not in EXPECTED:
            self.refused.append(f"{method} {path}: {response.status_code} {response.text}")
        return response

    def _somebody(self) -> Made:
        return self.chance.choice(self.people)

    def _chat(self) -> ConversationId:
        return self.chance.choice([self.group, self.dialog])

    async def post(self) -> None:
        """Post over HTTP, sometimes a note, sometimes several at once, sometimes twice with one key."""
        who, chat = self._somebody(), self._chat()
        note = chat == self.dialog and self.chance.random() < 0.4
        bodies = [f"{INSIDE if note else OUTSIDE} {self.chance.random()}"] * self.chance.choice(
            [1, 1, 2]
        )
        asked = [
            self.ask(who, "POST", f"/chats/{chat}/messages",
                     {"key": f"k {body}", "body": body, "visibility": "internal" if note else "public",
                      "reply_seq": self.chance.choice([None, None, 1])})
            for body in bodies
        ]  # fmt: skip
        await asyncio.gather(*asked)

    async def send(self) -> None:
        """Send over a socket, which may break before it is stored or acknowledged."""
        device = self.chance.choice(self.devices)
        chat = self.dialog if device.person is None else self._chat()
        if device.client is not None:
            body = f"{OUTSIDE} {uuid4().hex}"
            self.sent.append((device, chat, body))
            device.client.say(type="send", chat=str(chat), key=f"k {body}", body=body)

    async def change(self) -> None:
        """Edit, delete, mark or pin one of the messages, or read up to it."""
        who, chat = self._somebody(), self._chat()
        found = await self.ask(who, "GET", f"/chats/{chat}/messages?limit=20")
        if found.status_code != 200 or not found.json():
            return
        one = self.chance.choice(found.json())
        path = f"/messages/{one['id']}"
        await self.chance.choice([
            partial(self.ask, who, "PATCH", path, {"body": f"{one['body']}!"}),
            partial(self.ask, who, "DELETE", path),
            partial(self.ask, who, "PUT", f"{path}/reactions/👍"),
            partial(self.ask, who, "DELETE", f"{path}/reactions/👍"),
            partial(self.ask, who, "PUT", f"{path}/pin"),
            partial(self.ask, who, "POST", f"/chats/{chat}/read", {"seq": one["seq"]}),
        ])()  # fmt: skip

    async def change_chat(self) -> None:
        """Rename the group, or let the dialog come to another state."""
        owner = self.workspace.owner
        if self.chance.random() < 0.5:
            title = {"title": f"title {self.chance.random()}"}
            await self.ask(owner, "PATCH", f"/chats/{self.group}", title)
            return
        runtime = self.chance.choice(self.processes).runtime
        async with runtime.db.fast.transaction(self.workspace.id) as conn:
            await service.set_dialog(
                runtime, conn, self.dialog, state=self.chance.choice(list(DialogState)),
                assignee_id=self.chance.choice([None, owner.actor_id]),
            )  # fmt: skip

    async def move(self) -> None:
        """Let somebody into the group, or out of it, or let them leave."""
        who = self.chance.choice(self.people[1:])
        path, owner = f"/chats/{self.group}/members", self.workspace.owner
        if self.windows[who.actor_id][-1].left_mod is not None:
            await self.ask(owner, "POST", path, {"actor_id": str(who.actor_id)})
            self.windows[who.actor_id].append(Window(await self._floor(who)))
            return
        by = self.chance.choice([owner, who])
        response = await self.ask(by, "DELETE", f"{path}/{who.actor_id}")
        assert response.status_code == 204, response.text
        window = self.windows[who.actor_id][-1]
        self.windows[who.actor_id][-1] = Window(window.from_seq, await self._mod())

    async def _mod(self) -> int:
        async with self.runtime.db.fast.acquire(self.workspace.id) as conn:
            return (await service.get_conversation(conn, self.group)).mod

    async def _floor(self, who: Made) -> int:
        async with self.runtime.db.fast.acquire(self.workspace.id) as conn:
            entry = await service.get_readable(conn, self.group, actor=who.actor_id)
        return entry.visible_from_seq

    async def trouble(self, device: Device) -> None:
        """Let something happen to a connection."""
        match self.chance.randrange(9):
            case 0:
                await device.drop()
            case 1 | 2:
                await device.connect()
            case 3 if device.client is not None:
                device.client.writable.clear()
            case 4 if device.client is not None:
                device.client.writable.set()
            case 5 | 6:
                device.read()
            case _:
                await asyncio.sleep(self.chance.random() * 0.01)

    async def restart(self) -> None:
        """End a process with all its sockets, and start it again."""
        process = self.chance.choice(self.processes)
        for device in self.devices:
            if device.process is process:
                await device.drop()
        await process.stop()
        process.stack = AsyncExitStack()
        await process.start()

    async def rage(self, steps: int, *, restarts: int) -> None:
        """Let everything happen at random."""
        acts: list[Callable[[], Awaitable[None]]] = [
            self.post, self.send, self.change, self.change_chat, self.move,
        ]  # fmt: skip
        at = set(self.chance.sample(range(steps), restarts))
        for step in range(steps):
            await self.chance.choices(acts, [5, 4, 5, 1, 2])[0]()
            for device in self.devices:
                await self.trouble(device)
            if step in at:
                await self.restart()

    # --- afterwards ------------------------------------------------------------------------

    async def settle(self) -> None:
        """Let everything calm down: connected, unblocked, swept, read; nobody who is connected has to come back."""
        self.weather.fair = True
        await self.send_again()
        for device in self.devices:
            if device.client is not None and device.client.code is not None:
                await device.drop()
            await device.connect()
            assert device.client is not None
            device.client.writable.set()
            assert (await device.client.call_keeping("ping"))["type"] == "ack"
        await asyncio.sleep(LATEST_SECONDS * 1.5)
        for process in self.processes:
            await service.sweep(process.runtime)
        for turn in range(4):
            await asyncio.sleep(0.06)
            for device in self.devices:
                device.read()
                if turn == 1:
                    device.greet(*(copy for copy in device.copies.values() if copy.gone))
                for copy in device.copies.values():
                    await copy.mend()

    async def send_again(self) -> None:
        """Do what clients do with what was not acknowledged: send it again with the same key."""
        for device, chat, body in self.sent:
            who = device.principal
            post = Post(
                workspace_id=who.workspace_id, conversation_id=chat, sender_id=who.actor_id,
                client_key=f"k {body}", body=body, staff=device.person is not None,
                visibility=Visibility.PUBLIC,
            )  # fmt: skip
            try:
                await service.post(self.chance.choice(self.processes).runtime, post)
            except ChatNotFound:
                assert device.person is not None, "a visitor is always let in"

    async def check(self) -> None:
        """Compare what every device knows with a fresh fetch, and all it ever heard with what it might."""
        for device in self.devices:
            for copy in device.copies.values():
                await self._check_copy(device, copy)
            for frame in device.all_heard():
                assert self._may_hear(device, frame), f"{device.name} hears {frame}"
        await self._check_keys()
        assert self.refused == []

    async def _check_copy(self, device: Device, copy: Copy) -> None:
        who = device.principal.actor_id
        try:
            async with self.runtime.db.fast.acquire(self.workspace.id) as conn:
                staff = device.person is not None
                entry = await service.get_readable(conn, copy.chat, actor=who, staff=staff)
        except ChatNotFound:
            assert copy.gone, f"{device.name} still has a chat that is not theirs"
            return
        assert not copy.gone, f"{device.name} was told that a chat of theirs is gone"
        inside = device.person is not None
        copy.viewer = Viewer(actor_id=who, internal=inside, from_seq=entry.visible_from_seq)
        await copy.check()

    def _may_hear(self, device: Device, frame: Frame) -> bool:
        if frame["chat"] == str(self.dialog):
            return device.person is not None or frame["data"]["visibility"] == "public"
        return any(
            window.from_seq < frame["seq"]
            and (window.left_mod is None or frame["mod"] <= window.left_mod)
            for window in self.windows[device.principal.actor_id]
        )

    async def _check_keys(self) -> None:
        keys: Counter[str] = Counter()
        for chat in (self.group, self.dialog):
            async with self.runtime.db.fast.acquire(self.workspace.id) as conn:
                stored = await service.page(
                    conn, chat, viewer=EVERYTHING, after_seq=0, limit=10_000
                )
            assert [m.seq for m in stored] == list(range(1, len(stored) + 1))
            keys.update(message.client_key for message in stored)
        assert [key for key, count in keys.items() if count > 1] == []


@asynccontextmanager
async def storm(runtime: Runtime, settings: Settings, seed: int) -> AsyncIterator[Storm]:
    """Start two processes, and let people in: three with five devices, and a visitor with two."""
    chance = random.Random(seed)
    weather = Weather(chance)
    processes = Process(settings, weather), Process(settings, weather)
    for process in processes:
        await process.start()
    made = await _gather_people(runtime, processes, weather=weather, chance=chance)
    try:
        yield made
    finally:
        for device in made.devices:
            await device.drop()
        for process in processes:
            await process.stop()


async def _gather_people(
    runtime: Runtime, processes: tuple[Process, Process], *, weather: Weather, chance: random.Random
) -> Storm:
    workspace = await make_workspace(runtime)
    people = [workspace.owner, *[await make_person(runtime, workspace) for _ in range(2)]]
    group = await make_group(runtime, workspace, *(person.actor_id for person in people[1:]))
    dialog, contact = await make_dialog(runtime, workspace)
    made = Storm(
        runtime, processes, weather, chance, workspace, people, group.id, dialog.id, contact
    )
    made.windows = {person.actor_id: [Window(0)] for person in people}
    for name, person, where in (
        ("owner", people[0], 0), ("owner's other", people[0], 1), ("one", people[1], 1), ("two", people[2], 0),
        ("two's other", people[2], 1), ("visitor", None, 0), ("visitor's other", None, 1),
    ):  # fmt: skip
        made.devices.append(_device(made, name, person, processes[where]))
    return made


def _device(made: Storm, name: str, person: Made | None, process: Process) -> Device:
    principal = Principal(
        workspace_id=made.workspace.id, actor_id=made.contact if person is None else person.actor_id,
        kind=PrincipalKind.CONTACT if person is None else PrincipalKind.USER, name=name,
    )  # fmt: skip
    viewer = Viewer(actor_id=principal.actor_id, internal=person is not None)
    chats = [made.dialog] if person is None else [made.group, made.dialog]
    copies = {chat: Copy(made.runtime, viewer, made.workspace.id, chat) for chat in chats}
    return Device(name, process, principal, person, copies)
