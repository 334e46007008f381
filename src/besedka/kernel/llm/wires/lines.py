"""JSON objects out of bytes, one a line, as gRPC gateways stream them."""

from besedka.kernel.llm.wires.sse import Event


class LineSplitter:
    """Cuts a byte stream into objects wherever the network happened to cut it.

    Lines that hold no whole object are passed over; but when the first one only opens an object,
    the bytes are a document written over several lines, which is read at its end. The `data:` of
    server-sent events is taken off.
    """

    __slots__ = ("_held", "_in_document", "_seen")

    def __init__(self) -> None:
        self._held: list[bytes] = []
        self._in_document = False
        self._seen = False

    def feed(self, chunk: bytes) -> list[Event]:
        """Return the objects that these bytes complete."""
        self._held.append(chunk)
        if b"\n" not in chunk:
            return []
        lines = b"".join(self._held).split(b"\n")
        rest = lines.pop()
        self._held = [rest] if rest else []
        return self._read(lines)

    def flush(self) -> list[Event]:
        """Return what is left at the end of the stream; a torn object only after whole ones."""
        rest = b"".join(self._held).strip()
        self._held = []
        found = self._read([rest])
        return [(b"", rest)] if self._seen and not found and rest.startswith(b"{") else found

    def _read(self, lines: list[bytes]) -> list[Event]:
        found: list[Event] = []
        for line in lines:
            bare = line.strip().removeprefix(b"data:").strip()
            opens = bare.startswith((b"{", b"["))
            if opens and not self._in_document and bare.endswith(b"}"):
                self._seen = True
                found.append((b"", bare))
            elif opens and not self._seen:
                self._in_document = True
        return found
