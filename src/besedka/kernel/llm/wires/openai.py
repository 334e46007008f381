"""The OpenAI chat protocol over the guarded client: OpenAI, and everybody who speaks like it."""

import asyncio
import itertools
import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from functools import partial

from besedka.core.clock import monotonic
from besedka.core.http.apart import Sink, run_apart
from besedka.core.http.client import OutgoingHttp
from besedka.core.http.errors import OutgoingError
from besedka.core.http.response import Response
from besedka.core.http.types import MEBIBYTE, Fetched, Limits
from besedka.kernel.llm import tokens
from besedka.kernel.llm.errors import AuthFailed, BadRequest, CutMidStream, LlmError, UnknownFailure
from besedka.kernel.llm.types import (
    ChatRequest,
    Completion,
    Delta,
    Embedded,
    Finish,
    FinishReason,
    ModelInfo,
    Ranking,
    Usage,
)
from besedka.kernel.llm.wires.base import Endpoint, collect
from besedka.kernel.llm.wires.failures import clean, from_outgoing, read_problem
from besedka.kernel.llm.wires.memory import WireMemory
from besedka.kernel.llm.wires.openai_read import AnswerReader
from besedka.kernel.llm.wires.openai_vectors import read_embeddings, read_ranking
from besedka.kernel.llm.wires.openai_write import Payload, find_objection, write_request, yield_to
from besedka.kernel.llm.wires.retry import Retry
from besedka.kernel.llm.wires.shape import items, mapping, whole, words
from besedka.kernel.llm.wires.sse import EventSplitter

LIMITS = Limits(max_bytes=32 * MEBIBYTE, connect=10.0, idle=120.0, total=900.0)
"""A model may think for a while before its first word, and a long answer takes minutes."""

_ERROR_BYTES = 65_536
_OK = range(200, 300)
_MAY_BE_LONG = 20_000
_LEAST_SECRET = 8
# A server that has said [DONE] needs a moment to end its answer; then the connection can be kept.
_FAREWELL_SECONDS = 0.25
_ENDPOINT_SUFFIXES = ("/chat/completions", "/completions", "/models", "/embeddings", "/rerank")


