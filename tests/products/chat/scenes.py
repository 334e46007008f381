"""A person with a chat, and a model that answers them."""

import asyncio
import json
from dataclasses import dataclass

import httpx

from besedka.core.runtime import Runtime
from besedka.kernel.llm import service as llm
from tests.factories import MadeWorkspace
from tests.fakes.llm import FakeLlm

API = "/api/v1"


@dataclass(frozen=True)
class Scene:
    """A chat of a workspace's owner."""

    client: httpx.AsyncClient
    runtime: Runtime
    made: MadeWorkspace
    model: FakeLlm
    chat: str

    @property
    def path(self) -> str:
        """Where the chat is asked."""
        return f"{API}/llm/chat/{self.chat}"

    async def send(
        self, method: str, path: str, body: object = None, **headers: str
    ) -> httpx.Response:
        """Make a request as the owner."""
        given = {**self.made.headers, **headers}
        return await self.client.request(method, self.path + path, json=body, headers=given)

    async def ask(self, content: str, **more: object) -> httpx.Response:
        """Ask, and wait for the answer."""
        return await self.send("POST", "/message", {"content": content, **more})

    async def turns(self) -> list[dict[str, object]]:
        """Return the branch that is shown."""
        found: list[dict[str, object]] = (await self.send("GET", "/messages")).json()
        return found

    async def said(self) -> list[object]:
        """Return the words of the branch that is shown."""
        return [turn["content"] for turn in await self.turns()]

    def heard(self) -> list[tuple[str, str]]:
        """Return what the model was given last: who said what."""
        body = self.model.requests[-1].body
        return [
            (each["role"], each["content"] if isinstance(each["content"], str) else json.dumps(each["content"]))
            for each in json.loads(json.dumps(body["messages"]))
        ]  # fmt: skip

    async def until_idle(self) -> None:
        """Wait until no answer is being made."""
        for _ in range(300):
            async with self.runtime.db.fast.acquire(self.made.id) as conn:
                busy = await conn.fetchval(
                    "SELECT count(*) FROM ai_run WHERE state IN ('queued', 'working')"
                )
            if not busy:
                return
            await asyncio.sleep(0.02)
        raise AssertionError("an answer is still being made")


async def connect(runtime: Runtime, made: MadeWorkspace, fake: FakeLlm) -> None:
    """Let the workspace use a model with a key of its own."""
    async with runtime.db.fast.transaction(made.id) as conn:
        await llm.save_provider(
            runtime, conn, base_url=fake.base_url, default_model="fake-large", api_key="sk-test"
        )


async def open_chat(
    client: httpx.AsyncClient, runtime: Runtime, made: MadeWorkspace, fake: FakeLlm
) -> Scene:
    """Make a chat."""
    chat = await client.post(f"{API}/chats", json={"title": ""}, headers=made.headers)
    return Scene(client, runtime, made, fake, chat.json()["id"])


def events_of(body: str) -> list[tuple[str, str, dict[str, object]]]:
    """Return the events of a stream: id, name, data."""
    found = []
    for block in body.strip().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if "event" in lines:
            found.append((lines["id"], lines["event"], json.loads(lines["data"])))
    return found
