"""People who write while the server dies, and remember what they were told: the client's side of the truth."""

import asyncio
import contextlib
import itertools
import json
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

API = "/api/v1"
DELIVERY = "Delivery in the city costs 350 roubles. From 5000 roubles on it is free of charge."
QUESTION = "How much does delivery in the city cost?"
PASSWORD = "correct horse battery"
PATIENCE = 60.0
PAUSE = 0.05
AWAY = {429, 500, 502, 503, 504}
GONE = (httpx.TransportError, OSError, WebSocketException, TimeoutError)

Ack = Mapping[str, object]


@dataclass(slots=True)
class Said:
    """A message that somebody tried to send, and what the server said to it."""

    chat: str
    key: str
    body: str
    ack: Ack | None = None
    tries: int = 0


@dataclass
class Log:
    """Everything that was tried, and every answer that should not be."""

    said: list[Said] = field(default_factory=list)
    surprises: list[str] = field(default_factory=list)
    acknowledged_at: list[float] = field(default_factory=list)
    stopped: bool = False

    def note(self, said: Said, ack: Ack) -> None:
        """Remember an acknowledgement."""
        said.ack = ack
        said.chat = str(ack.get("chat", said.chat))
        self.acknowledged_at.append(time.perf_counter())

    def silence_since(self, moment: float) -> float:
        """Return the longest time without an acknowledgement since a moment."""
        times = [moment, *(at for at in self.acknowledged_at if at > moment)]
        return max(later - earlier for earlier, later in itertools.pairwise(times))


@dataclass
class Firm:
    """The company that everybody writes to."""

    client: httpx.AsyncClient
    email: str = "owner@example.com"
    token: str = ""
    key: str = ""
    chat: str = ""
    collection: str = ""
    sockets: str = ""
    """Where sockets are opened, when that is not where requests go."""

    @property
    def headers(self) -> Mapping[str, str]:
        """What makes a request the owner's."""
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    async def send(self, method: str, path: str, json: object = None) -> httpx.Response:
        """Send a request of the owner's that has to go well."""
        response = await self.client.request(method, API + path, json=json, headers=self.headers)
        assert response.is_success, f"{path}: {response.status_code} {response.text}"
        return response

    async def found(self) -> None:
        """Sign up, make an assistant that knows of delivery, and a room."""
        person = {"email": self.email, "password": PASSWORD, "name": "Olga", "company_name": "Firm"}
        self.token = (await self.send("POST", "/employers/register", person)).json()["access_token"]
        who = (await self.send("POST", "/assistants", {"name": "Helper", "language": "en"})).json()
        self.collection = who["collection_id"]
        text = {"kind": "text", "title": "Delivery", "body": DELIVERY}
        await self.send("POST", "/documents", {**text, "collection_id": self.collection})
        room = {"kind": "group", "title": "Room", "members": []}
        self.chat = (await self.send("POST", "/chats", room)).json()["id"]
        me = (await self.send("GET", "/auth/me")).json()
        while not self.key:
            page = await self.client.get(f"/w/{me['workspace']['slug']}/demo")
            found = re.search(r'data-key="([^"]+)"', page.text)
            self.key = found[1] if found else ""

    async def refresh(self) -> None:
        """Log in again: access tokens are short-lived."""
        person = {"email": self.email, "password": PASSWORD}
        response = await self.client.post(f"{API}/auth/login", json=person)
        self.token = response.json()["access_token"]

    async def messages(self, chat: str) -> list[dict[str, object]]:
        """Return all messages of a chat, oldest first; none when there is no such chat."""
        found: list[dict[str, object]] = []
        while True:
            after = found[-1]["seq"] if found else 0
            response = await self.client.get(
                f"{API}/chats/{chat}/messages?after_seq={after}&limit=200", headers=self.headers
            )
            page = response.json() if response.is_success else []
            found += page
            if len(page) < 200:
                return found


async def insist(log: Log, said: Said, attempt: Callable[[], Awaitable[Ack | None]]) -> None:
    """Send the same message with the same key until it is acknowledged, as a good client does."""
    log.said.append(said)
    deadline = time.perf_counter() + PATIENCE
    while time.perf_counter() < deadline:
        said.tries += 1
        with contextlib.suppress(*GONE):
            ack = await attempt()
            if ack is not None:
                log.note(said, ack)
                return
        await asyncio.sleep(PAUSE)
    log.surprises.append(f"never acknowledged: {said.body}")


