"""XML of any vocabulary as blocks. Runs in a child."""

import re

from lxml import etree

from besedka.core.content.cleaning import clean
from besedka.kernel.knowledge.extraction.texts import blocks_of_text
from besedka.kernel.knowledge.extraction.types import Block, BlockKind

_SPACE = re.compile(r"\s+")


def blocks_of_xml(text: str) -> list[Block]:
    """Return one paragraph per innermost group of elements; what is not well formed is read as plain text.

    Entities are left alone and nothing is fetched: a document type may name files and addresses.
    """
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        recover=True,
        remove_comments=True,
        remove_pis=True,
    )
    tree = etree.fromstring(_without_declaration(text).encode("utf-8", "replace"), parser)
    if tree is None:
        return blocks_of_text(text)
    parts: list[list[str]] = [[]]
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        _collect(event, element, parts=parts)
    return [Block(BlockKind.PARAGRAPH, clean("\n".join(part))) for part in parts if part]


def _without_declaration(text: str) -> str:
    """Drop the declaration: the text has been decoded, whatever encoding it names."""
    return re.sub(r"^\s*<\?xml[^>]*\?>", "", text, count=1)


def _collect(event: str, element: etree._Element, *, parts: list[list[str]]) -> None:
    if not isinstance(element.tag, str):
        return
    is_group = any(len(child) for child in element)
    if is_group and parts[-1]:
        parts.append([])
    words = element.text if event == "start" else element.tail
    line = _SPACE.sub(" ", words or "").strip()
    if line:
        parts[-1].append(line)
