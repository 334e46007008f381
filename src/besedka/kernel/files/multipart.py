"""A form with one file, read as it comes in: nothing of the file stays in memory, nothing is written before it is asked for."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from besedka.kernel.files.errors import BadUpload

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks


@dataclass(frozen=True, slots=True)
class Part:
    """The beginning of a part; a file has a file name, if only an empty one."""

    name: str
    filename: str | None


@dataclass(slots=True)
class FormReader:
    """Turns pieces of a body into parts, their data, and at the end nothing. Raises BadUpload."""

    content_type: str
    _events: list[Part | bytes] = field(default_factory=list)
    _header: tuple[bytearray, bytearray] = field(default_factory=lambda: (bytearray(), bytearray()))
    _disposition: bytes = b""
    _complete: bool = False
    _parser: MultipartParser = field(init=False)

    def __post_init__(self) -> None:
        kind, options = parse_options_header(self.content_type)
        boundary = options.get(b"boundary")
        if kind != b"multipart/form-data" or not boundary:
            raise BadUpload(reason="not a multipart form")
        with _readable():
            self._parser = MultipartParser(boundary, self._callbacks())

    def feed(self, piece: bytes) -> list[Part | bytes]:
        """Return what a piece of the body brings. Raises BadUpload."""
        with _readable():
            self._parser.write(piece)
        events, self._events = self._events, []
        return events

    def finish(self) -> None:
        """Check that the form came to its end. Raises BadUpload."""
        with _readable():
            self._parser.finalize()
        if not self._complete:
            raise BadUpload(reason="the form is cut off")

    def _callbacks(self) -> "MultipartCallbacks":
        callbacks: MultipartCallbacks = {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._header[0].extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._header[1].extend(data[start:end]),
            "on_header_end": self._end_header,
            "on_headers_finished": self._open_part,
            "on_part_data": lambda data, start, end: self._events.append(data[start:end]),
            "on_end": self._end,
        }
        return callbacks

    def _begin(self) -> None:
        self._disposition = b""

    def _end_header(self) -> None:
        name, value = self._header
        if bytes(name).lower() == b"content-disposition":
            self._disposition = bytes(value)
        self._header = (bytearray(), bytearray())

    def _open_part(self) -> None:
        _, options = parse_options_header(self._disposition)
        name, filename = options.get(b"name"), options.get(b"filename")
        if name is None:
            raise BadUpload(reason="a part has no name")
        shown = None if filename is None else filename.decode("utf-8", "replace")
        self._events.append(Part(name.decode("utf-8", "replace"), shown))

    def _end(self) -> None:
        self._complete = True


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except FormParserError as error:
        raise BadUpload(reason="the form cannot be read") from error
