"""All wires against a fake provider: what each sends, how each answer reads, and how it ends at the socket."""

import asyncio
from contextlib import aclosing

import pytest
from pydantic import JsonValue, SecretStr

from besedka.core.http.client import OutgoingHttp
from besedka.core.http.types import Limits
from besedka.kernel.llm.errors import (
    AuthFailed,
    BadRequest,
    CutMidStream,
    LlmError,
    NotOffered,
    Overloaded,
    RateLimit,
)
from besedka.kernel.llm.types import (
    ChatRequest,
    FilePart,
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
from besedka.kernel.llm.wires.gemini import GeminiWire
from besedka.kernel.llm.wires.spoken import SpokenWire
from besedka.kernel.llm.wires.yandex import YandexWire
from tests.fakes.llm import Fail, FakeLlm, Raw, Say
from tests.kernel.llm.conftest import KEY, REQUEST, WIRES

every_wire = pytest.mark.parametrize("spoken", list(WIRES), indirect=True)
newer_wires = pytest.mark.parametrize("spoken", ["anthropic", "gemini", "yandex"], indirect=True)
SCHEMA: dict[str, JsonValue] = {"type": "object", "properties": {"q": {"type": "integer"}}}
CLOSED = {**SCHEMA, "additionalProperties": False}
EVERYTHING = ChatRequest(
    "m-1",
    (
        system("Be kind."),
        assistant("Welcome!"),
        user("Look: ", ImagePart(b"PNG", "image/png"), FilePart(b"%PDF", "application/pdf", "a.pdf")),
        assistant("", ToolCall("call_1", "find", '{"q":1}', "c2ln"), ToolCall("call_2", "find", "{")),
        Message(Role.TOOL, (TextPart("found"),), tool_call_id="call_1"),
        Message(Role.TOOL, (TextPart('{"n":0}'),), tool_call_id="call_2"),
        user("Well?", FilePart("ёлка".encode(), "text/plain", "a.txt")),
    ),
    temperature=1.5,
    max_tokens=50,
    tools=(Tool("find", "Finds.", SCHEMA),),
    response_format=JsonFormat(SCHEMA, "reply"),
    stop=("END",),
)  # fmt: skip
DECLARED = {"name": "find", "description": "Finds."}


# --- requests -------------------------------------------------------------------------------------


@pytest.mark.parametrize("spoken", ["anthropic"], indirect=True)
async def test_anthropic_request_carries_everything_that_was_asked(
    llm: FakeLlm, spoken: SpokenWire
) -> None:
    await collect(spoken.stream(EVERYTHING))
    (sent,) = llm.requests
    assert (sent.path, sent.headers["x-api-key"]) == ("/v1/messages", KEY)
    assert sent.headers["anthropic-version"] == "2023-06-01"
    picture = {"type": "base64", "media_type": "image/png", "data": "UE5H"}
    pdf = {"type": "base64", "media_type": "application/pdf", "data": "JVBERg=="}
    words = {"type": "text", "media_type": "text/plain", "data": "ёлка"}
    found = {"type": "text", "text": "found"}
    assert sent.body == {
        "model": "m-1",
        "max_tokens": 50,
        "stream": True,
        "system": "Be kind.",
        "temperature": 1.0,
        "stop_sequences": ["END"],
        "tools": [{**DECLARED, "input_schema": SCHEMA}],
        "output_config": {"format": {"type": "json_schema", "schema": CLOSED}},
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "…"}]},
            {"role": "assistant", "content": [{"type": "text", "text": "Welcome!"}]},
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "Look: "},
                    {"type": "image", "source": picture},
                    {"type": "document", "title": "a.pdf", "source": pdf},
                ],
            },
            {
                "role": "assistant",
                "content": [
                    {"type": "tool_use", "id": "call_1", "name": "find", "input": {"q": 1}},
                    {"type": "tool_use", "id": "call_2", "name": "find", "input": {}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": "call_1", "content": [found]},
                    {
                        "type": "tool_result",
                        "tool_use_id": "call_2",
                        "content": [{"type": "text", "text": '{"n":0}'}],
                    },
                    {"type": "text", "text": "Well?"},
                    {"type": "document", "title": "a.txt", "source": words},
                ],
            },
        ],
    }


