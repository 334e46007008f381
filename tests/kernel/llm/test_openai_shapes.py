"""Answers as real servers shape them, hand-made; each is read whole, in shreds and with other line ends."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from besedka.kernel.llm.errors import ErrorKind, LlmError
from besedka.kernel.llm.types import FinishReason, ReasoningDelta, Usage
from besedka.kernel.llm.wires.base import Collector, collect
from besedka.kernel.llm.wires.openai import OpenAiWire
from tests.fakes.llm import FakeLlm, Raw
from tests.kernel.llm.conftest import REQUEST

FOLDER = Path(__file__).parent / "fixtures" / "openai"
ANSWERS = {path.stem: path.read_bytes() for path in FOLDER.glob("*.txt")}


@dataclass(frozen=True)
class Expected:
    text: str = ""
    finish: FinishReason = FinishReason.STOP
    usage: Usage | None = None
    reasoning: str = ""
    refusal: str = ""
    tools: Sequence[tuple[str, str]] = ()


TOOLS = [("find", '{"q":"ё"}'), ("count", "{}")]
GOOD = {
    "plain": Expected("Беседка — это 🏡.", usage=Usage(12, 7, cached_input=4, reasoning=2)),
    "keep_alive_and_azure_first_chunk": Expected("Да.", FinishReason.CONTENT_FILTER),
    "usage_counts_up": Expected("one two three", usage=Usage(9, 3)),
    "several_objects_in_one_event": Expected("abcd", usage=Usage(1, 4)),
    "reasoning_deepseek": Expected(
        "Yes.", usage=Usage(5, 6, cached_input=3), reasoning="Hmm, yes."
    ),
    "reasoning_twice_named": Expected("Done", reasoning="Thinking"),
    "content_in_parts": Expected("Answer!", FinishReason.LENGTH, reasoning="First second"),
    "tools_numbered": Expected(finish=FinishReason.TOOL_CALLS, tools=TOOLS),
    "tools_all_numbered_zero": Expected(tools=TOOLS),
    "tools_without_numbers": Expected(finish=FinishReason.TOOL_CALLS, tools=TOOLS),
    "old_function_call": Expected(finish=FinishReason.TOOL_CALLS, tools=[("find", '{"q":1}')]),
    "escaped_halves": Expected("огонь 🔥! lone \ufffd."),
    "several_choices": Expected("first"),
    "refusal": Expected(refusal="I cannot do that."),
    "finish_without_done": Expected("All.", usage=Usage(3, 1)),
    "done_without_finish": Expected("4", FinishReason.UNKNOWN),
    "empty": Expected(usage=Usage(4, 0)),
    "document_instead_of_stream": Expected("Whole.", usage=Usage(6, 2)),
}
BAD = {
    "error_in_stream": (ErrorKind.OVERLOADED, "Half an"),
    "error_as_string": (ErrorKind.RATE_LIMIT, ""),
    "error_beside_choices": (ErrorKind.OVERLOADED, ""),
    "error_in_words": (ErrorKind.OVERLOADED, ""),
    "error_in_a_list": (ErrorKind.AUTH, ""),
    "error_of_old_vllm": (ErrorKind.CONTEXT_TOO_LONG, ""),
    "gave_up": (ErrorKind.OVERLOADED, "Half"),
    "torn": (ErrorKind.CUT_MID_STREAM, "Half an answ"),
    "ended_early": (ErrorKind.CUT_MID_STREAM, "Half"),
    "wrong_page": (ErrorKind.UNKNOWN, ""),
}


def shreds(size: int) -> Callable[[bytes], list[bytes]]:
    return lambda body: [body[start : start + size] for start in range(0, len(body), size)]


DELIVERIES: dict[str, Callable[[bytes], list[bytes]]] = {
    "whole": lambda body: [body],
    "shreds": shreds(11),
    "crlf": lambda body: shreds(13)(body.replace(b"\n", b"\r\n")),
    "cr": lambda body: [body.replace(b"\n", b"\r")],
    "no space, byte order mark": lambda body: [b"\xef\xbb\xbf" + body.replace(b"data: ", b"data:")],
}


def test_every_fixture_is_expected_somewhere() -> None:
    assert ANSWERS.keys() == GOOD.keys() | BAD.keys()


@pytest.mark.parametrize("delivery", DELIVERIES)
@pytest.mark.parametrize("name", GOOD)
async def test_answer_is_read_as_meant(
    llm: FakeLlm, wire: OpenAiWire, name: str, delivery: str
) -> None:
    llm.then(Raw(DELIVERIES[delivery](ANSWERS[name])))
    answer = await collect(wire.stream(REQUEST))
    expected = GOOD[name]
    assert answer.text == expected.text
    assert answer.reasoning == expected.reasoning
    assert answer.refusal == expected.refusal
    assert answer.finish.reason is expected.finish
    assert [(call.name, call.arguments) for call in answer.tool_calls] == list(expected.tools)
    assert answer.usage == (expected.usage or answer.usage)
    assert answer.usage.estimated is (expected.usage is None)


@pytest.mark.parametrize("delivery", DELIVERIES)
@pytest.mark.parametrize("name", BAD)
async def test_failure_inside_a_good_status_is_told_after_the_words_before_it(
    llm: FakeLlm, wire: OpenAiWire, name: str, delivery: str
) -> None:
    llm.default = Raw(DELIVERIES[delivery](ANSWERS[name]))
    collector = Collector()
    with pytest.raises(LlmError) as caught:
        await _read_into(collector, wire)
    kind, text = BAD[name]
    assert caught.value.kind is kind
    assert collector.text() == text
    assert (caught.value.usage is not None) is bool(text)


async def _read_into(collector: Collector, wire: OpenAiWire) -> None:
    async for delta in wire.stream(REQUEST):
        collector.add(delta)


async def test_thoughts_come_before_the_words(llm: FakeLlm, wire: OpenAiWire) -> None:
    llm.then(Raw([ANSWERS["reasoning_deepseek"]]))
    kinds = [type(delta).__name__ async for delta in wire.stream(REQUEST)]
    assert kinds == [ReasoningDelta.__name__] * 2 + ["TextDelta", "Usage", "Finish"]
