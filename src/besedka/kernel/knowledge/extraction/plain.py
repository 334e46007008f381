"""Kinds that are plain text underneath: decoded, then read as what they are."""

import re

from besedka.core.content.charset import decode
from besedka.core.content.cleaning import clean
from besedka.core.content.kinds import Kind
from besedka.kernel.knowledge.extraction.refusal import Reason, Refused
from besedka.kernel.knowledge.extraction.sheets import blocks_of_csv, blocks_of_json
from besedka.kernel.knowledge.extraction.texts import blocks_of_text
from besedka.kernel.knowledge.extraction.types import BlockKind, Extracted

PLAIN_KINDS = frozenset({Kind.TEXT, Kind.MARKDOWN, Kind.CSV, Kind.TSV, Kind.JSON})
PLAIN_BYTES = 20 << 20
_MOST_CHARS = 20_000_000
_DECLARED = re.compile(
    rb"(?:charset\s*=\s*[\"']?|<\?xml[^>]{0,80}encoding\s*=\s*[\"'])([A-Za-z0-9._-]{2,30})"
)
_DECLARED_REACH = 2048
_WORD = re.compile(r"\w")


def decoded(data: bytes, *, declared: str | None = None) -> str:
    """Return the clean text of a file. Raises Refused."""
    if len(data) > PLAIN_BYTES:
        raise Refused(Reason.TOO_LARGE, f"{len(data)} bytes")
    found = decode(data, declared=declared)
    if found is None:
        raise Refused(Reason.BROKEN, "no text")
    return clean(found.text)


def decoded_markup(data: bytes, *, declared: str | None = None) -> str:
    """Return the clean text of HTML or XML, which may say itself how it is encoded."""
    own = _DECLARED.search(data[:_DECLARED_REACH])
    return decoded(data, declared=declared or (own[1].decode("ascii") if own else None))


def read_plain(data: bytes, kind: Kind) -> Extracted:
    """Return the text of a file of one of PLAIN_KINDS. Raises Refused."""
    return read_words(decoded(data), kind)


def read_words(text: str, kind: Kind) -> Extracted:
    """Return the blocks of a text of one of PLAIN_KINDS. Raises Refused."""
    if kind in {Kind.CSV, Kind.TSV}:
        blocks = blocks_of_csv(text, delimiter="\t" if kind is Kind.TSV else None)
    elif kind is Kind.JSON:
        blocks = blocks_of_json(text)
    else:
        blocks = blocks_of_text(text, markdown=kind is Kind.MARKDOWN)
    return finished(Extracted(kind, None, blocks))


def finished(extracted: Extracted) -> Extracted:
    """Return what was extracted once it is sure that there is some text, and not too much. Raises Refused."""
    blocks = extracted.blocks
    if sum(len(block.text) for block in blocks) > _MOST_CHARS:
        raise Refused(Reason.TOO_LARGE, f"more than {_MOST_CHARS} characters")
    if not any(_WORD.search(block.text) for block in blocks):
        raise Refused(Reason.EMPTY)
    if extracted.title is not None or blocks[0].kind is not BlockKind.HEADING:
        return extracted
    return Extracted(extracted.kind, blocks[0].text, blocks, extracted.warnings)
