"""What the API of knowledge takes and gives."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, HttpUrl, JsonValue

from besedka.core.pagination import MAX_LIMIT
from besedka.core.schemas import Read, Write
from besedka.kernel.knowledge.types import PassageLook, SiteRules, SourceLook

Limit = Annotated[int, Field(ge=1, le=MAX_LIMIT, description="Rows of a page, at most 200.")]
Title = Annotated[str, Field(max_length=200)]
BODY_CHARACTERS = 2_000_000
QUESTION_CHARACTERS = 4_000
PASSAGE_CHARACTERS = 20_000

Hours = Annotated[int, Field(ge=1, le=8760, description="Read again every so many hours.")]
Patterns = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[/*]")]],
    Field(max_length=100),
]
Words = Annotated[str, Field(max_length=200)]
Body = Annotated[str, Field(min_length=1, max_length=BODY_CHARACTERS)]
Question = Annotated[str, Field(min_length=1, max_length=QUESTION_CHARACTERS)]


class _New(Write):
    collection_id: UUID | None = Field(
        default=None, description="Left out: the workspace's first collection."
    )


class TextCreate(_New):
    """A typed text, plain or Markdown."""

    kind: Literal["text"]
    body: Body
    title: Title = ""


class QaCreate(_New):
    """A question with its answer."""

    kind: Literal["qa"]
    question: Question
    answer: Body


class UrlCreate(_New):
    """A page of the web, or a document that stands at an address."""

    kind: Literal["url"]
    url: Annotated[HttpUrl, Field(max_length=2000)]
    title: Title = ""
    refresh_hours: Hours | None = None


class SiteUpdate(Write):
    """Which pages of a site are taken in; it holds from the next round on."""

    include: Patterns = Field(
        default=[],
        description="Patterns of paths, as in robots.txt: a beginning, `*` for anything, `$` for the end."
        " Empty: every page of the site.",
    )
    exclude: Patterns = Field(default=[], description="Patterns of paths that are left out.")
    max_pages: Annotated[int, Field(ge=1, le=10_000)] = 200
    max_depth: Annotated[int, Field(ge=0, le=20, description="Links away from the start.")] = 5

    def rules(self) -> SiteRules:
        """Return what is taken in."""
        return SiteRules(tuple(self.include), tuple(self.exclude), self.max_pages, self.max_depth)


class SiteCreate(SiteUpdate, _New):
    """A site: every page of it that can be reached from an address, within limits and its robots.txt."""

    kind: Literal["site"]
    url: Annotated[HttpUrl, Field(max_length=2000)]
    title: Title = ""
    refresh_hours: Hours | None = None
    preview: bool = Field(default=False, description="Only list the pages; index them later.")


DocumentCreate = Annotated[
    TextCreate | QaCreate | UrlCreate | SiteCreate, Field(discriminator="kind")
]


class DocumentUpdate(Write):
    """How often what stands at an address is read again; null for never."""

    refresh_hours: Hours | None


class SiteRead(Read):
    """Which pages of a site are taken in."""

    include: list[str]
    exclude: list[str]
    max_pages: int
    max_depth: int


class DocumentFilter(Write):
    """Which sources a list has."""

    collection_id: UUID | None = None
    before: UUID | None = Field(default=None, description="Sources older than this one.")
    q: Words = Field(default="", description="Words of the title or the address.")
    look: SourceLook = Field(default=SourceLook.ALL, description="Empty: all of them.")
    limit: Limit = 50


class ChunkFilter(Write):
    """Which passages of a source a list has."""

    after: Annotated[int, Field(ge=-1, lt=2**31)] | None = None
    limit: Limit = 50
    q: Words = Field(default="", description="Words that a passage has.")
    look: PassageLook = Field(default=PassageLook.ALL, description="Empty: all of them.")


class ChunkUpdate(Write):
    """Other words for a passage, null for the document's own; and whether it may be found."""

    text: Annotated[str, Field(min_length=1, max_length=PASSAGE_CHARACTERS)] | None = None
    is_off: bool | None = None


class PageFilter(Write):
    """Which pages of a site a list has."""

    after: UUID | None = Field(default=None, description="Pages found later than this one.")
    limit: Limit = 50


