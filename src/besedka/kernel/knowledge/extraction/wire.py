"""What was extracted as plain JSON, for the way from a child to the server."""

from typing import TypedDict

from besedka.core.content.kinds import Kind
from besedka.kernel.knowledge.extraction.types import Block, BlockKind, Extracted, Notice


class ExtractedJson(TypedDict):
    """The shape; short rows, since a document may have many thousands of blocks."""

    kind: str
    title: str | None
    blocks: list[tuple[str, str, int, int | None]]
    warnings: list[tuple[str, dict[str, str | int]]]


class SitePageJson(TypedDict):
    """A page of a site: `text` is missing when there is none, and `refusal` then says why."""

    text: ExtractedJson | None
    refusal: str
    title: str
    base: str
    canonical: str
    links: list[str]
    robots: str


class SitemapJson(TypedDict):
    """Addresses of pages with what is said of their last change, and addresses of further sitemaps."""

    pages: list[tuple[str, str]]
    maps: list[str]


def to_json(extracted: Extracted) -> ExtractedJson:
    """Return what was extracted as JSON."""
    return {
        "kind": extracted.kind,
        "title": extracted.title,
        "blocks": [(block.kind, block.text, block.level, block.page) for block in extracted.blocks],
        "warnings": [(notice.code, dict(notice.params)) for notice in extracted.warnings],
    }


def from_json(value: ExtractedJson) -> Extracted:
    """Return what `to_json` was given."""
    return Extracted(
        Kind(value["kind"]),
        value["title"],
        [Block(BlockKind(kind), text, level, page) for kind, text, level, page in value["blocks"]],
        [Notice(code, params) for code, params in value["warnings"]],
    )