class OpenAiWire:
    """Speaks to one endpoint. Cheap to make; `http` and `memory` are shared by all wires of a process."""

    def __init__(
        self,
        http: OutgoingHttp,
        endpoint: Endpoint,
        *,
        retry: Retry | None = None,
        limits: Limits = LIMITS,
        memory: WireMemory | None = None,
    ) -> None:
        self._http = http
        self._base, self._query = _split_base(endpoint.base_url)
        self._endpoint = endpoint
        self._retry = retry or Retry()
        self._limits = limits
        self._memory = memory or WireMemory()

    def stream(self, request: ChatRequest) -> AsyncGenerator[Delta, None]:
        """Yield the answer as it is made, see Wire. Runs in a task of its own."""
        return run_apart(partial(self._answer, request, write_request(request, stream=True)))

    async def complete(self, request: ChatRequest) -> Completion:
        """Return the whole answer. Raises LlmError."""
        payload = write_request(request, stream=False)
        return await collect(run_apart(partial(self._answer, request, payload)))

    async def embed(
        self, model: str, texts: Sequence[str], *, dimensions: int | None = None
    ) -> Embedded:
        """Return a vector for each text, all asked for at once. Raises LlmError."""
        payload: Payload = {"model": model, "input": list(texts), "encoding_format": "float"}
        if dimensions is not None:
            payload["dimensions"] = dimensions
        document = await self._ask_again("/embeddings", payload)
        return read_embeddings(document, texts, guess=self._likely(model, texts))

    async def rerank(self, model: str, *, query: str, documents: Sequence[str]) -> Ranking:
        """Return the documents by relevance: the shape of Jina, Cohere and those who speak like them. Raises LlmError."""
        payload: Payload = {
            "model": model, "query": query, "documents": list(documents), "top_n": len(documents),
        }  # fmt: skip
        document = await self._ask("POST", "/rerank", payload)
        guess = self._likely(model, [query, *documents])
        return read_ranking(document, documents=len(documents), guess=guess)

    def _likely(self, model: str, texts: Sequence[str]) -> int:
        return self._memory.ratios.likely(model, sum(map(tokens.count, texts)))

    async def _ask_again(self, path: str, payload: Payload) -> object:
        """Ask for one JSON document, and again after a failure that may pass."""
        started = monotonic()
        for attempt in itertools.count(1):
            try:
                return await self._ask("POST", path, payload)
            except LlmError as error:
                pause = self._retry.wait(error, attempt=attempt, elapsed=monotonic() - started)
                if pause is None:
                    raise
            await asyncio.sleep(pause)
        raise AssertionError  # the count has no end

    async def models(self) -> tuple[ModelInfo, ...]:
        """Return what the endpoint lists, in its order. Raises LlmError."""
        listed = await self._ask("GET", "/models", None)
        outer = mapping(listed)
        rows = listed if isinstance(listed, list) else outer.get("data") or outer.get("models")
        return tuple(info for row in items(rows) if (info := _model(mapping(row))).id)

    async def _answer(self, request: ChatRequest, payload: Payload, sink: Sink[Delta]) -> None:
        """Ask, and ask again after a failure that may pass, until the first delta is out."""
        started = monotonic()
        for attempt in itertools.count(1):
            reader = AnswerReader()
            try:
                await self._call(request, payload, reader, sink)
            except LlmError as error:
                failure = self._told(error, request, reader)
            else:
                return
            pause = self._retry.wait(failure, attempt=attempt, elapsed=monotonic() - started)
            if self._gives_way(request, payload, failure):
                pause = 0.0
            if reader.said or pause is None:
                raise failure
            await asyncio.sleep(pause)

    def _gives_way(self, request: ChatRequest, payload: Payload, failure: LlmError) -> bool:
        """Whether the provider objected to a setting that the next try will leave out."""
        known = self._memory.objections(self._base, request.model)
        objection = find_objection(yield_to(payload, known), failure)
        if objection is None or not isinstance(failure, BadRequest):
            return False
        self._memory.note_objection(self._base, request.model, setting=objection)
        return True

    async def _call(
        self, request: ChatRequest, payload: Payload, reader: AnswerReader, sink: Sink[Delta]
    ) -> None:
        try:
            await self._exchange(request, payload, reader, sink)
        except OutgoingError as error:
            failure = from_outgoing(error)
        else:
            return
        if not reader.complete:
            raise CutMidStream(failure.detail) if reader.said else failure
        # It broke after the model had said that this is all.
        await sink.put(self._end(request, reader))

    async def _exchange(
        self, request: ChatRequest, payload: Payload, reader: AnswerReader, sink: Sink[Delta]
    ) -> None:
        async with self._http.stream(
            "POST",
            self._url("/chat/completions"),
            headers=self._headers(),
            json=yield_to(payload, self._memory.objections(self._base, request.model)),
            limits=self._limits,
        ) as response:
            if response.status not in _OK:
                body = await response.read_start(_ERROR_BYTES)
                raise read_problem(response.status, body, headers=response.headers).to_error()
            await _read_answer(reader, response, sink)
            await sink.put(self._end(request, reader))
            await _farewell(response)

    def _end(self, request: ChatRequest, reader: AnswerReader) -> list[Delta]:
        if not reader.complete:
            raise CutMidStream("the stream ended early")
        usage = reader.usage or self._guess(request, reader)
        if not usage.estimated and sum(len(m.text) for m in request.messages) < _MAY_BE_LONG:
            counted = tokens.count_request(request)
            self._memory.ratios.observe(request.model, counted=counted, reported=usage.input)
        return [usage, reader.finish or Finish(FinishReason.UNKNOWN)]

    def _guess(self, request: ChatRequest, reader: AnswerReader) -> Usage:
        return Usage(
            input=self._memory.ratios.likely(request.model, tokens.count_request(request)),
            output=self._memory.ratios.likely(request.model, tokens.count("".join(reader.said))),
            estimated=True,
        )

    def _told(self, error: LlmError, request: ChatRequest, reader: AnswerReader) -> LlmError:
        """Blot the key out of an error, and say what a part that was already given has taken."""
        error.detail = clean(error.detail, self._secrets())
        if reader.said:
            error.usage = reader.usage or self._guess(request, reader)
        return error

    async def _ask(self, method: str, path: str, payload: Payload | None) -> object:
        """Ask for one JSON document."""
        try:
            fetched = await self._http.send(
                method, self._url(path), headers=self._headers(), json=payload, limits=self._limits
            )
        except OutgoingError as error:
            failure = from_outgoing(error)
        else:
            return self._document(fetched)
        raise failure

    def _document(self, fetched: Fetched) -> object:
        if not fetched.ok:
            raise read_problem(fetched.status, fetched.body, headers=fetched.headers).to_error(
                self._secrets()
            )
        try:
            document = fetched.json()
        except ValueError:
            raise UnknownFailure("the answer is no JSON", provider_status=fetched.status) from None
        if mapping(document).get("error"):
            raise read_problem(fetched.status, document).to_error(self._secrets())
        return document

    def _url(self, path: str) -> str:
        return f"{self._base}{path}{self._query}"

    def _secrets(self) -> tuple[str, ...]:
        others = (value for value in self._endpoint.headers.values() if len(value) >= _LEAST_SECRET)
        return (self._endpoint.api_key.get_secret_value().strip(), *others)

    def _headers(self) -> Mapping[str, str]:
        key = self._endpoint.api_key.get_secret_value().strip()
        if not (key.isascii() and key.isprintable()):
            raise AuthFailed("the key has characters that no key has")
        return (
            {"Authorization": f"Bearer {key}", **self._endpoint.headers}
            if key
            else self._endpoint.headers
        )


