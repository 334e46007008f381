"""The wire against a fake provider: what it sends, when it retries, how it ends."""

import asyncio
import logging
import traceback
from contextlib import aclosing

import pytest
from pydantic import JsonValue, SecretStr

from besedka.core.http.client import OutgoingHttp
from besedka.core.http.guard import Guard
from besedka.core.http.types import Limits
from besedka.kernel.llm.errors import (
    AuthFailed,
    ContextTooLong,
    CutMidStream,
    LlmError,
    Overloaded,
    ProviderRefusedAddress,
    ProviderUnreachable,
    QuotaExhausted,
    RateLimit,
    UnknownFailure,
)
from besedka.kernel.llm.types import (
    ChatRequest,
    Finish,
    FinishReason,
    ImagePart,
    JsonFormat,
    Message,
    Role,
    TextDelta,
    TextPart,
    Tool,
    ToolCall,
    Usage,
    assistant,
    system,
    user,
)
from besedka.kernel.llm.wires.base import Collector, Endpoint, collect
from besedka.kernel.llm.wires.memory import WireMemory
from besedka.kernel.llm.wires.openai import OpenAiWire
from besedka.kernel.llm.wires.retry import Retry
from tests.fakes.llm import Fail, FakeLlm, Raw, Say
from tests.kernel.llm.conftest import KEY, QUICK, REQUEST

NO_RETRY = Retry(attempts=1)


async def test_answer_streams_in_order_and_ends_with_usage_and_finish(
    llm: FakeLlm, wire: OpenAiWire
) -> None:
    llm.then(Say("Беседка стоит в саду.", usage=(11, 6)))
    deltas = [delta async for delta in wire.stream(REQUEST)]
    words = [delta.text for delta in deltas if isinstance(delta, TextDelta)]
    assert len(words) > 3
    assert "".join(words) == "Беседка стоит в саду."
    assert deltas[-2:] == [Usage(11, 6), Finish(FinishReason.STOP, "stop")]


async def test_first_words_are_given_while_the_model_still_speaks(
    llm: FakeLlm, wire: OpenAiWire
) -> None:
    llm.then(Say("first words", hang=True))
    async with aclosing(wire.stream(REQUEST)) as deltas:
        first = await asyncio.wait_for(anext(deltas), 1)
    assert first == TextDelta("firs")


SCHEMA: dict[str, JsonValue] = {"type": "object", "properties": {}}
EVERYTHING = ChatRequest(
    "fake-large",
    (
        system("Be kind."),
        user("Look: ", ImagePart(b"PNG", "image/png")),
        assistant("", ToolCall("call_1", "find", '{"q":1}')),
        Message(Role.TOOL, (TextPart("found"),), tool_call_id="call_1"),
        assistant("Well."),
    ),
    temperature=0.0,
    max_tokens=50,
    tools=(Tool("find", "Finds.", SCHEMA),),
    response_format=JsonFormat(SCHEMA, "reply"),
    stop=("END",),
)
FIND = {"name": "find", "arguments": '{"q":1}'}
MESSAGES = [
    {"role": "system", "content": "Be kind."},
    {
        "role": "user",
        "content": [
            {"type": "text", "text": "Look: "},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,UE5H"}},
        ],
    },
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "call_1", "type": "function", "function": FIND}],
    },
    {"role": "tool", "content": "found", "tool_call_id": "call_1"},
    {"role": "assistant", "content": "Well."},
]


async def test_request_carries_everything_that_was_asked_and_nothing_else(
    llm: FakeLlm, wire: OpenAiWire
) -> None:
    await collect(wire.stream(EVERYTHING))
    (sent,) = llm.requests
    assert sent.headers["Authorization"] == f"Bearer {KEY}"
    function = {"name": "find", "description": "Finds.", "parameters": SCHEMA}
    assert sent.body == {
        "model": "fake-large",
        "messages": MESSAGES,
        "stream": True,
        "temperature": 0.0,
        "max_tokens": 50,
        "stop": ["END"],
        "tools": [{"type": "function", "function": function}],
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "reply", "schema": SCHEMA, "strict": True},
        },
        "stream_options": {"include_usage": True},
    }


async def test_plain_request_carries_no_more_than_it_has(llm: FakeLlm, wire: OpenAiWire) -> None:
    await wire.complete(ChatRequest("m", (user("Hi"),), response_format=JsonFormat()))
    (plain,) = llm.requests
    assert plain.body == {
        "model": "m",
        "messages": [{"role": "user", "content": "Hi"}],
        "stream": False,
        "response_format": {"type": "json_object"},
    }


