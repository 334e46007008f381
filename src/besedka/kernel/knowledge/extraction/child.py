"""What a child of the sandbox runs to read a stored file. Arguments and results are plain JSON."""

from besedka.core.content.kinds import Kind
from besedka.kernel.knowledge.extraction.readers import read
from besedka.kernel.knowledge.extraction.wire import ExtractedJson, to_json


def read_file(payload: bytes, kind: str) -> ExtractedJson:
    """Read a file of a kind that has been found out already."""
    return to_json(read(payload, Kind(kind)))
