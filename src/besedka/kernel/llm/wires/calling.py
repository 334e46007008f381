"""Calling a provider, the same for every protocol: tries, cancelling, errors without keys, counts that are missing."""

import asyncio
import itertools
import json
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

from besedka.core.clock import monotonic
from besedka.core.http.apart import Sink, run_apart
from besedka.core.http.errors import OutgoingError
from besedka.core.http.types import MEBIBYTE, Fetched, Limits
from besedka.kernel.llm import tokens
from besedka.kernel.llm.errors import AuthFailed, BadRequest, CutMidStream, LlmError, UnknownFailure
from besedka.kernel.llm.types import ChatRequest, Completion, Delta, Finish, FinishReason, Usage
from besedka.kernel.llm.wires.base import Endpoint, collect
from besedka.kernel.llm.wires.failures import clean, from_outgoing, read_problem
from besedka.kernel.llm.wires.memory import WireMemory
from besedka.kernel.llm.wires.reading import Reader
from besedka.kernel.llm.wires.retry import Retry
from besedka.kernel.llm.wires.shape import mapping

if TYPE_CHECKING:
    from besedka.core.http.client import OutgoingHttp
    from besedka.core.http.response import Response

LIMITS = Limits(max_bytes=32 * MEBIBYTE, connect=10.0, idle=120.0, total=900.0)
"""A model may think for a while before its first word, and a long answer takes minutes."""

Payload = dict[str, object]

_ERROR_BYTES = 65_536
_OK = range(200, 300)
_MAY_BE_LONG = 20_000
_LEAST_SECRET = 8
# A server that has said its last word needs a moment to end its answer; then the connection can be kept.
_FAREWELL_SECONDS = 0.25


class FindObjection(Protocol):
    """Returns the setting of a request that a server complained of and that can be given up."""

    def __call__(self, payload: Payload, error: LlmError) -> str | None:
        """Return the setting's name, or None."""
        ...


class YieldTo(Protocol):
    """Returns a request without the settings that a server objected to."""

    def __call__(self, payload: Payload, objections: Iterable[str]) -> Payload:
        """Return the changed request."""
        ...


def _keep_settings(payload: Payload, error: LlmError) -> str | None:
    del payload, error
    return None


def _unchanged(payload: Payload, objections: Iterable[str]) -> Payload:
    del objections
    return payload


@dataclass(frozen=True, slots=True)
class Question:
    """A request as one protocol writes it: where it goes, its body, and who reads the answer."""

    request: ChatRequest
    path: str
    payload: Payload
    new_reader: Callable[[], Reader]
    find_objection: FindObjection = _keep_settings
    yield_to: YieldTo = _unchanged


