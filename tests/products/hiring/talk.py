"""A candidate who applies and is interviewed over the documented socket."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from fastapi import FastAPI

from tests.kernel.realtime.client import Client, Frame, connect

IVAN: Mapping[str, str] = {
    "full_name": "Ivan Ivanov", "email": "ivan@example.com", "phone": "+79991234567", "city": "Moscow",
    "resume_text": "Experienced Python developer, PostgreSQL, 6 years of Python",
}  # fmt: skip
VACANCY: Mapping[str, object] = {
    "title": "Backend Developer", "description": "Python/FastAPI developer needed", "location": "Moscow",
    "salary_min": 150_000, "salary_max": 250_000, "language": "ru",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Applicant:
    """A candidate who applied: the ids and the private tokens."""

    vacancy: str
    candidate: str
    response: str
    candidate_headers: Mapping[str, str]
    headers: Mapping[str, str]


async def made(
    client: httpx.AsyncClient, path: str, body: Mapping[str, object], headers: Mapping[str, str] | None = None
) -> dict[str, Any]:  # fmt: skip
    """Post what has to go well."""
    response = await client.post(path, json=body, headers=headers)
    assert response.status_code == 201, f"{path}: {response.status_code} {response.text}"
    found: dict[str, Any] = response.json()
    return found


async def apply(
    client: httpx.AsyncClient, employer: Mapping[str, str], vacancy: Mapping[str, object] = VACANCY,
    person: Mapping[str, str] = IVAN,
) -> Applicant:  # fmt: skip
    """Publish a vacancy and apply for it."""
    offer = await made(client, "/vacancies", vacancy, employer)
    who = await made(client, "/candidates", person)
    told = await made(client, "/responses", {"vacancy_id": offer["id"], "candidate_id": who["id"]})
    return Applicant(
        offer["id"], who["id"], told["id"], {"Authorization": f"Bearer {who['token']}"},
        {"Authorization": f"Bearer {told['token']}"},
    )  # fmt: skip


@asynccontextmanager
async def interviewed(app: FastAPI, response: str) -> AsyncIterator[Client]:
    """Open the interview of an application."""
    async with connect(app, path=f"/ws/chat/{response}") as socket:
        yield socket


async def answer(socket: Client, words: str, **more: str) -> Frame:
    """Answer, and return what comes next."""
    socket.say_raw(json.dumps({"message": words, **more}))
    return await socket.until(lambda _: True)


async def go_through(app: FastAPI, response: str, answers: Sequence[str]) -> list[Frame]:
    """Answer everything, and return what was sent to the candidate."""
    async with interviewed(app, response) as socket:
        frames = [await socket.until(lambda _: True)]
        frames += [await answer(socket, words) for words in answers]
        return frames
