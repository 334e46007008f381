"""Vocabulary of knowledge: collections, sources, passages, and what a search finds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from pydantic import JsonValue

CollectionId = NewType("CollectionId", UUID)
SourceId = NewType("SourceId", UUID)
ChunkId = NewType("ChunkId", UUID)


class SourceKind(StrEnum):
    """Where a source's text comes from. A page is one of a site's, and stands under it."""

    FILE = "file"
    URL = "url"
    TEXT = "text"
    QA = "qa"
    SITE = "site"
    PAGE = "page"


class SourceState(StrEnum):
    """How far a source is on its way to being searchable; of a site in preview only the addresses are known."""

    QUEUED = "queued"
    WORKING = "working"
    READY = "ready"
    PREVIEW = "preview"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Collection:
    """A body of knowledge that is searched as one."""

    id: CollectionId
    name: str
    chunks: int
    created_at: datetime
    deleted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NewSource:
    """What is needed to add a source. `body` is a typed text, or the answer to `question`."""

    collection_id: CollectionId
    kind: SourceKind
    title: str
    body: str | None = None
    question: str | None = None
    url: str | None = None
    file_id: UUID | None = None
    refresh_hours: int | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something failed, or what its owner should know: a code of the catalogue with its parameters."""

    code: str
    params: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Source:
    """A source as its owner sees it; `progress` in percent.

    Of a site `done` of `total` pages have been visited, `chars` and `chunks` are those of its pages. A page has its
    site as `parent_id`. With `refresh_hours` it is read again so often by itself.
    """

    id: SourceId
    collection_id: CollectionId
    kind: SourceKind
    title: str
    state: SourceState
    progress: int
    error: Reason | None
    notices: Sequence[Reason]
    chars: int
    chunks: int
    file_id: UUID | None
    url: str | None
    question: str | None
    created_at: datetime
    indexed_at: datetime | None
    parent_id: SourceId | None = None
    done: int = 0
    total: int = 0
    refresh_hours: int | None = None
    deleted_at: datetime | None = None
    found: int = 0
    """How many times answers had passages of it before them, and when the last one had."""
    found_at: datetime | None = None


class SourceLook(StrEnum):
    """Which sources a list has."""

    ALL = ""
    FAILED = "failed"
    UNFINISHED = "unfinished"
    PARTIAL = "partial"
    """They were read, and their owner should know something about it."""
    UNFOUND = "unfound"
    SITES = "sites"


@dataclass(frozen=True, slots=True)
class SourceFilter:
    """Which sources a list has: those of a collection, with some words in title or address, older than one."""

    collection_id: UUID | None = None
    before: UUID | None = None
    limit: int = 50
    words: str = ""
    look: SourceLook = SourceLook.ALL


class PageState(StrEnum):
    """What became of a page of a site at the last visit."""

    WAITING = "waiting"
    """It is visited in this round."""
    READ = "read"
    MOVED = "moved"
    """It stands at another address, or another page says the same."""
    LEFT_OUT = "left_out"
    """The site asks programs to leave it alone, or its owner left it out."""
    SKIPPED = "skipped"
    """There is no text."""
    MISSING = "missing"
    """It was not there at the last visit; what it said is kept until it is missed again."""
    FAILED = "failed"
    DELETED = "deleted"
    """It lies in the trash: no round visits it."""


@dataclass(frozen=True, slots=True)
class SiteRules:
    """What a site's owner takes in: patterns of paths as in robots.txt, and how much at most."""

    include: Sequence[str] = ()
    exclude: Sequence[str] = ()
    max_pages: int = 200
    max_depth: int = 5


@dataclass(frozen=True, slots=True)
class SitePage:
    """A page of a site as the site's owner sees it; `depth` is how many links it is away from the start."""

    id: SourceId
    url: str
    title: str
    state: PageState
    depth: int
    error: Reason | None
    visited_at: datetime | None


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk as its owner sees it. `heading` goes from the outermost heading inwards."""

    id: ChunkId
    ordinal: int
    heading: tuple[str, ...]
    text: str
    page: int | None
    is_off: bool = False
    original: str | None = None
    """What the document says in its place, where the owner wrote something else."""
    edited_at: datetime | None = None
    found: int = 0
    """How many answers had it before them, and how many of them cited it."""
    cited: int = 0
    found_at: datetime | None = None


class PassageLook(StrEnum):
    """Which passages of a source a list has."""

    ALL = ""
    OFF = "off"
    EDITED = "edited"
    UNFOUND = "unfound"


@dataclass(frozen=True, slots=True)
class Kept:
    """What a passage that a source still has keeps when the source is read again: its id, and what its owner did."""

    id: ChunkId
    text: str
    original: str | None
    is_off: bool
    edited_at: datetime | None
    found: int
    cited: int
    found_at: datetime | None

    @property
    def is_own(self) -> bool:
        """Whether the owner changed it or switched it off."""
        return self.is_off or self.original is not None

    @property
    def is_marked(self) -> bool:
        """Whether there is more to keep than the id."""
        return self.is_own or self.found > 0


@dataclass(frozen=True, slots=True)
class Version:
    """What a source said before it was read anew."""

    id: UUID
    title: str
    chars: int
    chunks: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """Where a passage stands, for a list of passages of several sources."""

    id: ChunkId
    source_id: SourceId
    title: str
    ordinal: int
    text: str


@dataclass(frozen=True, slots=True)
class Pair:
    """Two passages that say nearly the same, the earlier one first; `likeness` in percent."""

    first: Place
    second: Place
    likeness: int


@dataclass(frozen=True, slots=True)
class Check:
    """What is the matter with a collection; every list has at most 50.

    `stale` were last read, or written, long ago; `unfound` are there for a month and were in no answer.
    """

    checked_at: datetime | None
    checking: bool
    duplicates: Sequence[Pair] = ()
    failed: Sequence[Source] = ()
    empty: Sequence[Source] = ()
    stale: Sequence[Source] = ()
    unfound: Sequence[Source] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that fits a question. `quote` is the part of it that fits best: at most three sentences.

    Rows of tables stand in it as sentences.
    """

    chunk_id: ChunkId
    source_id: SourceId
    title: str
    heading: tuple[str, ...]
    text: str
    score: float
    page: int | None = None
    url: str | None = None
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Retrieval:
    """What a search found, best first.

    `confidence` is 0 when nothing fits and about 1 when the best passage has every word of the question;
    `corrected` maps words of the question that no document has to those that were searched instead.
    """

    hits: tuple[Hit, ...] = ()
    confidence: float = 0.0
    corrected: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Traced:
    """A passage that was found, and why it stands where it stands.

    `words` is its score by the question's words alone (BM25), `hit.score` with its best sentence and heading added;
    `by_words` and `by_meaning` are its places in these orders, from 1, None where it is not in one. `marks` are the places of
    words in its text that count as words of the question.
    """

    hit: Hit
    words: float
    by_words: int | None
    by_meaning: int | None
    marks: tuple[slice, ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """A search, opened: what was searched for, what was found, and in which order by what.

    `unknown` are words of the question that no passage has; `with_meaning` says whether meaning was compared at all,
    `reranked` whether a model put the passages into their last order.
    """

    found: tuple[Traced, ...] = ()
    confidence: float = 0.0
    corrected: Mapping[str, str] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    with_meaning: bool = False
    reranked: bool = False
