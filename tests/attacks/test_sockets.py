"""The same walls on the socket: foreign chats are neither followed nor written to, and look like missing ones."""

import asyncio
from collections.abc import Mapping

import httpx
from fastapi import FastAPI

from besedka.core.runtime import Runtime
from tests.attacks.company import API, Company, calm, fingerprint, furnish, twin
from tests.kernel.realtime.client import Client, Frame, connect

COMMANDS: Mapping[str, Mapping[str, object]] = {
    "send": {"key": "k", "body": "Hello from afar"},
    "read": {"seq": 1},
    "typing": {},
    "viewing": {},
}


async def ticket_of(client: httpx.AsyncClient, company: Company, visitor: str | None) -> str:
    """Return a visitor's ticket: of the company's own one, or of a new one."""
    response = await client.post(
        f"{API}/widget/{company.ids['widget']}/session", json={"visitor": visitor}
    )
    ticket: str = response.json()["ticket"]
    return ticket


async def said_to(socket: Client, command: str, chat: str) -> Mapping[str, object]:
    """Return what the server says to a command on a chat, without what tells the chats apart."""
    answer: Frame = await socket.call(command, chat=chat, **COMMANDS[command])
    return {"type": answer["type"], "data": answer["data"]}


async def attack(socket: Client, victim: Company) -> list[str]:
    """Try every command on the victim's chats; returns what went through."""
    passed = []
    for name in ("chat", "dialog"):
        chat = victim.ids[name]
        greeted = await socket.hello(chat, twin(chat))
        if greeted["data"]["chats"]:
            passed.append(f"follows {name}")
        for command in COMMANDS:
            foreign = await said_to(socket, command, chat)
            missing = await said_to(socket, command, twin(chat))
            if foreign != missing or (command == "send" and foreign["type"] != "error"):
                passed.append(f"{command} to {name}: {foreign}")
    return passed


async def test_foreign_chats_look_missing_and_tell_nothing(
    app: FastAPI, runtime: Runtime, client: httpx.AsyncClient
) -> None:
    victim, other = await furnish(runtime, client), await furnish(runtime, client)
    tickets = {
        "another company's visitor": await ticket_of(client, other, other.ids["visitor"]),
        "another visitor": await ticket_of(client, victim, None),
    }
    (before,) = await calm(runtime, victim.id)
    passed: dict[str, list[str]] = {}
    overheard: list[Frame] = []
    async with connect(app, other.owner) as owner:
        passed["another company's owner"] = await attack(owner, victim)
        for who, ticket in tickets.items():
            async with connect(app, ticket=ticket) as socket:
                passed[who] = await attack(socket, victim)
                overheard += [
                    f for f in await socket.quiet() if f["type"] not in {"chat.gone", "hello"}
                ]
        assert await fingerprint(runtime, victim.id) == before
        for chat in (victim.ids["chat"], victim.ids["dialog"]):
            path = f"{API}/chats/{chat}/messages"
            await client.post(path, json={"body": victim.canary}, headers=victim.owner.headers)
        await asyncio.sleep(0.1)
        overheard += [f for f in await owner.quiet() if victim.canary in str(f)]
    assert not any(passed.values()), passed
    assert overheard == []
