"""Sitemaps (sitemaps.org): lists of pages and lists of lists, as XML or as lines, packed or not. Runs in a child."""

import zlib
from io import BytesIO

from lxml import etree

from besedka.kernel.knowledge.extraction.wire import SitemapJson

MOST_BYTES = 50 << 20
MOST_ENTRIES = 50_000
_GZIP = 31  # what zlib calls the form of .gz


def read(payload: bytes) -> SitemapJson:
    """Read a sitemap as far as it can be read; what is none has no entries."""
    body = _unpacked(payload)
    if not body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return {"pages": [(line, "") for line in _lines(body)], "maps": []}
    found: SitemapJson = {"pages": [], "maps": []}
    events = etree.iterparse(
        BytesIO(body), events=("end",), resolve_entities=False, no_network=True, load_dtd=False,
        huge_tree=False, recover=True,
    )  # fmt: skip
    try:
        for _, element in events:
            _take(element, found)
            if len(found["pages"]) + len(found["maps"]) >= MOST_ENTRIES:
                break
    except etree.XMLSyntaxError:
        return found
    return found


def _take(element: etree._Element, found: SitemapJson) -> None:
    kind = _name(element)
    if kind not in {"url", "sitemap"}:
        return
    said = {_name(child): (child.text or "").strip() for child in element}
    if said.get("loc"):
        if kind == "url":
            found["pages"].append((said["loc"], said.get("lastmod", "")))
        else:
            found["maps"].append(said["loc"])
    element.clear()


def _name(element: etree._Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


def _unpacked(payload: bytes) -> bytes:
    if not payload.startswith(b"\x1f\x8b"):
        return payload
    try:
        return zlib.decompressobj(_GZIP).decompress(payload, MOST_BYTES)
    except zlib.error:
        return b""


def _lines(body: bytes) -> list[str]:
    lines = (line.strip() for line in body.decode("utf-8-sig", "replace").splitlines())
    return [line for line in lines if line.startswith(("http://", "https://"))][:MOST_ENTRIES]