@pytest.mark.parametrize("spoken", ["gemini"], indirect=True)
async def test_gemini_request_carries_everything_that_was_asked(
    llm: FakeLlm, spoken: SpokenWire
) -> None:
    await collect(spoken.stream(EVERYTHING))
    (sent,) = llm.requests
    assert sent.path == "/v1beta/models/m-1:streamGenerateContent?alt=sse"
    assert sent.headers["x-goog-api-key"] == KEY
    first = {"name": "find", "args": {"q": 1}, "id": "call_1"}
    second = {"name": "find", "args": {}, "id": "call_2"}
    found = {"name": "find", "response": {"result": "found"}, "id": "call_1"}
    none = {"name": "find", "response": {"n": 0}, "id": "call_2"}
    assert sent.body == {
        "systemInstruction": {"parts": [{"text": "Be kind."}]},
        "generationConfig": {
            "temperature": 1.5,
            "maxOutputTokens": 50,
            "stopSequences": ["END"],
            "responseMimeType": "application/json",
            "responseJsonSchema": SCHEMA,
        },
        "tools": [{"functionDeclarations": [{**DECLARED, "parametersJsonSchema": SCHEMA}]}],
        "contents": [
            {"role": "user", "parts": [{"text": "…"}]},
            {"role": "model", "parts": [{"text": "Welcome!"}]},
            {
                "role": "user",
                "parts": [
                    {"text": "Look: "},
                    {"inlineData": {"mimeType": "image/png", "data": "UE5H"}},
                    {"inlineData": {"mimeType": "application/pdf", "data": "JVBERg=="}},
                ],
            },
            {
                "role": "model",
                "parts": [
                    {"functionCall": first, "thoughtSignature": "c2ln"},
                    {"functionCall": second},
                ],
            },
            {
                "role": "user",
                "parts": [
                    {"functionResponse": found},
                    {"functionResponse": none},
                    {"text": "Well?"},
                    {"text": "a.txt:\n\nёлка\n"},
                ],
            },
        ],
    }


@pytest.mark.parametrize("spoken", ["yandex"], indirect=True)
async def test_yandex_request_carries_words_and_tools_and_refuses_pictures(
    llm: FakeLlm, spoken: SpokenWire
) -> None:
    with pytest.raises(NotOffered):
        await collect(spoken.stream(EVERYTHING))
    before, after = EVERYTHING.messages[:2], EVERYTHING.messages[3:]
    asked = ChatRequest(
        "m-1", (*before, user("Look"), *after), temperature=1.5, max_tokens=50,
        tools=EVERYTHING.tools, response_format=EVERYTHING.response_format,
    )  # fmt: skip
    await collect(spoken.stream(asked))
    (sent,) = llm.requests
    assert sent.headers["Authorization"] == f"Api-Key {KEY}"
    assert sent.headers["x-folder-id"] == "b1folder"
    calls = [{"functionCall": {"name": "find", "arguments": given}} for given in ({"q": 1}, {})]
    results = [{"functionResult": {"name": "find", "content": c}} for c in ("found", '{"n":0}')]
    assert sent.body == {
        "modelUri": "gpt://b1folder/m-1",
        "completionOptions": {"stream": True, "temperature": 1.0, "maxTokens": "50"},
        "messages": [
            {"role": "system", "text": "Be kind."},
            {"role": "user", "text": "…"},
            {"role": "assistant", "text": "Welcome!"},
            {"role": "user", "text": "Look"},
            {"role": "assistant", "toolCallList": {"toolCalls": calls}},
            {"role": "user", "toolResultList": {"toolResults": results}},
            {"role": "user", "text": "Well?a.txt:\n\nёлка\n"},
        ],
        "tools": [{"function": {**DECLARED, "parameters": SCHEMA}}],
        "jsonSchema": {"schema": SCHEMA},
    }


@newer_wires
async def test_file_that_no_model_takes_is_refused_before_it_is_sent(
    llm: FakeLlm, spoken: SpokenWire
) -> None:
    request = ChatRequest("m", (user("Read", FilePart(b"PK", "application/zip", "a.zip")),))
    with pytest.raises(NotOffered):
        await spoken.complete(request)
    assert llm.requests == []


