"""How many tokens something may take, by what models of this process have reported before."""

from collections.abc import Sequence

from besedka.core.runtime import Runtime
from besedka.kernel.llm import tokens
from besedka.kernel.llm.types import ChatRequest, Message
from besedka.kernel.llm.wires.memory import WireMemory


def ceiling(runtime: Runtime, model: str, messages: Sequence[Message]) -> int:
    """Return a number of input tokens that is rarely too small."""
    counted = tokens.count_request(ChatRequest(model, tuple(messages)))
    return runtime.get(WireMemory).ratios.ceiling(model, counted)


def likely(runtime: Runtime, model: str, text: str) -> int:
    """Return about how many tokens a text is."""
    return runtime.get(WireMemory).ratios.likely(model, tokens.count(text))
