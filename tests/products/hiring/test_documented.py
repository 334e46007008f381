"""The examples of the hiring document, run as they stand there."""

import re
import shlex
from itertools import pairwise
from pathlib import Path

import httpx
from fastapi import FastAPI

from tests.products.hiring.talk import answer, interviewed

DOCUMENT = (Path(__file__).parent / "documented.md").read_text(encoding="utf-8")
NAMES = {"/vacancies": "VACANCY", "/candidates": "CANDIDATE", "/responses": "RESPONSE"}
BASE = "http://localhost:8000"


def curls() -> list[list[str]]:
    """Return the words of every curl command of the document."""
    blocks = re.findall(r"```bash\n(.*?)```", DOCUMENT, re.DOTALL)
    commands = [part for block in blocks for part in re.split(r"(?m)^(?=curl )", block)[1:]]
    return [shlex.split(command.replace("\\\n", " "), comments=True) for command in commands]


async def run(client: httpx.AsyncClient, words: list[str], known: dict[str, str]) -> httpx.Response:
    """Do what a curl command does, with what is known in the places of its capital letters."""
    filled = [re.sub("|".join(known) or "$^", lambda m: known[m[0]], word) for word in words]
    url = next(word for word in filled if word.startswith(BASE))
    given = dict(pairwise(filled))
    headers = dict(line.split(": ", 1) for flag, line in pairwise(filled) if flag == "-H")
    return await client.request(
        given.get("-X", "GET"), url.removeprefix(BASE), content=given.get("-d"), headers=headers
    )


async def test_every_example_of_the_document_runs_verbatim(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    known: dict[str, str] = {}
    answered: list[tuple[str, int]] = []
    for words in curls():
        response = await run(client, words, known)
        path = response.request.url.path
        answered.append((path, response.status_code))
        found = response.json()
        if path == "/employers/register":
            assert found["token_type"] == "bearer"
            known |= {"YOUR_TOKEN_HERE": found["access_token"], "YOUR_TOKEN": found["access_token"]}
        elif path != "/health":
            known[f"{NAMES[path]}_UUID"] = found["id"]
    assert answered == [
        ("/employers/register", 201), ("/vacancies", 201), ("/employers/register", 201), ("/vacancies", 201),
        ("/candidates", 201), ("/responses", 201), ("/health", 200),
    ]  # fmt: skip
    login = {"email": "hr@techcorp.com", "password": "securepass123"}
    assert (await client.post("/auth/login", json=login)).json()["token_type"] == "bearer"
    (said,) = re.findall(r"message: '(.+?)'", DOCUMENT)
    async with interviewed(app, known["RESPONSE_UUID"]) as socket:
        asked = [await socket.until(lambda _: True), await answer(socket, said)]
        asked.append(await answer(socket, "5 years of Python"))
        assert [frame["type"] for frame in asked] == ["bot_message"] * 3
        ended = await answer(socket, "Yes")
    assert ended == {"type": "chat_ended", "approved": True}
