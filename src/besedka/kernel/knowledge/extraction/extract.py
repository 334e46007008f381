"""The entry: a stored file, a fetched page or a typed text in, blocks out."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import structlog

from besedka.core.content.cleaning import clean
from besedka.core.content.kinds import Kind
from besedka.core.content.sniff import sniff_file, suffix_of
from besedka.core.errors import Unavailable
from besedka.core.sandbox.errors import (
    ReplyTooLarge,
    SandboxClosed,
    SandboxError,
    TaskOutOfMemory,
    TaskRefused,
    TaskTimedOut,
)
from besedka.core.sandbox.pool import Sandbox
from besedka.core.sandbox.process import Task
from besedka.kernel.knowledge.extraction.errors import ExtractionError, error_for
from besedka.kernel.knowledge.extraction.plain import (
    PLAIN_KINDS,
    decoded_markup,
    read_plain,
    read_words,
)
from besedka.kernel.knowledge.extraction.refusal import Reason, Refused, check
from besedka.kernel.knowledge.extraction.types import Extracted
from besedka.kernel.knowledge.extraction.wire import (
    ExtractedJson,
    SitemapJson,
    SitePageJson,
    from_json,
)

log = structlog.get_logger(__name__)

FILE_BYTES = 100 << 20
PAGE_BYTES = 10 << 20
# A larger plain file goes to a child too: reading it would keep this process from anything else.
_HERE_BYTES = 1 << 20

_READ_FILE = "knowledge.read_file"
_READ_PAGE = "knowledge.read_page"
_READ_SITE_PAGE = "knowledge.read_site_page"
_READ_SITEMAP = "knowledge.read_sitemap"
_PACKAGE = "besedka.kernel.knowledge.extraction"
FUNCTIONS: Mapping[str, str] = {
    _READ_FILE: f"{_PACKAGE}.child:read_file",
    _READ_PAGE: f"{_PACKAGE}.mainpage:read_page",
    _READ_SITE_PAGE: f"{_PACKAGE}.sitepage:read_page",
    _READ_SITEMAP: f"{_PACKAGE}.sitemap:read",
}
"""What the sandbox that is handed in here must allow."""


@dataclass(frozen=True, slots=True)
class SitePage:
    """A page of a site. Without text it has the reason; `base` and `links` are as they stand in the page.

    `robots` is what the page says to programs.
    """

    extracted: Extracted | None
    refusal: ExtractionError | None
    title: str
    base: str
    canonical: str
    links: tuple[str, ...]
    robots: str


async def extract(data_path: Path, *, name: str, sandbox: Sandbox) -> Extracted:
    """Return the text of a stored file; `name` is what its uploader called it.

    Raises ExtractionError, and Unavailable while the server shuts down.
    """
    try:
        begun = await asyncio.to_thread(_begin, data_path, name)
    except Refused as refusal:
        raise error_for(refusal.reason) from None
    if isinstance(begun, Extracted):
        return begun
    found = await _in_child(sandbox, Task(_READ_FILE, {"kind": begun.value}, data_path))
    return from_json(cast(ExtractedJson, found))


async def extract_html(
    html: bytes | str, *, url: str, sandbox: Sandbox, charset: str | None = None
) -> Extracted:
    """Return the main text of a fetched page; `charset` is what its server said. Raises ExtractionError."""
    task = Task(_READ_PAGE, {"url": url}, _as_utf8(html, charset))
    return from_json(cast(ExtractedJson, await _in_child(sandbox, task)))


async def extract_site_page(
    html: bytes, *, url: str, sandbox: Sandbox, charset: str | None = None
) -> SitePage:
    """Return the main text of a fetched page and where it leads. Raises ExtractionError."""
    task = Task(_READ_SITE_PAGE, {"url": url}, _as_utf8(html, charset))
    found = cast(SitePageJson, await _in_child(sandbox, task))
    text = found["text"]
    return SitePage(
        extracted=from_json(text) if text else None,
        refusal=error_for(Reason(found["refusal"])) if found["refusal"] else None,
        title=found["title"], base=found["base"], canonical=found["canonical"],
        links=tuple(found["links"]), robots=found["robots"],
    )  # fmt: skip


async def extract_sitemap(body: bytes, *, sandbox: Sandbox) -> SitemapJson:
    """Return the entries of a sitemap. Raises ExtractionError."""
    return cast(SitemapJson, await _in_child(sandbox, Task(_READ_SITEMAP, {}, body)))


def _as_utf8(html: bytes | str, charset: str | None) -> bytes:
    if len(html) > PAGE_BYTES:
        raise error_for(Reason.TOO_LARGE)
    try:
        text = html if isinstance(html, str) else decoded_markup(html, declared=charset)
    except Refused as refusal:
        raise error_for(refusal.reason) from None
    return text.encode(errors="replace")


def extract_text(text: str, *, markdown: bool = False) -> Extracted:
    """Return the blocks of a text that somebody typed. Raises ExtractionError."""
    try:
        return read_words(clean(text), Kind.MARKDOWN if markdown else Kind.TEXT)
    except Refused as refusal:
        raise error_for(refusal.reason) from None


def _begin(path: Path, name: str) -> Extracted | Kind:
    """Read a plain file; of any other, return the kind."""
    found = sniff_file(path, name=name)
    size = path.stat().st_size
    if size > FILE_BYTES:
        raise Refused(Reason.TOO_LARGE)
    check(found, suffix=suffix_of(name))
    if found.kind in PLAIN_KINDS and size <= _HERE_BYTES:
        return read_plain(path.read_bytes(), found.kind)
    return found.kind


async def _in_child(sandbox: Sandbox, task: Task) -> object:
    try:
        return await sandbox.call(task.function, task.arguments, payload=task.payload)
    except SandboxClosed:
        raise Unavailable from None
    except SandboxError as error:
        log.info("document refused", function=task.function, cause=type(error).__name__)
        raise error_for(_reason_of(error)) from error


def _reason_of(error: SandboxError) -> Reason:
    match error:
        case TaskRefused():
            return Reason(error.code)
        case TaskTimedOut():
            return Reason.TIMEOUT
        case TaskOutOfMemory():
            return Reason.OUT_OF_MEMORY
        case ReplyTooLarge():
            return Reason.TOO_LARGE
        case _:  # it died or raised: what it read is not as it should be
            return Reason.BROKEN
