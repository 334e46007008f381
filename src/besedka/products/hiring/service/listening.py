"""One question to a model, one JSON object back."""

import asyncio
from dataclasses import replace
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError

from besedka.core.ids import WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.llm import service as llm
from besedka.kernel.llm.errors import BadRequest, ProviderUnreachable, UnknownFailure
from besedka.kernel.llm.types import ChatRequest, TextDelta

PURPOSE: Final = "hiring"
LONGEST_ANSWER: Final = 20_000

Said = TypeVar("Said", bound=BaseModel)


async def listen(
    runtime: Runtime, workspace: WorkspaceId, provider: llm.Provider, request: ChatRequest, *,
    kind: type[Said], seconds: float,
) -> Said:  # fmt: skip
    """Return what a model answers; one that cannot be held to a schema is asked again without. Raises LlmError."""
    try:
        async with asyncio.timeout(seconds):
            words = await _hear(runtime, workspace, provider, request)
    except TimeoutError:
        raise ProviderUnreachable(f"not done after {seconds:.0f} seconds") from None
    try:
        return kind.model_validate_json(words[words.index("{") : words.rindex("}") + 1])
    except (ValueError, ValidationError) as error:
        raise UnknownFailure("the model's answer is not the JSON that was asked for") from error


async def _hear(
    runtime: Runtime, workspace: WorkspaceId, provider: llm.Provider, request: ChatRequest
) -> str:
    try:
        return await _read(runtime, workspace, provider, request)
    except BadRequest:
        return await _read(runtime, workspace, provider, replace(request, response_format=None))


async def _read(
    runtime: Runtime, workspace: WorkspaceId, provider: llm.Provider, request: ChatRequest
) -> str:
    said = ""
    async with llm.open_chat(runtime, workspace, provider, request, purpose=PURPOSE) as opened:
        async for delta in opened:
            said += delta.text if isinstance(delta, TextDelta) else ""
            if len(said) > LONGEST_ANSWER:
                break
    return said
