"""Answers of the newer wires as servers shape and spoil them, hand-made; each read whole, in shreds and with other line ends."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

import pytest
from pydantic import SecretStr

from besedka.core.http.client import OutgoingHttp
from besedka.kernel.llm.errors import ErrorKind, LlmError
from besedka.kernel.llm.types import Delta, FinishReason, ReasoningDelta, Usage
from besedka.kernel.llm.wires.base import Collector, Endpoint, collect
from besedka.kernel.llm.wires.retry import Retry
from tests.fakes.llm import FakeLlm, Raw
from tests.kernel.llm.conftest import REQUEST, WIRES

F, K = FinishReason, ErrorKind
WAYS = {"whole": (None, b"\n"), "shreds": (7, b"\n"), "bytes_crlf": (1, b"\r\n")}


@dataclass(frozen=True)
class Good:
    kind: str
    body: str
    text: str = ""
    finish: FinishReason = F.STOP
    usage: Usage | None = None
    reasoning: str = ""
    tools: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Bad:
    kind: str
    body: str
    error: ErrorKind
    text: str = ""
    usage: Usage | None = None


START = (
    'data: {"type":"message_start","message":{"usage":{"input_tokens":9,"output_tokens":1%s}}}\n\n'
)
HALF = (
    START
    % ""
    + 'data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}\n\n'
    'data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Да, 🏡"}}\n\n'
)
END = (
    'data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":4}}\n\n'
    'data: {"type":"message_stop"}\n\n'
)
PART = 'data: {"candidates":[{"content":{"parts":[{"text":"%s"}]}%s}]%s}\n\n'
COUNT = ',"usageMetadata":{"promptTokenCount":8,"totalTokenCount":8}'
LINE = '{"result":{"alternatives":[{"message":{"role":"assistant","text":"%s"},"status":"ALTERNATIVE_STATUS_%s"}]%s}}\n'
COUNTED = ',"usage":{"inputTextTokens":"8","completionTokens":"3","completionTokensDetails":{"reasoningTokens":"1"}}'

GOOD = {
    "anthropic_with_cache_and_unknown_events": Good(
        "anthropic",
        ": hello\n\n" + START % ',"cache_read_input_tokens":5,"cache_creation_input_tokens":2'
        + 'event: ping\ndata: {"type":"ping"}\n\nevent: new_thing\ndata: {"type":"new_thing","x":[1]}\n\n'
        + 'data: {"type":"content_block_start","index":0,"content_block":{"type":"magic"}}\n\n'
        + 'data: {"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{"}}\n\n'
        + 'data: {"type":"content_block_delta","delta":{"type":"text_delta","text":"Да."}}\n\ndata: {}\n\ndata: 7\n\n'
        + END,
        "Да.", usage=Usage(16, 4, cached_input=5),
    ),
    "anthropic_types_only_in_event_names": Good(
        "anthropic",
        'event: content_block_delta\ndata: {"delta":{"type":"text_delta","text":"Hi"}}\n\n'
        'event: message_delta\ndata: {"delta":{"stop_reason":"stop_sequence"},"usage":{"input_tokens":3,"output_tokens":1}}\n\n',
        "Hi", usage=Usage(3, 1),
    ),
    "anthropic_tool_of_the_provider_reads_on": Good(
        "anthropic",
        HALF + 'data: {"type":"message_delta","delta":{"stop_reason":"max_tokens"},"usage":{"input_tokens":30,"output_tokens":7}}\n\n',
        "Да, 🏡", F.LENGTH, Usage(9, 7, further_input=21),
    ),
    "anthropic_thought_and_tools_without_arguments": Good(
        "anthropic",
        START % "" + 'data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":""}}\n\n'
        'data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Hm"}}\n\n'
        'data: {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"abc"}}\n\n'
        'data: {"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"a","name":"now","input":{}}}\n\n'
        'data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":""}}\n\n'
        'data: {"type":"content_block_stop","index":1}\n\n'
        'data: {"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":4}}\n\n',
        "", F.TOOL_CALLS, Usage(9, 4), "Hm", [("now", "{}")],
    ),
    "anthropic_document_instead_of_a_stream": Good(
        "anthropic",
        '{"type":"message","content":[{"type":"text","text":"Whole."}],"stop_reason":"refusal",\n'
        '"usage":{"input_tokens":1,"output_tokens":2}}',
        "Whole.", F.CONTENT_FILTER, Usage(1, 2),
    ),
    "gemini_counts_last_and_thoughts": Good(
        "gemini",
        'data: {"candidates":[{"content":{"parts":[{"text":"Hm","thought":true},{"text":""}]}}],"usageMetadata":{"promptTokenCount":99}}\n\n'
        + PART % ("Да, ", "", COUNT) + PART % ("🏡", ',"finishReason":"STOP","index":0', "")
        + 'data: {"usageMetadata":{"promptTokenCount":8,"candidatesTokenCount":3,"thoughtsTokenCount":2,'
        '"cachedContentTokenCount":6,"toolUsePromptTokenCount":4}}\n\n',
        "Да, 🏡", usage=Usage(8, 5, cached_input=6, reasoning=2, further_input=4), reasoning="Hm",
    ),
    "gemini_tools_and_unknown_parts": Good(
        "gemini",
        'data: {"candidates":[{"content":{"parts":[{"executableCode":{"code":"1"}},{"functionCall":{"name":"find","args":{"q":1}}},'
        '{"functionCall":{"name":"now"}},7,{"text":null}]},"finishReason":"STOP"},{"index":1,"content":{"parts":[{"text":"no"}]}}]'
        ',"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":2}}\n\n',
        "", F.TOOL_CALLS, Usage(1, 2), tools=[("find", '{"q": 1}'), ("now", "{}")],
    ),
    "gemini_list_without_events": Good(
        "gemini",
        '[{"candidates":[{"content":{"parts":[{"text":"a"}]}}]},\n{"candidates":[{"content":{"parts":[{"text":"b"}]},"finishReason":"NEW"}],'
        '"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":2}}]',
        "ab", F.UNKNOWN, Usage(1, 2),
    ),
    "gemini_nothing_said_at_the_limit": Good(
        "gemini", 'data: {"candidates":[{"finishReason":"MAX_TOKENS"}],"usageMetadata":{"promptTokenCount":8,"thoughtsTokenCount":7}}\n\n',
        "", F.LENGTH, Usage(8, 7, reasoning=7),
    ),
    "yandex_whole_text_each_time": Good(
        "yandex",
        LINE % ("Да", "PARTIAL", "") + "\n" + LINE % ("Да, 🏡", "PARTIAL", "") + LINE % ("Да, 🏡!", "FINAL", COUNTED),
        "Да, 🏡!", usage=Usage(8, 3, reasoning=1),
    ),
    "yandex_only_what_is_new": Good(
        "yandex", LINE % ("a", "PARTIAL", "") + "garbage\n" + LINE % ("b", "TRUNCATED_FINAL", COUNTED), "ab", F.LENGTH, Usage(8, 3, reasoning=1)
    ),
    "yandex_as_events_without_a_wrapper": Good(
        "yandex",
        'data: {"alternatives":[{"message":{"text":"Hi"},"status":"ALTERNATIVE_STATUS_CONTENT_FILTER"}]' + COUNTED + "}\n\n",
        "Hi", F.CONTENT_FILTER, Usage(8, 3, reasoning=1),
    ),
    "yandex_document_over_several_lines": Good(
        "yandex",
        '{\n "result": {\n  "alternatives": [\n   {"message": {"toolCallList": {"toolCalls": [\n    {"functionCall": {"name": "now"}}\n   ]}},\n'
        '   "status": "ALTERNATIVE_STATUS_TOOL_CALLS"}\n  ]' + COUNTED + "\n }\n}\n",
        "", F.TOOL_CALLS, Usage(8, 3, reasoning=1), tools=[("now", "{}")],
    ),
}  # fmt: skip
BAD = {
    "anthropic_overloaded_in_the_middle": Bad(
        "anthropic", HALF + 'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n',
        K.OVERLOADED, "Да, 🏡", Usage(9, 1),
    ),
    "anthropic_ended_early": Bad("anthropic", HALF, K.CUT_MID_STREAM, "Да, 🏡", Usage(9, 1)),
    "anthropic_torn": Bad("anthropic", HALF + 'data: {"type":"content_bl', K.CUT_MID_STREAM, "Да, 🏡"),
    "anthropic_error_document": Bad("anthropic", '{"type":"error","error":{"type":"rate_limit_error","message":"x"}}', K.RATE_LIMIT),
    "anthropic_another_document": Bad("anthropic", '{"hello": 1}', K.UNKNOWN),
    "anthropic_no_room_left": Bad(
        "anthropic", 'data: {"error":{"message":"input length and `max_tokens` exceed context limit: 9 + 8 > 16, decrease input length"}}\n\n',
        K.CONTEXT_TOO_LONG,
    ),
    "gemini_blocked": Bad("gemini", 'data: {"promptFeedback":{"blockReason":"NEW_REASON"}}\n\n', K.REFUSED),
    "gemini_ended_early": Bad("gemini", PART % ("Да", "", COUNT), K.CUT_MID_STREAM, "Да", Usage(8, 2, estimated=True)),
    "gemini_error_in_the_middle": Bad(
        "gemini", PART % ("Да", "", "") + 'data: {"error":{"code":429,"message":"x","status":"RESOURCE_EXHAUSTED"}}\n\n', K.RATE_LIMIT, "Да"
    ),
    "gemini_not_from_here": Bad(
        "gemini", '{"error":{"code":400,"message":"User location is not supported for the API use.","status":"FAILED_PRECONDITION"}}', K.AUTH
    ),
    "gemini_empty": Bad("gemini", "{}", K.UNKNOWN),
    "yandex_error_in_the_middle": Bad(
        "yandex", LINE % ("Да", "PARTIAL", "") + '{"error":{"grpcCode":8,"httpCode":429,"message":"quota limit exceed"}}\n', K.RATE_LIMIT, "Да"
    ),
    "yandex_bare_error": Bad("yandex", '{"code":3,"message":"number of input tokens must be no more than 8, got 9"}', K.CONTEXT_TOO_LONG),
    "yandex_ended_early": Bad("yandex", LINE % ("Да", "PARTIAL", COUNTED), K.CUT_MID_STREAM, "Да", Usage(8, 3, reasoning=1)),
    "yandex_torn": Bad("yandex", LINE % ("Да", "PARTIAL", "") + '{"result":{"alter', K.CUT_MID_STREAM, "Да"),
    "yandex_nothing": Bad("yandex", "", K.CUT_MID_STREAM),
}  # fmt: skip


async def _read_to_its_failure(
    deltas: AsyncGenerator[Delta, None], collector: Collector
) -> LlmError:
    try:
        async for delta in deltas:
            collector.add(delta)
    except LlmError as error:
        return error
    raise AssertionError("there was no failure")


def _raw(body: str, way: str) -> Raw:
    size, line_end = WAYS[way]
    data = body.replace("\n", line_end.decode()).encode()
    size = size or len(data) or 1
    return Raw([data[start : start + size] for start in range(0, len(data), size)])


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", GOOD)
async def test_answer_is_read_however_it_arrives(
    llm: FakeLlm, http: OutgoingHttp, name: str, way: str
) -> None:
    good = GOOD[name]
    llm.then(_raw(good.body, way))
    wire = WIRES[good.kind](http, Endpoint(llm.origin, SecretStr("key"), folder="f"))
    answer = await collect(wire.stream(REQUEST))
    assert (answer.text, answer.reasoning) == (good.text, good.reasoning)
    assert (answer.finish.reason, answer.usage) == (good.finish, good.usage)
    assert [(call.name, call.arguments) for call in answer.tool_calls] == list(good.tools)
    assert len(llm.requests) == 1


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", BAD)
async def test_failure_is_told_apart_and_keeps_what_was_said(
    llm: FakeLlm, http: OutgoingHttp, name: str, way: str
) -> None:
    bad = BAD[name]
    llm.then(_raw(bad.body, way))
    endpoint = Endpoint(llm.origin, SecretStr("key"), folder="f")
    deltas = WIRES[bad.kind](http, endpoint, retry=Retry(attempts=1)).stream(REQUEST)
    collector = Collector()
    error = await _read_to_its_failure(deltas, collector)
    assert (error.kind, collector.text()) == (bad.error, bad.text)
    assert collector.text(ReasoningDelta) == ""
    assert bad.usage is None or error.usage == bad.usage
