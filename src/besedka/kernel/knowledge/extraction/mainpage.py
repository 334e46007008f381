"""The main text of a fetched page. Runs in a child; apart from `child.py`, because trafilatura is heavy."""

from collections.abc import Sequence

import trafilatura

from besedka.core.content.kinds import Kind
from besedka.kernel.knowledge.extraction.plain import finished
from besedka.kernel.knowledge.extraction.types import Block, Extracted
from besedka.kernel.knowledge.extraction.webpage import blocks_of_page, parse_html, title_of
from besedka.kernel.knowledge.extraction.wire import ExtractedJson, to_json

_SHARE = 0.15
_CHARS = 200


def read_page(payload: bytes, url: str) -> ExtractedJson:
    """Read the main text of a web page that has been fetched, and decoded to UTF-8, already."""
    text = payload.decode()
    tree = parse_html(text)
    blocks = main_blocks(text, blocks_of_page(tree), url=url)
    return to_json(finished(Extracted(Kind.HTML, title_of(tree), blocks)))


def main_blocks(text: str, everything: Sequence[Block], *, url: str) -> Sequence[Block]:
    """Return a page without its menus and footers; the whole page when hardly any text would be left."""
    main = trafilatura.extract(
        text,
        url=url,
        output_format="html",
        include_comments=False,
        include_tables=True,
        include_formatting=True,
        favor_recall=True,
    )
    if not main:
        return everything
    found = blocks_of_page(parse_html(main))
    whole = _chars(everything)
    enough = min(whole, max(_CHARS, int(_SHARE * whole)))
    return found if _chars(found) >= enough else everything


def _chars(blocks: Sequence[Block]) -> int:
    return sum(len(block.text) for block in blocks)