async def _read_answer(reader: AnswerReader, response: Response, sink: Sink[Delta]) -> None:
    """Read events, or the one document of a server that does not stream: its Content-Type often lies."""
    splitter = EventSplitter()
    before: list[bytes] | None = []
    async for chunk in response.iter_bytes():
        for name, data in splitter.feed(chunk):
            before = None
            if deltas := reader.read_event(name, data):
                await sink.put(deltas)
        if before is not None:
            before.append(chunk)
        if reader.done:
            return
    for name, data in splitter.flush():
        before = None
        await sink.put(reader.read_event(name, data))
    if before:
        await sink.put(_read_document(reader, b"".join(before)))


def _read_document(reader: AnswerReader, body: bytes) -> list[Delta]:
    try:
        document = json.loads(body)
    except ValueError:
        problem = read_problem(0, body)
    else:
        first = mapping(document[0] if isinstance(document, list) and document else document)
        deltas = reader.read_object(first)
        reader.done = isinstance(first.get("choices"), list)
        return deltas
    if body.lstrip().startswith((b"{", b"[", b":", b"event:")):
        raise CutMidStream("unreadable answer")
    raise UnknownFailure(problem.message)


async def _farewell(response: Response) -> None:
    """Let the server end its answer, so that the connection can serve the next one."""
    try:
        async with asyncio.timeout(_FAREWELL_SECONDS):
            async for _ in response.iter_bytes():
                pass
    except (TimeoutError, OutgoingError):
        return


def _model(entry: Mapping[str, object]) -> ModelInfo:
    places = ("context_length", "context_window", "max_model_len", "max_context_length")
    sizes = (whole(entry.get(key)) for key in places)
    return ModelInfo(
        id=words(entry.get("id")) or words(entry.get("name")),
        context=next((size for size in sizes if size), None),
    )


def _split_base(base_url: str) -> tuple[str, str]:
    """Return the base address and its query, from what people paste: with or without /v1 or an endpoint."""
    address, mark, query = base_url.strip().partition("?")
    address = address.rstrip("/")
    for suffix in _ENDPOINT_SUFFIXES:
        address = address.removesuffix(suffix)
    _, _, place = address.partition("://")
    return (address if "/" in place else f"{address}/v1"), mark + query