async def test_complete_reads_words_thoughts_and_tools(llm: FakeLlm, wire: OpenAiWire) -> None:
    llm.then(Say("Text", reasoning="Why", tool_calls=[("find", '{"q":"ё"}')], usage=(3, 4)))
    answer = await wire.complete(REQUEST)
    assert (answer.text, answer.reasoning) == ("Text", "Why")
    assert answer.tool_calls == (ToolCall("call_0", "find", '{"q":"ё"}'),)
    assert answer.usage == Usage(3, 4)
    assert answer.finish.reason is FinishReason.TOOL_CALLS


async def test_missing_usage_is_estimated_and_marked(llm: FakeLlm, wire: OpenAiWire) -> None:
    llm.then(Say("Десять слов о том, как стоит беседка в старом саду.", usage=None))
    answer = await collect(wire.stream(REQUEST))
    assert answer.usage.estimated
    assert 10 <= answer.usage.output <= 25
    assert 5 <= answer.usage.input <= 25


async def test_estimates_follow_what_the_provider_reported(
    llm: FakeLlm, http: OutgoingHttp
) -> None:
    memory = WireMemory()
    wire = OpenAiWire(http, Endpoint(llm.base_url), memory=memory)
    request = ChatRequest("m", (user("слово " * 100),))
    llm.then(Say("Да.", usage=(400, 2)), Say("Да.", usage=None))
    await collect(wire.stream(request))
    second = await collect(wire.stream(request))
    assert second.usage.estimated
    assert 395 <= second.usage.input <= 405


# --- ending early ---------------------------------------------------------------------------------


async def test_closing_the_stream_closes_the_socket_at_once(llm: FakeLlm, wire: OpenAiWire) -> None:
    llm.then(Say("word " * 1000, pause=0.01))
    deltas = wire.stream(REQUEST)
    assert await anext(deltas) == TextDelta("word")
    await deltas.aclose()
    await llm.wait_disconnect(0.5)
    assert llm.disconnects == 1


async def test_leaving_the_loop_closes_the_socket_at_once(llm: FakeLlm, wire: OpenAiWire) -> None:
    llm.then(Say("word " * 1000, pause=0.01))
    async for _ in wire.stream(REQUEST):
        break
    await llm.wait_disconnect(0.5)


async def test_closing_while_the_model_is_silent_closes_the_socket(
    llm: FakeLlm, wire: OpenAiWire
) -> None:
    llm.then(Say("word", hang=True))
    deltas = wire.stream(REQUEST)
    await anext(deltas)
    await deltas.aclose()
    await llm.wait_disconnect(0.5)


@pytest.mark.parametrize("way", ["stream", "complete"])
async def test_cancelling_before_the_first_word_closes_the_socket(
    llm: FakeLlm, wire: OpenAiWire, way: str
) -> None:
    llm.then(Say(first_pause=30))
    answer = collect(wire.stream(REQUEST)) if way == "stream" else wire.complete(REQUEST)
    work = asyncio.ensure_future(answer)
    await llm.wait_started()
    work.cancel()
    await llm.wait_disconnect(0.5)
    with pytest.raises(asyncio.CancelledError):
        await work


async def test_cancelling_between_tries_ends_the_tries(llm: FakeLlm, http: OutgoingHttp) -> None:
    llm.default = Fail(503, headers={"Retry-After": "0.2"})
    wire = OpenAiWire(http, Endpoint(llm.base_url))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(collect(wire.stream(REQUEST)), 0.1)
    await asyncio.sleep(0.3)
    assert len(llm.requests) == 1


async def test_connection_is_used_again_after_a_whole_answer(
    llm: FakeLlm, wire: OpenAiWire
) -> None:
    for _ in range(3):
        await collect(wire.stream(REQUEST))
    assert len({seen.peer for seen in llm.requests}) == 1
    assert llm.disconnects == 0


async def test_server_that_never_hangs_up_holds_nobody(llm: FakeLlm, wire: OpenAiWire) -> None:
    llm.then(Raw([b'data: {"choices":[{"delta":{"content":"a"}}]}\n\ndata: [DONE]\n\n'], hang=True))
    answer = await asyncio.wait_for(collect(wire.stream(REQUEST)), 2)
    assert answer.text == "a"
    await llm.wait_disconnect()


# --- failures -------------------------------------------------------------------------------------


async def test_passing_failure_before_the_first_word_is_retried(
    llm: FakeLlm, wire: OpenAiWire
) -> None:
    llm.then(Fail(503), Raw([], cut=True), Say("Third time."))
    assert (await collect(wire.stream(REQUEST))).text == "Third time."
    assert len(llm.requests) == 3