async def visit(log: Log, firm: Firm, name: str, *, pause: float) -> None:
    """Ask one question after the other, without waiting for answers."""
    base = f"{API}/widget/{firm.key}"
    visitor: dict[str, str] = {}

    async def begin() -> Ack | None:
        response = await firm.client.post(f"{base}/session", json={"locale": "en"})
        if response.is_success:
            visitor["Authorization"] = f"Bearer {response.json()['visitor']}"
        return {} if response.is_success else None

    await insist(log, Said("", name, ""), begin)
    log.said = [said for said in log.said if said.body]
    number = 0
    while not log.stopped:
        number += 1
        said = Said("", f"{name}-{number}", f"{QUESTION} ({name}-{number})")
        await insist(log, said, partial(_post, log, firm, f"{base}/messages", said, visitor))
        await asyncio.sleep(pause)


async def write(log: Log, firm: Firm, name: str, *, pause: float) -> None:
    """Write into the room over HTTP."""
    number = 0
    path = f"{API}/chats/{firm.chat}/messages"

    async def attempt(said: Said) -> Ack | None:
        return await _post(log, firm, path, said, firm.headers)

    while not log.stopped:
        number += 1
        said = Said(firm.chat, f"{name}-{number}", f"Said by {name}-{number}")
        await insist(log, said, partial(attempt, said))
        await asyncio.sleep(pause)


async def _post(
    log: Log, firm: Firm, path: str, said: Said, headers: Mapping[str, str]
) -> Ack | None:
    response = await firm.client.post(
        path, json={"key": said.key, "body": said.body}, headers=headers
    )
    if response.is_success:
        ack: Ack = response.json()
        return ack
    if response.status_code not in AWAY:
        log.surprises.append(f"{path}: {response.status_code} {response.text[:200]}")
    if response.status_code == 500:
        log.surprises.append(f"{path}: 500")
    return None


async def chatter(log: Log, firm: Firm, name: str, *, pause: float) -> None:
    """Write into the room over a socket, and come back with the same keys when it breaks."""
    number = 0
    socket: ClientConnection | None = None

    async def attempt(said: Said) -> Ack | None:
        nonlocal socket
        try:
            socket = socket or await _open(firm)
            return await _say(log, socket, said)
        except GONE:
            socket = None
            raise

    while not log.stopped:
        number += 1
        said = Said(firm.chat, f"{name}-{number}", f"Said by {name}-{number}")
        await insist(log, said, partial(attempt, said))
        await asyncio.sleep(pause)
    if socket is not None:
        await socket.close()


async def _open(firm: Firm) -> ClientConnection:
    response = await firm.client.post(f"{API}/auth/ws-ticket", headers=firm.headers)
    if not response.is_success:
        raise TimeoutError(response.text)
    base = (firm.sockets or str(firm.client.base_url)).replace("http", "ws", 1).rstrip("/")
    return await connect(f"{base}/ws?ticket={response.json()['ticket']}", open_timeout=5)


async def _say(log: Log, socket: ClientConnection, said: Said) -> Ack | None:
    frame = {"type": "send", "cid": said.key, "chat": said.chat, "key": said.key, "body": said.body}
    await socket.send(json.dumps(frame))
    async with asyncio.timeout(5):
        while True:
            answer = json.loads(await socket.recv())
            if answer.get("cid") != said.key:
                continue
            if answer["type"] == "ack":
                ack: Ack = {**answer["data"], "chat": said.chat}
                return ack
            if answer["data"]["code"] not in {"database_away", "unavailable", "rate_limited"}:
                log.surprises.append(f"socket: {answer}")
            return None


@contextlib.asynccontextmanager
async def traffic(firm: Firm, *, visitors: int, pause: float = 0.15) -> AsyncIterator[Log]:
    """Have visitors ask and people write while the block runs; afterwards everybody ends their sentence."""
    log = Log()
    async with asyncio.TaskGroup() as group:
        for number in range(visitors):
            group.create_task(visit(log, firm, f"visitor{number}", pause=pause * 3))
        for number in range(2):
            group.create_task(write(log, firm, f"writer{number}", pause=pause))
            group.create_task(chatter(log, firm, f"chatter{number}", pause=pause))
        try:
            yield log
        finally:
            log.stopped = True
