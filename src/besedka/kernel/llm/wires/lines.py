"""JSON objects out of bytes, one a line, as gRPC gateways stream them."""

from besedka.kernel.llm.wires.sse import Event


class LineSplitter:
    """Cuts a byte stream into objects wherever the network happened to cut it.

    Lines that hold no whole object are passed over while others come: a document that is written
    over several lines is read at its end. The `data:` of server-sent events is taken off.
    """

    __slots__ = ("_held", "_seen")

    def __init__(self) -> None:
        self._held: list[bytes] = []
        self._seen = False

    def feed(self, chunk: bytes) -> list[Event]:
        """Return the objects that these bytes complete."""
        if b"\n" not in chunk:
            self._held.append(chunk)
            return []
        self._held.append(chunk)
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
        bare = (line.strip().removeprefix(b"data:").strip() for line in lines)
        found = [(b"", line) for line in bare if line.startswith(b'{"') and line.endswith(b"}")]
        self._seen = self._seen or bool(found)
        return found
