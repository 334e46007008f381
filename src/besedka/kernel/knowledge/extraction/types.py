"""What extraction gives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from besedka.core.content.kinds import Kind


class BlockKind(StrEnum):
    """What a block of a document is."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST = "list"
    TABLE = "table"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a document in reading order.

    `level` is 1–6 for headings, else 0. A table is Markdown: the heading row, a row of dashes, the rows.
    Code is a Markdown fence. `page` counts from 1, also for slides.
    """

    kind: BlockKind
    text: str
    level: int = 0
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that the owner of the document should know; words under `document_notices.<code>`."""

    code: str
    params: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Extracted:
    """A document's text. There is always some: a document without any is an error."""

    kind: Kind
    title: str | None
    blocks: Sequence[Block]
    warnings: Sequence[Notice] = ()
