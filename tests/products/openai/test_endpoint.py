"""Assistants through OpenAI's own client: models, answers in one piece and as a stream, errors."""

from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import openai
import pytest
from openai import AsyncOpenAI
from openai.types.chat import ChatCompletionChunk

from besedka.core.runtime import Runtime
from besedka.kernel.answers.types import Assistant
from tests.factories import MadeWorkspace, make_workspace
from tests.fakes.llm import Fail, FakeLlm, Say
from tests.products.assistants.places import make_assistant
from tests.products.assistants.test_model import cited, model, place, who
from tests.web.conftest import address

__all__ = ["address", "model", "place", "who"]

QUESTION = "Сколько стоит доставка?"


@pytest.fixture
async def program(
    client: httpx.AsyncClient, place: MadeWorkspace, address: str
) -> AsyncIterator[AsyncOpenAI]:
    """A program of a customer's own, with a key that may do nothing but ask."""
    made = await client.post(
        "/api/v1/api-keys",
        headers=place.headers,
        json={"name": "Program", "scopes": ["assistants.read"]},
    )
    assert made.status_code == 201, made.text
    async with AsyncOpenAI(
        api_key=made.json()["token"], base_url=f"{address}/v1", max_retries=0
    ) as opened:
        yield opened


async def test_assistants_are_models_by_id_and_by_name(
    program: AsyncOpenAI, place: MadeWorkspace, who: Assistant
) -> None:
    listed = [each async for each in program.models.list()]
    assert [each.id for each in listed] == [str(who.id)]
    found = await program.models.retrieve("помощник")
    assert (found.id, found.owned_by) == (str(who.id), place.slug)


async def test_answer_without_a_model_quotes_and_says_where_from(
    program: AsyncOpenAI, who: Assistant
) -> None:
    answered = await program.chat.completions.create(
        model=str(who.id), messages=[{"role": "user", "content": QUESTION}], temperature=0.1
    )
    message = answered.choices[0].message
    assert message.content is not None
    assert "350 рублей" in message.content
    assert message.annotations is not None
    citation = message.annotations[0].url_citation
    assert message.content[citation.start_index : citation.end_index] == "[1]"
    assert citation.title == "Доставка"
    assert f"/dashboard/assistants/{who.id}/documents/" in citation.url
    assert answered.usage is not None
    assert answered.usage.total_tokens == 0
    assert answered.model_extra is not None
    assert answered.model_extra["besedka"]["mode"] == "extractive"


async def test_model_hears_what_was_said_before_and_its_tokens_are_told(
    program: AsyncOpenAI, who: Assistant, model: FakeLlm
) -> None:
    model.respond = cited
    answered = await program.chat.completions.create(
        model=who.name,
        messages=[
            {"role": "system", "content": "You are a pirate."},
            {"role": "user", "content": [{"type": "text", "text": "Вы работаете в субботу?"}]},
            {"role": "assistant", "content": "Да, с десяти."},
            {"role": "user", "content": QUESTION},
        ],
    )
    assert answered.choices[0].message.content == "Она стоит **350 рублей** [1]."
    assert answered.usage is not None
    assert (answered.usage.prompt_tokens, answered.usage.completion_tokens) == (10, 5)
    told = str(model.requests[-1].body)
    assert "Вы работаете в субботу?" in told
    assert "Да, с десяти." in told
    assert "pirate" not in told


async def _streamed(program: AsyncOpenAI, who: Assistant) -> list[ChatCompletionChunk]:
    stream = await program.chat.completions.create(
        model=str(who.id), messages=[{"role": "user", "content": QUESTION}], stream=True,
        stream_options={"include_usage": True},
    )  # fmt: skip
    return [chunk async for chunk in stream]


def _text(chunks: list[ChatCompletionChunk]) -> str:
    return "".join(choice.delta.content or "" for each in chunks for choice in each.choices)