class Caller:
    """Speaks to one endpoint, whose `address` is a base and a query.

    `auth` makes the headers of a key that was found to be sendable.
    """

    def __init__(
        self, http: "OutgoingHttp", endpoint: Endpoint, *, address: tuple[str, str],
        auth: Callable[[str], Mapping[str, str]], retry: Retry | None = None,
        limits: Limits | None = None, memory: WireMemory | None = None,
    ) -> None:  # fmt: skip
        self._http = http
        self._base, self._query = address
        self._endpoint = endpoint
        self._auth = auth
        self._retry = retry or Retry()
        self._limits = limits or LIMITS
        self._memory = memory or WireMemory()

    def stream(self, question: Question) -> AsyncGenerator[Delta, None]:
        """Yield the answer as it is made, see Wire. Runs in a task of its own."""
        return run_apart(partial(self._answer, question))

    async def complete(self, question: Question) -> Completion:
        """Return the whole answer. Raises LlmError."""
        return await collect(self.stream(question))

    async def ask(self, method: str, path: str, *, payload: Payload | None = None) -> object:
        """Ask for one JSON document. Raises LlmError."""
        try:
            fetched = await self._http.send(
                method, self._url(path), headers=self._headers(), json=payload, limits=self._limits
            )
        except OutgoingError as error:
            failure = from_outgoing(error)
        else:
            return self._document(fetched)
        raise failure

    async def ask_again(self, path: str, payload: Payload) -> object:
        """Ask for one JSON document, and again after a failure that may pass. Raises LlmError."""
        started = monotonic()
        for attempt in itertools.count(1):
            try:
                return await self.ask("POST", path, payload=payload)
            except LlmError as error:
                pause = self._retry.wait(error, attempt=attempt, elapsed=monotonic() - started)
                if pause is None:
                    raise
            await asyncio.sleep(pause)
        raise AssertionError  # the count has no end

    def likely(self, model: str, texts: Sequence[str]) -> int:
        """Return about how many tokens texts are."""
        return self._memory.ratios.likely(model, sum(map(tokens.count, texts)))

    async def _answer(self, question: Question, sink: Sink[Delta]) -> None:
        """Ask, and ask again after a failure that may pass, until the first delta is out."""
        started = monotonic()
        for attempt in itertools.count(1):
            reader = question.new_reader()
            try:
                await self._call(question, reader, sink)
            except LlmError as error:
                failure = self._told(error, question.request, reader)
            else:
                return
            pause = self._retry.wait(failure, attempt=attempt, elapsed=monotonic() - started)
            if self._gives_way(question, failure):
                pause = 0.0
            if reader.said or pause is None:
                raise failure
            await asyncio.sleep(pause)

    def _gives_way(self, question: Question, failure: LlmError) -> bool:
        """Whether the provider objected to a setting that the next try will leave out."""
        model = question.request.model
        known = self._memory.objections(self._base, model)
        objection = question.find_objection(question.yield_to(question.payload, known), failure)
        if objection is None or not isinstance(failure, BadRequest):
            return False
        self._memory.note_objection(self._base, model, setting=objection)
        return True

    async def _call(self, question: Question, reader: Reader, sink: Sink[Delta]) -> None:
        try:
            await self._exchange(question, reader, sink)
        except OutgoingError as error:
            failure = from_outgoing(error)
        else:
            return
        if not reader.complete:
            raise CutMidStream(failure.detail) if reader.said else failure
        # It broke after the model had said that this is all.
        await sink.put(self._end(question.request, reader))

    async def _exchange(self, question: Question, reader: Reader, sink: Sink[Delta]) -> None:
        known = self._memory.objections(self._base, question.request.model)
        async with self._http.stream(
            "POST",
            self._url(question.path),
            headers=self._headers(),
            json=question.yield_to(question.payload, known),
            limits=self._limits,
        ) as response:
            if response.status not in _OK:
                body = await response.read_start(_ERROR_BYTES)
                raise read_problem(response.status, body, headers=response.headers).to_error()
            await _read_answer(reader, response, sink)
            await sink.put(self._end(question.request, reader))
            await _farewell(response)

    def _end(self, request: ChatRequest, reader: Reader) -> list[Delta]:
        if not reader.complete:
            raise CutMidStream("the stream ended early")
        usage = reader.counted() or self._guess(request, reader)
        if not usage.estimated and sum(len(m.text) for m in request.messages) < _MAY_BE_LONG:
            counted = tokens.count_request(request)
            self._memory.ratios.observe(request.model, counted=counted, reported=usage.input)
        return [usage, reader.finish or Finish(FinishReason.UNKNOWN)]

    def _guess(self, request: ChatRequest, reader: Reader) -> Usage:
        return Usage(
            input=self._memory.ratios.likely(request.model, tokens.count_request(request)),
            output=self._memory.ratios.likely(request.model, tokens.count("".join(reader.said))),
            estimated=True,
        )

    def _told(self, error: LlmError, request: ChatRequest, reader: Reader) -> LlmError:
        """Blot the key out of an error, and say what a part that was already given has taken."""
        error.detail = clean(error.detail, self._secrets())
        if reader.said:
            error.usage = reader.weigh(self._guess(request, reader))
        return error

    def _document(self, fetched: Fetched) -> object:
        if not fetched.ok:
            raise read_problem(fetched.status, fetched.body, headers=fetched.headers).to_error(
                self._secrets()
            )
        try:
            document = fetched.json()
        except (ValueError, RecursionError):
            raise UnknownFailure("the answer is no JSON", provider_status=fetched.status) from None
        if mapping(document).get("error"):
            raise read_problem(fetched.status, document).to_error(self._secrets())
        return document

    def _url(self, path: str) -> str:
        mark = "&" if "?" in path else "?"
        return f"{self._base}{path}{mark}{self._query}" if self._query else f"{self._base}{path}"

    def _secrets(self) -> tuple[str, ...]:
        others = (value for value in self._endpoint.headers.values() if len(value) >= _LEAST_SECRET)
        return (self._endpoint.api_key.get_secret_value().strip(), *others)

    def _headers(self) -> Mapping[str, str]:
        key = self._endpoint.api_key.get_secret_value().strip()
        if not (key.isascii() and key.isprintable()):
            raise AuthFailed("the key has characters that no key has")
        return {**self._auth(key), **self._endpoint.headers}


async def _read_answer(reader: Reader, response: "Response", sink: Sink[Delta]) -> None:
    """Read events, or the one document of a server that does not stream: its Content-Type often lies."""
    splitter = reader.splitter()
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


def _read_document(reader: Reader, body: bytes) -> list[Delta]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        problem = read_problem(0, body)
    else:
        return reader.read_document(document)
    if body.lstrip().startswith((b"{", b"[", b":", b"event:")):
        raise CutMidStream("unreadable answer")
    raise UnknownFailure(problem.message)


async def _farewell(response: "Response") -> None:
    """Let the server end its answer, so that the connection can serve the next one."""
    try:
        async with asyncio.timeout(_FAREWELL_SECONDS):
            async for _ in response.iter_bytes():
                pass
    except (TimeoutError, OutgoingError):
        return