@pytest.mark.parametrize("spoken", ["openai"], indirect=True)
async def test_openai_gets_documents_as_files_and_texts_as_words(
    llm: FakeLlm, spoken: SpokenWire
) -> None:
    pdf, text = FilePart(b"%PDF", "application/pdf", "a.pdf"), FilePart(b"x", "text/csv", "a.csv")
    await spoken.complete(ChatRequest("m", (user("Read", pdf, text),)))
    (sent,) = llm.requests
    file = {"filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERg=="}
    content = [
        {"type": "text", "text": "Read"},
        {"type": "file", "file": file},
        {"type": "text", "text": "a.csv:\n\nx\n"},
    ]
    assert sent.body["messages"] == [{"role": "user", "content": content}]


@pytest.mark.parametrize("spoken", ["anthropic"], indirect=True)
async def test_settings_that_a_model_does_not_know_are_asked_for_otherwise_and_remembered(
    llm: FakeLlm, spoken: SpokenWire
) -> None:
    def respond(body: dict[str, object]) -> Fail | Say:
        unknown: str | None = next(
            (key for key in ("temperature", "output_config") if key in body), None
        )
        if unknown is None and body["max_tokens"] == 16_384:
            unknown = "max_tokens: 16384 > 8192, which is the maximum"
        said = {
            "type": "error",
            "error": {"type": "invalid_request_error", "message": f"{unknown}"},
        }
        return Fail(400, said) if unknown else Say()

    llm.respond = respond
    request = ChatRequest("m", (user("Hi"),), temperature=0.2, response_format=JsonFormat(SCHEMA))
    for _ in range(2):
        assert (await collect(spoken.stream(request))).text == "Hello."
    assert len(llm.requests) == 5
    assert llm.requests[-1].body["max_tokens"] == 4096
    assert '"additionalProperties": false' in str(llm.requests[-1].body["system"])


async def test_signature_of_a_call_goes_back_and_a_foreign_call_is_marked(
    llm: FakeLlm, http: OutgoingHttp
) -> None:
    wire = GeminiWire(http, Endpoint(llm.origin, SecretStr(KEY)))
    llm.then(Say("", tool_calls=[("find", '{"q":1}')]))
    (call,) = (await collect(wire.stream(REQUEST))).tool_calls
    for model, given in (
        ("gemini-3.8-flash", call),
        ("gemini-3.8-flash", ToolCall("x", "find", "{}")),
    ):
        told = Message(Role.TOOL, (TextPart("ok"),), tool_call_id=given.id)
        await wire.complete(ChatRequest(model, (user("Hi"), assistant("", given), told)))
    own, foreign = (seen.body["contents"] for seen in llm.requests[1:])
    assert isinstance(own, list)
    assert isinstance(foreign, list)
    asked = {"functionCall": {"name": "find", "args": {"q": 1}}, "thoughtSignature": "c2ln"}
    assert own[1]["parts"] == [asked]
    assert own[2]["parts"] == [{"functionResponse": {"name": "find", "response": {"result": "ok"}}}]
    assert foreign[1]["parts"][0]["thoughtSignature"] == "skip_thought_signature_validator"


async def test_folder_is_needed_for_a_bare_name_and_iam_tokens_are_bearers(
    llm: FakeLlm, http: OutgoingHttp
) -> None:
    bare = YandexWire(http, Endpoint(llm.origin, SecretStr("t1.abc")))
    with pytest.raises(BadRequest):
        await bare.complete(REQUEST)
    await bare.complete(ChatRequest("gpt://f/yandexgpt/rc", (user("Hi"),)))
    (sent,) = llm.requests
    assert sent.headers["Authorization"] == "Bearer t1.abc"
    assert sent.body["modelUri"] == "gpt://f/yandexgpt/rc"


# --- answers --------------------------------------------------------------------------------------