async def test_tries_are_bounded(llm: FakeLlm, wire: OpenAiWire) -> None:
    llm.default = Fail(500)
    with pytest.raises(Overloaded) as caught:
        await collect(wire.stream(REQUEST))
    assert len(llm.requests) == QUICK.attempts
    assert caught.value.provider_status == 500


async def test_retry_waits_as_long_as_the_provider_asked(llm: FakeLlm, wire: OpenAiWire) -> None:
    llm.then(Fail(429, headers={"Retry-After": "0.15"}), Say("Now."))
    start = asyncio.get_running_loop().time()
    await collect(wire.stream(REQUEST))
    assert asyncio.get_running_loop().time() - start >= 0.15


async def test_wait_longer_than_bearable_is_told_instead(llm: FakeLlm, wire: OpenAiWire) -> None:
    llm.then(Fail(429, headers={"Retry-After": "120"}))
    with pytest.raises(RateLimit) as caught:
        await collect(wire.stream(REQUEST))
    assert caught.value.retry_after == 120
    assert not caught.value.permanent
    assert len(llm.requests) == 1


@pytest.mark.parametrize(
    ("status", "error", "expected"),
    [
        (401, {"message": "Incorrect API key provided", "code": "invalid_api_key"}, AuthFailed),
        (
            429,
            {"message": "You exceeded your current quota", "code": "insufficient_quota"},
            QuotaExhausted,
        ),
        (400, {"message": "Too long", "code": "context_length_exceeded"}, ContextTooLong),
    ],
)
async def test_lasting_failure_is_not_retried(
    llm: FakeLlm, wire: OpenAiWire, status: int, error: object, expected: type[LlmError]
) -> None:
    llm.default = Fail(status, {"error": error})
    with pytest.raises(expected) as caught:
        await collect(wire.stream(REQUEST))
    assert caught.value.permanent
    assert len(llm.requests) == 1


async def test_provider_that_hangs_is_not_asked_again_and_again(
    llm: FakeLlm, http: OutgoingHttp
) -> None:
    llm.default = Say(first_pause=5)
    quick = Retry(attempts=9, base=0.001, longest=0.15)
    wire = OpenAiWire(http, Endpoint(llm.base_url), retry=quick, limits=Limits(idle=0.1))
    with pytest.raises(ProviderUnreachable):
        await collect(wire.stream(REQUEST))
    assert len(llm.requests) == 2


async def test_answer_cut_in_the_middle_is_never_begun_anew(llm: FakeLlm, wire: OpenAiWire) -> None:
    llm.then(Say("one two three four", cut_after=3))
    collector = Collector()
    with pytest.raises(CutMidStream) as caught:
        await _read(wire, collector)
    assert collector.text() == "one two thre"
    assert len(llm.requests) == 1
    assert caught.value.usage is not None
    assert caught.value.usage.estimated
    assert caught.value.usage.output > 0


async def _read(wire: OpenAiWire, collector: Collector) -> None:
    async for delta in wire.stream(REQUEST):
        collector.add(delta)


async def test_connection_cut_after_the_finish_loses_nothing(
    llm: FakeLlm, wire: OpenAiWire
) -> None:
    end = b'data: {"choices":[{"delta":{"content":"All."},"finish_reason":"stop"}]}\n\n'
    llm.then(Raw([end], cut=True))
    answer = await collect(wire.stream(REQUEST))
    assert answer.text == "All."
    assert answer.finish.reason is FinishReason.STOP


async def test_silence_before_and_inside_an_answer_ends(llm: FakeLlm, http: OutgoingHttp) -> None:
    wire = OpenAiWire(http, Endpoint(llm.base_url), retry=NO_RETRY, limits=Limits(idle=0.1))
    llm.then(Say(first_pause=5), Say("Half", hang=True))
    with pytest.raises(ProviderUnreachable):
        await collect(wire.stream(REQUEST))
    with pytest.raises(CutMidStream):
        await collect(wire.stream(REQUEST))


async def test_closed_port_is_unreachable_and_a_forbidden_address_is_refused(
    llm: FakeLlm, http: OutgoingHttp
) -> None:
    gone = OpenAiWire(http, Endpoint("http://127.0.0.1:9/v1"), retry=QUICK)
    with pytest.raises(ProviderUnreachable):
        await gone.complete(REQUEST)
    strict = OutgoingHttp(Guard())
    with pytest.raises(ProviderRefusedAddress) as caught:
        await OpenAiWire(strict, Endpoint(llm.base_url)).complete(REQUEST)
    assert caught.value.permanent
    assert llm.requests == []


