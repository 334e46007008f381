"""The call of xberg, which reads most formats: no cache, no recognition, no archives, within limits."""

import asyncio
import io
import re
import zipfile

import xberg

from besedka.core.content.kinds import MEDIA_TYPES, Kind
from besedka.kernel.knowledge.extraction.refusal import Reason, Refused

_ZIPPED = {Kind.DOCX, Kind.XLSX, Kind.ODT, Kind.ODS, Kind.ODP, Kind.EPUB}
_SOURCES = (".xml", ".xhtml", ".html")
# Reading XML takes twenty times its size with a tree of nodes, nine times without.
_TREE_BYTES = 60 << 20
_TABLE_BYTES = 80 << 20
_CELLS = 2_000_000
_CONTENT_BYTES = 200 << 20
# What xberg's messages say, since it raises one exception for everything.
_REASONS = (
    (re.compile(r"encrypt|password|protected", re.IGNORECASE), Reason.ENCRYPTED),
    (
        re.compile(r"security violation|bomb|exceed|too (?:large|many)", re.IGNORECASE),
        Reason.TOO_LARGE,
    ),
    (re.compile(r"timed? ?out", re.IGNORECASE), Reason.TIMEOUT),
    (re.compile(r"unsupported", re.IGNORECASE), Reason.UNSUPPORTED),
)


def read_by_xberg(data: bytes, kind: Kind, *, structure: bool = True) -> xberg.ExtractedDocument:
    """Return what xberg makes of a document, with its tree of nodes if `structure`. Raises Refused."""
    if kind in _ZIPPED and _unpacked_bytes(data) > (_TREE_BYTES if structure else _TABLE_BYTES):
        raise Refused(Reason.TOO_LARGE)
    return asyncio.run(_extract(data, kind, structure=structure))


async def _extract(data: bytes, kind: Kind, *, structure: bool) -> xberg.ExtractedDocument:
    source = xberg.ExtractInput(kind="bytes", bytes=data, mime_type=MEDIA_TYPES[kind])
    try:
        result = await xberg.extract(source, _config(structure=structure))
    except Exception as error:  # noqa: BLE001 - xberg raises RuntimeError and classes of its own alike
        raise Refused(_reason(str(error)), str(error)) from None
    if not result.results:
        raise Refused(Reason.BROKEN, "; ".join(str(error.message) for error in result.errors))
    return result.results[0]


def _config(*, structure: bool) -> xberg.ExtractionConfig:
    return xberg.ExtractionConfig(
        use_cache=False,
        disable_ocr=True,
        output_format="plain",
        escape_markdown=False,
        include_document_structure=structure,
        extraction_timeout_secs=60,
        max_archive_depth=0,
        security_limits=xberg.SecurityLimits(
            max_table_cells=_CELLS, max_content_size=_CONTENT_BYTES, max_nesting_depth=256
        ),
    )


def _reason(message: str) -> Reason:
    return next((reason for words, reason in _REASONS if words.search(message)), Reason.BROKEN)


def _unpacked_bytes(data: bytes) -> int:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
    except zipfile.BadZipFile as error:
        raise Refused(Reason.BROKEN, str(error)) from None
    return sum(member.file_size for member in members if member.filename.endswith(_SOURCES))
