"""Reading a source: from wherever its text is to passages. Holds no connection while it reads."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import assert_never

from yarl import URL

from besedka.core.ids import WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.files import service as files
from besedka.kernel.knowledge.chunker import Chunk, chunk
from besedka.kernel.knowledge.errors import PageNotText, PageRefused, SourceEmpty
from besedka.kernel.knowledge.extraction.extract import extract, extract_html, extract_text
from besedka.kernel.knowledge.extraction.types import Block, Extracted
from besedka.kernel.knowledge.repository.sources import SourceRepository
from besedka.kernel.knowledge.types import Kept, Reason, Source, SourceKind

PAGE_BYTES = 10 << 20
TITLE_CHARACTERS = 200
OWN_TITLE_CHARACTERS = 60
# More than this is cut in a thread: it would keep the loop busy for longer than a frame.
CUT_IN_LOOP = 200_000
HTML = {"", "text/html", "application/xhtml+xml"}
_NEVER_TEXT = ("image/", "audio/", "video/", "font/")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9._-]{2,30})", re.IGNORECASE)
_HEADING = re.compile(r"^#{1,6} \S", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read. `title` is the document's own, None when it has none.

    `kept` says by passage what stays of an earlier reading; `is_new` that the source said something else then.
    """

    title: str | None
    chars: int
    passages: Sequence[Chunk]
    notices: Sequence[Reason] = ()
    kept: Sequence[Kept | None] = ()
    is_new: bool = False


async def read(runtime: Runtime, workspace: WorkspaceId, source: Source) -> Reading:
    """Read a source. Raises ExtractionError, OutgoingError, PageRefused, PageNotText, SourceEmpty."""
    match source.kind:
        case SourceKind.FILE:
            return await _read_stored(runtime, workspace, source)
        case SourceKind.URL | SourceKind.PAGE:
            return await read_page(runtime, source.url or "")
        case SourceKind.TEXT:
            return await asyncio.to_thread(read_text, await _body_of(runtime, workspace, source))
        case SourceKind.QA:
            return read_pair(source.question or "", await _body_of(runtime, workspace, source))
        case SourceKind.SITE:
            raise SourceEmpty  # its pages are read, one by one
        case _:
            assert_never(source.kind)


async def _body_of(runtime: Runtime, workspace: WorkspaceId, source: Source) -> str:
    async with runtime.db.fast.acquire(workspace) as conn:
        return await SourceRepository(conn).body_of(source.id)


async def _read_stored(runtime: Runtime, workspace: WorkspaceId, source: Source) -> Reading:
    assert source.file_id is not None
    async with files.local_copy(runtime, workspace, source.file_id) as path:
        return await read_file(runtime, path, name=source.title)


def read_text(text: str) -> Reading:
    """Read a typed text; with Markdown headings it is Markdown. Raises ExtractionError."""
    extracted = extract_text(text, markdown=_HEADING.search(text) is not None)
    return _reading(extracted, chunk(extracted.blocks))


def read_pair(question: str, answer: str) -> Reading:
    """Read a question with its answer: every passage of the answer stands under the question.

    Raises ExtractionError.
    """
    extracted = extract_text(answer)
    passages = [
        Chunk(each.text, (question, *each.heading_path), each.ordinal, each.page)
        for each in chunk(extracted.blocks)
    ]
    return _reading(extracted, passages)


async def read_file(runtime: Runtime, path: Path, *, name: str) -> Reading:
    """Read a stored file. Raises ExtractionError."""
    return await cut(await extract(path, name=name, sandbox=runtime.sandbox))


async def read_page(runtime: Runtime, url: str) -> Reading:
    """Fetch and read a page, or a document that stands at an address.

    Raises OutgoingError, PageRefused, PageNotText, ExtractionError.
    """
    fetched = await runtime.http.fetch(url, max_bytes=PAGE_BYTES)
    host = URL(fetched.url).host or ""
    if not fetched.ok:
        raise PageRefused(host=host, answer=fetched.status)
    if fetched.media_type.startswith(_NEVER_TEXT):
        raise PageNotText(host=host, media_type=fetched.media_type)
    if fetched.media_type in HTML:
        declared = _CHARSET.search(fetched.headers.get("Content-Type", ""))
        extracted = await extract_html(
            fetched.body, url=fetched.url, sandbox=runtime.sandbox,
            charset=declared[1] if declared else None,
        )  # fmt: skip
        return await cut(extracted)
    return await read_document(runtime, fetched.body, url=fetched.url)


async def read_document(runtime: Runtime, body: bytes, *, url: str) -> Reading:
    """Read a document that stands at an address. Raises ExtractionError."""
    name = URL(url).name or "document"
    with TemporaryDirectory(prefix="besedka-page-") as folder:
        path = Path(folder) / "body"
        await asyncio.to_thread(path.write_bytes, body)
        return await read_file(runtime, path, name=name)


async def cut(extracted: Extracted) -> Reading:
    """Return what was extracted as passages. Raises SourceEmpty."""
    if _size(extracted.blocks) <= CUT_IN_LOOP:
        return _reading(extracted, chunk(extracted.blocks))
    return _reading(extracted, await asyncio.to_thread(chunk, extracted.blocks))


def _size(blocks: Sequence[Block]) -> int:
    return sum(len(block.text) for block in blocks)


def _reading(extracted: Extracted, passages: Sequence[Chunk]) -> Reading:
    if not passages:
        raise SourceEmpty
    return Reading(
        title=(extracted.title or "").strip()[:TITLE_CHARACTERS] or None,
        chars=sum(len(each.text) for each in passages),
        passages=passages,
        notices=[Reason(notice.code, dict(notice.params)) for notice in extracted.warnings],
    )


def fingerprint(reading: Reading) -> bytes:
    """Return the hash of what a page says, which tells whether it has to be indexed again."""
    digest = blake2b(repr(reading.title).encode(errors="replace"), digest_size=16)
    for each in reading.passages:
        digest.update(repr((each.heading_path, each.text)).encode(errors="replace"))
    return digest.digest()


def searched_title(source: Source, passages: Sequence[Chunk]) -> str:
    """Return the title to find passages by; one taken from the text's beginning says nothing about the rest."""
    first = _first_line(passages[0].text)
    is_cut = source.title.endswith("…") and first.startswith(source.title[:-1])
    return "" if is_cut or source.title == first else source.title


def title_of(text: str) -> str:
    """Return the beginning of a text as its title, short enough for a button."""
    first = _first_line(text)
    if len(first) <= OWN_TITLE_CHARACTERS:
        return first
    beginning = first[: OWN_TITLE_CHARACTERS - 1]
    return (beginning.rpartition(" ")[0] or beginning).rstrip(" ,;:.–—") + "…"


def _first_line(text: str) -> str:
    lines = (line.strip("# \t") for line in text.splitlines())
    return " ".join(next(filter(None, lines), "").split())


def renamed(source: Source, reading: Reading) -> str:
    """Return the title that a source has from now on: a page that nobody named takes its own."""
    return reading.title if reading.title and source.title == source.url else source.title
