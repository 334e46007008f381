"""The functions that a child of the sandbox runs for extraction. Arguments and results are plain JSON."""

from pathlib import Path

from besedka.core.content.kinds import Kind
from besedka.kernel.knowledge.extraction.plain import finished
from besedka.kernel.knowledge.extraction.readers import read
from besedka.kernel.knowledge.extraction.types import Extracted
from besedka.kernel.knowledge.extraction.webpage import main_blocks, parse_html, title_of
from besedka.kernel.knowledge.extraction.wire import ExtractedJson, to_json


def read_file(path: str, kind: str) -> ExtractedJson:
    """Read a stored file of a kind that has been found out already."""
    return to_json(read(Path(path).read_bytes(), Kind(kind)))


def read_page(text: str, url: str) -> ExtractedJson:
    """Read the main text of a web page that has been fetched and decoded already."""
    title = title_of(parse_html(text))
    return to_json(finished(Extracted(Kind.HTML, title, main_blocks(text, url=url))))
