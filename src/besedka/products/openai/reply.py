"""One answer on its way to the caller: in one piece, or as server-sent events."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from fastapi import Request

from besedka.core import clock, problems
from besedka.core.errors import BesedkaError, Unavailable
from besedka.core.i18n import Locale
from besedka.core.ids import new_id
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Identity
from besedka.kernel.answers.types import Draft
from besedka.products.openai import service
from besedka.products.openai.routes import described
from besedka.products.openai.schemas import (
    Annotation,
    Answered,
    AssistantMessage,
    Choice,
    Chunk,
    ChunkChoice,
    Completion,
    Delta,
)
from besedka.products.openai.service import Asked

DONE: Final = b"data: [DONE]\n\n"


@dataclass(slots=True)
class Reply:
    """An answer to be made."""

    runtime: Runtime
    identity: Identity
    asked: Asked
    locale: Locale
    id: str = field(default_factory=lambda: f"chatcmpl-{new_id().hex}")
    created: int = field(default_factory=lambda: int(clock.now().timestamp()))
    _made: asyncio.Queue[str | Draft | BesedkaError] = field(default_factory=asyncio.Queue)

    async def whole(self) -> Completion:
        """Return the answer in one piece."""
        draft = await service.answer(self.runtime, self.identity, self.asked, locale=self.locale)
        said = AssistantMessage(
            content=draft.text, annotations=self._annotations(draft, draft.text)
        )
        return Completion(
            id=self.id, created=self.created, model=str(self.asked.who.id), choices=[Choice(message=said)],
            usage=await service.usage_of(self.runtime, self.identity, draft), besedka=_answered(draft),
        )  # fmt: skip

    async def events(self, request: Request, *, wants_usage: bool) -> AsyncIterator[bytes]:
        """Yield the answer as it is made; when the caller goes away the model is stopped."""
        work = self.runtime.background.spawn(self._work(), name=f"completion {self.id}")
        try:
            yield _event(self._chunk(Delta(role="assistant", content="")))
            said = ""
            while isinstance(made := await self._made.get(), str):
                said += made
                yield _event(self._chunk(Delta(content=made)))
            if isinstance(made, BesedkaError):
                yield _data({"error": described(problems.from_error(request, made))})
                return
            rest = _unsaid(made.text, said)
            if rest:
                yield _event(self._chunk(Delta(content=rest)))
            yield _event(self._last(made, said + rest))
            if wants_usage:
                yield _event(await self._usage(made))
            yield DONE
        finally:
            work.cancel()

    async def _work(self) -> None:
        try:
            draft = await service.answer(
                self.runtime, self.identity, self.asked, locale=self.locale,
                on_text=lambda _, piece: self._made.put_nowait(piece),
            )  # fmt: skip
        except BesedkaError as error:
            self._made.put_nowait(error)
        except Exception:
            self._made.put_nowait(Unavailable())
            raise
        else:
            self._made.put_nowait(draft)

    def _chunk(self, delta: Delta) -> Chunk:
        return Chunk(
            id=self.id, created=self.created, model=str(self.asked.who.id),
            choices=[ChunkChoice(delta=delta)],
        )  # fmt: skip

    def _last(self, draft: Draft, said: str) -> Chunk:
        chunk = self._chunk(Delta(annotations=self._annotations(draft, said) or None))
        chunk.choices[0].finish_reason = "stop"
        chunk.besedka = _answered(draft)
        return chunk

    async def _usage(self, draft: Draft) -> Chunk:
        chunk = self._chunk(Delta())
        chunk.choices = []
        chunk.usage = await service.usage_of(self.runtime, self.identity, draft)
        return chunk

    def _annotations(self, draft: Draft, said: str) -> list[Annotation]:
        base = f"{self.runtime.settings.base_url}/w/{self.identity.workspace_slug}"
        return service.annotations(said, draft.citations, base=base, assistant=self.asked.who.id)


def _unsaid(text: str, said: str) -> str:
    """Return what of an answer was not streamed.

    A model that was cut leaves its words standing, and the answer that stands in follows them.
    """
    if not said:
        return text
    return "" if said.strip() == text else f"\n\n{text}"


def _answered(draft: Draft) -> Answered:
    return Answered(mode=draft.mode, confidence=round(draft.confidence, 3), handoff=draft.handoff)


def _event(chunk: Chunk) -> bytes:
    return b"data: " + chunk.model_dump_json(exclude_none=True).encode() + b"\n\n"


def _data(said: Mapping[str, object]) -> bytes:
    return f"data: {json.dumps(said, ensure_ascii=False)}\n\n".encode()
