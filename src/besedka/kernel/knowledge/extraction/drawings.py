"""Text in the drawings of a DOCX (text boxes, shapes), which xberg leaves out. Runs in a child."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from typing import IO

from lxml import etree

from besedka.core.content.cleaning import clean
from besedka.kernel.knowledge.extraction.types import Block

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_BODY = "word/document.xml"
_BOX = b"txbxContent"
_BODY_BYTES = 200 << 20
_NOT_LETTERS = re.compile(r"[\W_]+")


def texts_of_drawings(data: bytes, blocks: Sequence[Block]) -> list[str]:
    """Return the paragraphs inside drawings that are in none of the blocks."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if archive.getinfo(_BODY).file_size > _BODY_BYTES:
                return []
            body = archive.read(_BODY)
            # Most documents have none; the whole tree would have to be in memory to find that out.
            found = list(_paragraphs(io.BytesIO(body))) if _BOX in body else []
    except (
        KeyError,
        zlib.error,
        zipfile.BadZipFile,
        etree.XMLSyntaxError,
        NotImplementedError,
        RuntimeError,
    ):
        return []
    if not found:
        return []
    known = _squeezed("".join(block.text for block in blocks))
    return [text for text in dict.fromkeys(found) if _squeezed(text) not in known]


def _paragraphs(body: IO[bytes]) -> Iterator[str]:
    events = etree.iterparse(
        body,
        events=("end",),
        tag=f"{_W}txbxContent",
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        recover=True,
    )
    for _, box in events:
        if next(box.iterancestors(_FALLBACK), None) is None:
            for paragraph in box.iter(f"{_W}p"):
                words = "".join(part.text or "" for part in paragraph.iter(f"{_W}t"))
                if words.strip():
                    yield clean(words).strip()


def _squeezed(text: str) -> str:
    return _NOT_LETTERS.sub("", text).lower()
