"""Letting a model speak: piece by piece, bounded in time and length, and as plain text."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from besedka.core.ids import WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.conversations.types import LONGEST_BODY
from besedka.kernel.llm import service as llm
from besedka.kernel.llm.errors import ProviderUnreachable, UnknownFailure
from besedka.kernel.llm.types import ChatRequest, Message, TextDelta
from besedka.products.copilot.types import SECONDS, Purpose

OnText = Callable[[str], None]
"""Called with each piece of a text as it is made."""
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_FENCE = re.compile(r"</?(?:text|dialog|passages|visitor) [a-z]{4}>\n?")


def unheard(_piece: str) -> None:
    """Take a piece that nobody waits for."""


@dataclass(frozen=True, slots=True)
class Call:
    """What is asked of whom, for what, and for how many tokens at most; an empty `model` means the provider's own."""

    provider: llm.Provider
    messages: tuple[Message, ...]
    purpose: Purpose
    most: int
    model: str = ""

    @property
    def request(self) -> ChatRequest:
        """The request to the provider."""
        model = self.model or self.provider.default_model
        return ChatRequest(model=model, messages=self.messages, max_tokens=self.most)


async def speak(
    runtime: Runtime, workspace: WorkspaceId, call: Call, on_text: OnText = unheard
) -> tuple[str, UUID]:
    """Return what a model says, with the record of the call. Raises LlmError.

    Cancelling ends the provider's call at once.
    """
    try:
        async with asyncio.timeout(SECONDS):
            said, run_id = await _listen(runtime, workspace, call, on_text)
    except TimeoutError:
        raise ProviderUnreachable(f"not done after {SECONDS:.0f} seconds") from None
    text = plain(said)
    if not text:
        raise UnknownFailure("the model said nothing")
    return text, run_id


async def _listen(
    runtime: Runtime, workspace: WorkspaceId, call: Call, on_text: OnText
) -> tuple[str, UUID]:
    said = ""
    async with llm.open_chat(
        runtime, workspace, call.provider, call.request, purpose=call.purpose
    ) as opened:
        async for delta in opened:
            if isinstance(delta, TextDelta):
                said += delta.text
                on_text(delta.text)
            if len(said) > LONGEST_BODY:
                break
    return said, opened.run_id


def plain(text: str) -> str:
    """Return a model's words as a text that can be sent: no control characters, none of our own marks."""
    return _FENCE.sub("", _CONTROL.sub("", text)).strip()[:LONGEST_BODY]