class CollectionRead(Read):
    """A body of knowledge that is searched as one."""

    id: UUID
    name: str
    chunks: int
    created_at: datetime


class ReasonRead(Read):
    """Why something failed, or what its owner should know, in the caller's language."""

    code: str
    params: dict[str, JsonValue]
    detail: str


class DocumentRead(Read):
    """A source of knowledge; `progress` in percent. Of a site, `done` of `total` pages have been visited."""

    id: UUID
    collection_id: UUID
    kind: str
    title: str
    state: str
    progress: int
    error: ReasonRead | None
    notices: list[ReasonRead]
    chars: int
    chunks: int
    file_id: UUID | None
    url: str | None
    question: str | None
    parent_id: UUID | None
    done: int
    total: int
    refresh_hours: int | None
    found: int
    found_at: datetime | None
    created_at: datetime
    indexed_at: datetime | None
    deleted_at: datetime | None


class PageRead(Read):
    """A page of a site; one that is indexed is a document with the same id."""

    id: UUID
    url: str
    title: str
    state: str
    depth: int
    error: ReasonRead | None
    visited_at: datetime | None


class ChunkRead(Read):
    """A passage of a document. `heading` goes from the outermost heading inwards.

    `original` is what the document says where its owner wrote something else; `found` and `cited` count answers.
    """

    id: UUID
    ordinal: int
    heading: list[str]
    text: str
    page: int | None
    is_off: bool
    original: str | None
    edited_at: datetime | None
    found: int
    cited: int
    found_at: datetime | None


class ChunkAroundRead(Read):
    """A passage, its document, and the passages around it, itself among them."""

    document: DocumentRead
    chunk: ChunkRead
    around: list[ChunkRead]


class VersionRead(Read):
    """What a document said before it was read anew."""

    id: UUID
    title: str
    chars: int
    chunks: int
    created_at: datetime


class CheckStart(Write):
    """Whose passages are to be compared."""

    collection_id: UUID | None = Field(
        default=None, description="Left out: the workspace's first collection."
    )


class PlaceRead(Read):
    """Where a passage stands."""

    id: UUID
    source_id: UUID
    title: str
    ordinal: int
    text: str


class PairRead(Read):
    """Two passages that say nearly the same; `likeness` in percent."""

    first: PlaceRead
    second: PlaceRead
    likeness: int


class CheckRead(Read):
    """What is the matter with a collection.

    `stale` were last read, or written, long ago; `unfound` are there for a month and were in no answer.
    """

    collection_id: UUID
    checked_at: datetime | None
    checking: bool
    duplicates: list[PairRead]
    failed: list[DocumentRead]
    empty: list[DocumentRead]
    stale: list[DocumentRead]
    unfound: list[DocumentRead]


class SearchQuery(Write):
    """A question to try the search with."""

    question: Question
    collection_id: UUID | None = None
    limit: Annotated[int, Field(ge=1, le=20)] = 8


class HitRead(Read):
    """A passage that fits; `quote` is the part of it that fits best."""

    chunk_id: UUID
    source_id: UUID
    title: str
    heading: list[str]
    text: str
    quote: str
    score: float
    page: int | None
    url: str | None


class SearchRead(Read):
    """What a search finds; an assistant answers when `confidence` reaches its threshold."""

    confidence: float
    corrected: dict[str, str]
    hits: list[HitRead]


class MarkRead(Read):
    """Where in a text a word is that counts as one of the question's: from the first character up to another."""

    start: int
    stop: int


class TracedRead(HitRead):
    """A passage that was found, and why it stands where it stands.

    `words` is its score by the question's words alone, `score` with its best sentence and heading added; `by_words`
    and `by_meaning` are its places in these orders.
    """

    words: float
    by_words: int | None
    by_meaning: int | None
    marks: list[MarkRead]


class TraceRead(Read):
    """A search, opened; `unknown` are words of the question that no passage has."""

    confidence: float
    corrected: dict[str, str]
    unknown: list[str]
    with_meaning: bool
    reranked: bool
    found: list[TracedRead]