@every_wire
@pytest.mark.parametrize("way", ["stream", "complete"])
async def test_answer_has_words_usage_and_finish_however_it_comes(
    llm: FakeLlm, spoken: SpokenWire, way: str
) -> None:
    llm.then(Say("Беседка 🏡 в саду.", usage=(11, 6), finish="length"))
    if way == "stream":
        collector, pieces = Collector(), 0
        async for delta in spoken.stream(REQUEST):
            collector.add(delta)
            pieces += isinstance(delta, TextDelta)
        answer = collector.completion()
        assert pieces > 2
    else:
        answer = await spoken.complete(REQUEST)
    assert answer.text == "Беседка 🏡 в саду."
    assert (answer.usage, answer.finish.reason) == (Usage(11, 6), FinishReason.LENGTH)


@every_wire
async def test_tools_are_asked_for_with_ids_of_their_own(llm: FakeLlm, spoken: SpokenWire) -> None:
    llm.default = Say("", tool_calls=[("find", '{"q": "ё"}'), ("count", "{}")])
    for answer in (await collect(spoken.stream(REQUEST)), await spoken.complete(REQUEST)):
        found, counted = answer.tool_calls
        assert (found.name, found.arguments) == (
            "find",
            '{"q": "ё"}',
        ) or found.arguments == '{"q": "\\u0451"}'
        assert (counted.name, counted.arguments) == ("count", "{}")
        assert len({found.id, counted.id} - {""}) == 2
        assert answer.finish.reason is FinishReason.TOOL_CALLS


@pytest.mark.parametrize("spoken", ["anthropic", "gemini"], indirect=True)
async def test_thoughts_are_apart_from_words(llm: FakeLlm, spoken: SpokenWire) -> None:
    llm.default = Say("Yes.", reasoning="Let me think.")
    for answer in (await collect(spoken.stream(REQUEST)), await spoken.complete(REQUEST)):
        assert (answer.text, answer.reasoning) == ("Yes.", "Let me think.")


@pytest.mark.parametrize("spoken", ["yandex"], indirect=True)
async def test_stop_that_the_protocol_does_not_know_ends_the_answer_and_the_call(
    llm: FakeLlm, spoken: SpokenWire
) -> None:
    llm.then(Say("One. END Two.", piece=3, hang=True))
    request = ChatRequest("m", (user("Hi"),), stop=("END", "никогда"))
    answer = await asyncio.wait_for(collect(spoken.stream(request)), 2)
    assert (answer.text, answer.finish.reason) == ("One. ", FinishReason.STOP)
    await llm.wait_disconnect()


@newer_wires
async def test_missing_count_is_estimated_and_marked(llm: FakeLlm, spoken: SpokenWire) -> None:
    llm.then(Say("Десять слов о том, как стоит беседка в старом саду.", usage=None))
    usage = (await collect(spoken.stream(REQUEST))).usage
    assert usage.estimated
    assert 10 <= usage.output <= 25


# --- ending early, at the socket ------------------------------------------------------------------


@every_wire
async def test_leaving_the_stream_closes_the_socket_at_once(
    llm: FakeLlm, spoken: SpokenWire
) -> None:
    llm.then(Say("word " * 50, hang=True))
    async with aclosing(spoken.stream(REQUEST)) as deltas:
        assert isinstance(await anext(deltas), TextDelta)
    await llm.wait_disconnect(0.5)
    assert llm.disconnects == 1


@every_wire
@pytest.mark.parametrize("way", ["stream", "complete"])
async def test_cancelling_the_task_before_the_first_word_closes_the_socket(
    llm: FakeLlm, spoken: SpokenWire, way: str
) -> None:
    llm.then(Say(first_pause=30))
    answer = collect(spoken.stream(REQUEST)) if way == "stream" else spoken.complete(REQUEST)
    work = asyncio.ensure_future(answer)
    await llm.wait_started()
    work.cancel()
    await llm.wait_disconnect(0.5)
    with pytest.raises(asyncio.CancelledError):
        await work
    assert len(llm.requests) == 1


# --- failures -------------------------------------------------------------------------------------


@newer_wires
async def test_passing_failure_is_retried_only_before_the_first_word(
    llm: FakeLlm, spoken: SpokenWire
) -> None:
    llm.then(Fail(503), Raw([], cut=True), Say("Third time."))
    assert (await collect(spoken.stream(REQUEST))).text == "Third time."
    llm.then(Say("Half an answer, and then", cut_after=4))
    with pytest.raises(CutMidStream) as caught:
        await collect(spoken.stream(REQUEST))
    assert caught.value.usage
    assert len(llm.requests) == 4


