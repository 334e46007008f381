"""Server-sent events out of bytes (HTML standard, 9.2.6), lenient where real servers are sloppy."""

Event = tuple[bytes, bytes]
"""The event's name, empty by default, and its data."""


class EventSplitter:
    """Cuts a byte stream into events wherever the network happened to cut it.

    Takes LF, CRLF and CR; `data:` with and without a space; data in several lines; comments; a
    byte order mark; a last event without the blank line after it.
    """

    __slots__ = ("_data", "_held", "_name", "_started")

    def __init__(self) -> None:
        self._held: list[bytes] = []
        self._data: list[bytes] = []
        self._name = b""
        self._started = False

    def feed(self, chunk: bytes) -> list[Event]:
        """Return the events that these bytes complete."""
        if not self._started:
            self._started = True
            chunk = chunk.removeprefix(b"\xef\xbb\xbf")
        if b"\n" not in chunk:
            self._held.append(chunk)
            return []
        if self._held:
            self._held.append(chunk)
            chunk = b"".join(self._held)
        lines = chunk.split(b"\n")
        rest = lines.pop()
        self._held = [rest] if rest else []
        return self._read(lines)

    def flush(self) -> list[Event]:
        """Return what is left at the end of the stream."""
        rest = b"".join(self._held)
        self._held = []
        return self._read([rest, b""])

    def _read(self, lines: list[bytes]) -> list[Event]:
        events: list[Event] = []
        for line in lines:
            if b"\r" in line[:-1]:
                # Ends of lines that are lone carriage returns: raw ones cannot stand inside JSON.
                events += self._read(line.split(b"\r"))
            elif line.startswith(b"data:"):
                self._data.append(line[5:].strip())
            elif not line or line == b"\r":
                if self._data:
                    events.append((self._name, self._joined()))
                self._name = b""
            elif line.startswith(b"event:"):
                self._name = line[6:].strip()
        return events

    def _joined(self) -> bytes:
        data, self._data = self._data, []
        return data[0] if len(data) == 1 else b"\n".join(data)