async def test_stream_ends_with_citations_and_usage(
    program: AsyncOpenAI, who: Assistant, model: FakeLlm
) -> None:
    model.respond = cited
    *_, last, usage = chunks = await _streamed(program, who)
    assert len({each.id for each in chunks}) == 1
    assert len(chunks) > 4
    assert _text(chunks) == "Она стоит **350 рублей** [1]."
    assert last.choices[0].finish_reason == "stop"
    said = last.choices[0].delta.model_extra
    assert said is not None
    assert said["annotations"][0]["url_citation"]["title"] == "Доставка"
    assert usage.usage is not None
    assert usage.usage.total_tokens == 15


async def test_stream_without_a_model_has_the_whole_quotation(
    program: AsyncOpenAI, who: Assistant
) -> None:
    assert "350 рублей" in _text(await _streamed(program, who))


async def test_model_cut_in_the_middle_is_followed_by_the_quotation(
    program: AsyncOpenAI, who: Assistant, model: FakeLlm
) -> None:
    model.default = Say("Она стоит много", cut_after=3)
    said = _text(await _streamed(program, who))
    assert said.startswith("Она")
    assert "350 рублей" in said.partition("\n\n")[2]


async def test_caller_who_leaves_stops_the_model(
    program: AsyncOpenAI, who: Assistant, model: FakeLlm
) -> None:
    model.default = Say("слово " * 400, pause=0.05)
    stream = await program.chat.completions.create(
        model=str(who.id), messages=[{"role": "user", "content": QUESTION}], stream=True
    )
    async for chunk in stream:
        if chunk.choices[0].delta.content:
            break
    await stream.close()
    await model.wait_disconnect(10)
    assert model.disconnects == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"model": "nobody"}, "model_not_found"),
        ({"n": 2}, "option_unsupported"),
        ({"tools": [{"type": "function", "function": {"name": "x"}}]}, "option_unsupported"),
        ({"messages": [{"role": "assistant", "content": "Да?"}]}, "question_missing"),
        ({"messages": []}, "invalid_input"),
    ],
)
async def test_refusal_has_the_shape_that_clients_read(
    program: AsyncOpenAI, who: Assistant, change: dict[str, object], code: str
) -> None:
    asked = {"model": str(who.id), "messages": [{"role": "user", "content": QUESTION}]} | change
    with pytest.raises(openai.APIStatusError) as refused:
        await program.post("/chat/completions", body=asked, cast_to=object)
    assert refused.value.code == code
    assert refused.value.status_code == (404 if code == "model_not_found" else 400)
    assert refused.value.type == "invalid_request_error"


async def test_bad_key_and_missing_scope_are_told_apart(
    client: httpx.AsyncClient, place: MadeWorkspace, who: Assistant, address: str
) -> None:
    async with AsyncOpenAI(api_key="bsd_nothing", base_url=f"{address}/v1") as stranger:
        with pytest.raises(openai.AuthenticationError):
            await stranger.models.list()
    made = await client.post(
        "/api/v1/api-keys", headers=place.headers, json={"name": "Narrow", "scopes": ["inbox.read"]}
    )
    async with AsyncOpenAI(api_key=made.json()["token"], base_url=f"{address}/v1") as narrow:
        with pytest.raises(openai.PermissionDeniedError):
            await narrow.models.retrieve(str(who.id))


async def test_assistant_of_others_is_not_there(
    program: AsyncOpenAI, runtime: Runtime, who: Assistant
) -> None:
    foreign = await make_assistant(runtime, await make_workspace(runtime), name="Чужой")
    for name in (str(foreign.id), "Чужой", str(uuid4())):
        with pytest.raises(openai.NotFoundError):
            await program.models.retrieve(name)


async def test_failing_model_is_no_failure_of_the_answer(
    program: AsyncOpenAI, who: Assistant, model: FakeLlm
) -> None:
    model.default = Fail(500)
    answered = await program.chat.completions.create(
        model=str(who.id), messages=[{"role": "user", "content": QUESTION}]
    )
    assert "350 рублей" in (answered.choices[0].message.content or "")