async def test_setting_that_a_server_does_not_know_is_left_out_and_remembered(
    llm: FakeLlm, http: OutgoingHttp
) -> None:
    memory = WireMemory()
    refusals = {
        "stream_options": {"detail": [{"loc": ["body", "stream_options"], "msg": "Extra inputs"}]},
        "max_tokens": {
            "error": {"message": "Use 'max_completion_tokens' instead of 'max_tokens'."}
        },
        "temperature": {
            "error": {"message": "'temperature' does not support 0.2 with this model."}
        },
    }

    def respond(body: dict[str, object]) -> Fail | Say:
        unknown = next((name for name in refusals if name in body), None)
        return Fail(400, refusals[unknown]) if unknown else Say()

    llm.respond = respond
    request = ChatRequest("m", (user("Hi"),), temperature=0.2, max_tokens=9)
    for _ in range(2):
        wire = OpenAiWire(http, Endpoint(llm.base_url), memory=memory)
        assert (await collect(wire.stream(request))).text == "Hello."
    assert len(llm.requests) == 5
    assert llm.requests[-1].body["max_completion_tokens"] == 9


# --- the key --------------------------------------------------------------------------------------


async def test_key_is_in_no_error_representation_or_log(
    llm: FakeLlm, wire: OpenAiWire, http: OutgoingHttp, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    said = f"Incorrect API key provided: {KEY}. Header was Bearer {KEY}"
    llm.then(
        Fail(401, {"error": {"message": said}}),
        Fail(403, said),
        Raw([b"data: " + f'{{"error":"{said}"}}'.encode() + b"\n\n"]),
    )
    endpoint = Endpoint("http://127.0.0.1:9/v1", SecretStr(KEY), {"x-api-key": KEY})
    gone = OpenAiWire(http, endpoint, retry=NO_RETRY)
    for speaker in (wire, wire, wire, gone):
        with pytest.raises(LlmError) as caught:
            await collect(speaker.stream(REQUEST))
        error = caught.value
        shown = "".join(traceback.format_exception(error)) + repr(vars(error))
        assert KEY not in shown
        assert error.__cause__ is None
        assert error.__context__ is None
    assert KEY not in f"{wire!r} {endpoint!r} {caplog.text}"


@pytest.mark.parametrize("key", ["ключ", "sk-a\nb", "sk-a b\x00"])
async def test_key_with_impossible_characters_is_not_sent(
    llm: FakeLlm, http: OutgoingHttp, key: str
) -> None:
    with pytest.raises(AuthFailed):
        await OpenAiWire(http, Endpoint(llm.base_url, SecretStr(key))).complete(REQUEST)
    assert llm.requests == []


async def test_key_pasted_with_a_line_end_works(llm: FakeLlm, http: OutgoingHttp) -> None:
    await OpenAiWire(http, Endpoint(llm.base_url, SecretStr(f" {KEY}\n"))).complete(REQUEST)
    assert llm.requests[0].headers["Authorization"] == f"Bearer {KEY}"


# --- addresses, models, embeddings ----------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["", "/", "/chat/completions", "?api-version=1"])
async def test_base_address_is_understood_as_people_paste_it(
    llm: FakeLlm, http: OutgoingHttp, suffix: str
) -> None:
    answer = await OpenAiWire(http, Endpoint(llm.base_url + suffix)).complete(REQUEST)
    assert answer.text == "Hello."


async def test_base_address_without_a_path_gets_v1(llm: FakeLlm, http: OutgoingHttp) -> None:
    bare = llm.base_url.removesuffix("/v1")
    assert (await OpenAiWire(http, Endpoint(bare)).complete(REQUEST)).text == "Hello."


async def test_models_are_listed_with_their_context(llm: FakeLlm, wire: OpenAiWire) -> None:
    llm.models = [
        {"id": "a", "context_length": 8192},
        {"id": "b", "max_model_len": 4096},
        {"id": "c"},
        {},
        7,
    ]
    assert [(model.id, model.context) for model in await wire.models()] == [
        ("a", 8192),
        ("b", 4096),
        ("c", None),
    ]


async def test_page_instead_of_a_list_is_an_unknown_failure(
    llm: FakeLlm, http: OutgoingHttp
) -> None:
    wire = OpenAiWire(http, Endpoint(llm.base_url + "/nothing-here"))
    with pytest.raises(LlmError) as caught:
        await wire.models()
    assert caught.value.permanent
    llm.then(Raw([b"<html>Welcome</html>"], content_type="text/html"))
    with pytest.raises(UnknownFailure):
        await OpenAiWire(http, Endpoint(llm.base_url)).complete(REQUEST)