@newer_wires
async def test_wait_that_was_asked_for_is_kept_and_bounded(
    llm: FakeLlm, spoken: SpokenWire
) -> None:
    llm.then(Fail(429, headers={"Retry-After": "0.1"}), Say("Now."))
    start = asyncio.get_running_loop().time()
    await collect(spoken.stream(REQUEST))
    assert asyncio.get_running_loop().time() - start >= 0.1
    llm.then(Fail(429, headers={"Retry-After": "120"}))
    with pytest.raises(RateLimit) as caught:
        await spoken.complete(REQUEST)
    assert (caught.value.retry_after, len(llm.requests)) == (120, 3)


@newer_wires
async def test_key_that_is_not_accepted_is_told_without_the_key(
    llm: FakeLlm, spoken: SpokenWire
) -> None:
    llm.default = Fail(
        401, {"error": {"message": f"bad key {KEY}", "type": "authentication_error"}}
    )
    with pytest.raises(AuthFailed) as caught:
        await collect(spoken.stream(REQUEST))
    assert KEY not in repr(vars(caught.value))
    assert len(llm.requests) == 1


@pytest.mark.parametrize("kind", ["anthropic", "gemini", "yandex"])
async def test_silence_ends_in_an_error_and_a_closed_socket(
    llm: FakeLlm, http: OutgoingHttp, kind: str
) -> None:
    llm.then(Say("word " * 4, hang=True))
    endpoint = Endpoint(llm.origin, SecretStr(KEY), folder="f")
    wire = WIRES[kind](http, endpoint, limits=Limits(idle=0.2))
    with pytest.raises(CutMidStream):
        await collect(wire.stream(REQUEST))
    await llm.wait_disconnect()


@newer_wires
async def test_garbage_and_a_line_of_five_megabytes_end_in_a_clear_error(
    llm: FakeLlm, spoken: SpokenWire
) -> None:
    line = b"x" * 5_000_000
    for body in (
        [b"<html>Welcome</html>"],
        [line],
        [b"data: " + line + b"\n\n"],
        [b"\x00\xff" * 9],
    ):
        llm.default = Raw(body)
        with pytest.raises(LlmError):
            await collect(spoken.stream(REQUEST))


@pytest.mark.parametrize("spoken", ["gemini"], indirect=True)
async def test_overload_in_a_list_is_read_as_overload(llm: FakeLlm, spoken: SpokenWire) -> None:
    error = {"code": 503, "message": "The model is overloaded.", "status": "UNAVAILABLE"}
    llm.default = Fail(503, [{"error": error}])
    with pytest.raises(Overloaded):
        await collect(spoken.stream(REQUEST))


# --- what else there is ---------------------------------------------------------------------------


async def test_gemini_lists_writing_models_and_makes_vectors_in_batches(
    llm: FakeLlm, http: OutgoingHttp
) -> None:
    wire = GeminiWire(http, Endpoint(llm.origin, SecretStr(KEY)))
    assert [(each.id, each.context) for each in await wire.models()] == [("gemini-fake", 1000)]
    made = await wire.embed(
        "embedding-2", [f"text {number}" for number in range(130)], dimensions=256
    )
    assert (len(made.vectors), len(llm.embeddings)) == (130, 2)
    first = llm.embeddings[0]
    assert first.path == "/v1beta/models/embedding-2:batchEmbedContents"
    requests = first.body["requests"]
    assert isinstance(requests, list)
    assert requests[0] == {
        "model": "models/embedding-2", "content": {"parts": [{"text": "text 0"}]},
        "outputDimensionality": 256,
    }  # fmt: skip


@pytest.mark.parametrize("spoken", ["anthropic", "yandex"], indirect=True)
async def test_vectors_that_a_protocol_lacks_are_refused(spoken: SpokenWire) -> None:
    with pytest.raises(NotOffered):
        await spoken.embed("m", ["text"])
    with pytest.raises(NotOffered):
        await spoken.rerank("m", query="q", documents=["d"])
