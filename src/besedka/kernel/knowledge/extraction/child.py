"""What a child of the sandbox runs to read a stored file. Arguments and results are plain JSON."""

from pathlib import Path

from besedka.core.content.kinds import Kind
from besedka.kernel.knowledge.extraction.readers import read
from besedka.kernel.knowledge.extraction.wire import ExtractedJson, to_json


def read_file(path: str, kind: str) -> ExtractedJson:
    """Read a stored file of a kind that has been found out already."""
    return to_json(read(Path(path).read_bytes(), Kind(kind)))
