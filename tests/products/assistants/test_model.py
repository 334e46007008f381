"""Test questions when a model answers, and when it does not."""

import json
import re
from collections.abc import AsyncIterator, Mapping

import httpx
import pytest

from besedka.core.runtime import Runtime
from besedka.kernel.answers.types import Assistant
from besedka.kernel.llm import service as llm
from tests.factories import MadeWorkspace, make_workspace
from tests.fakes.llm import Fail, FakeLlm, Say
from tests.products.assistants.places import make_assistant

QUESTION = "Сколько стоит доставка?"


@pytest.fixture
async def place(runtime: Runtime) -> MadeWorkspace:
    return await make_workspace(runtime)


@pytest.fixture
async def who(runtime: Runtime, place: MadeWorkspace) -> Assistant:
    return await make_assistant(runtime, place)


@pytest.fixture
async def model(runtime: Runtime, place: MadeWorkspace) -> AsyncIterator[FakeLlm]:
    """A model that the company's assistants use."""
    async with FakeLlm() as fake:
        async with runtime.db.fast.transaction(place.id) as conn:
            await llm.save_provider(
                runtime, conn, base_url=fake.base_url, default_model="fake", api_key="sk-test"
            )
        yield fake


def cited(body: Mapping[str, object]) -> Say:
    """Answer from the first passage, with the mark that the request gave it."""
    found = re.search(r"\[([a-z]{4})-1\]", json.dumps(body))
    assert found is not None
    return Say(f"Она стоит **350 рублей** [{found.group(1)}-1].")


async def test_models_answer_comes_with_its_call(
    client: httpx.AsyncClient, place: MadeWorkspace, who: Assistant, model: FakeLlm
) -> None:
    model.respond = cited
    asked = await client.post(
        f"/api/v1/assistants/{who.id}/ask", headers=place.headers, json={"question": QUESTION}
    )
    body = asked.json()
    assert (body["mode"], body["answer"]) == ("model", "Она стоит **350 рублей** [1].")
    assert "<strong>350 рублей</strong>" in body["html"]
    assert body["citations"][0]["title"] == "Доставка"
    assert (body["call"]["model"], body["call"]["input_tokens"]) == ("fake", 10)
    page = await client.post(
        f"/dashboard/assistants/{who.id}/try",
        headers={**place.headers, "Accept": "text/html", "Accept-Language": "ru"},
        data={"question": QUESTION},
    )
    assert "Написано моделью" in page.text
    assert "Модель fake, токенов 10 → 5" in page.text


async def test_silent_model_is_said_beside_the_quotation(
    client: httpx.AsyncClient, place: MadeWorkspace, who: Assistant, model: FakeLlm
) -> None:
    model.default = Fail(401)
    page = await client.post(
        f"/dashboard/assistants/{who.id}/try",
        headers={**place.headers, "Accept": "text/html", "Accept-Language": "ru"},
        data={"question": QUESTION},
    )
    assert page.status_code == 200
    assert "350 рублей" in page.text
    assert "Модель не ответила" in page.text
    assert "sk-test" not in page.text
