"""A page of a site: its main text, and where it leads. Runs in a child."""

from lxml import etree

from besedka.core.content.kinds import Kind
from besedka.kernel.knowledge.extraction.mainpage import main_blocks
from besedka.kernel.knowledge.extraction.plain import finished
from besedka.kernel.knowledge.extraction.refusal import Refused
from besedka.kernel.knowledge.extraction.types import Extracted
from besedka.kernel.knowledge.extraction.webpage import blocks_of_page, parse_html, title_of
from besedka.kernel.knowledge.extraction.wire import SitePageJson, to_json

_MOST_LINKS = 2000
_LONGEST_LINK = 2000


def read_page(payload: bytes, url: str) -> SitePageJson:
    """Read a page that has been fetched, and decoded to UTF-8, already."""
    text = payload.decode()
    tree = parse_html(text)
    found: SitePageJson = {
        "text": None, "refusal": "", "title": title_of(tree) or "", "base": _base(tree),
        "canonical": _canonical(tree), "links": _links(tree), "robots": _robots(tree),
    }  # fmt: skip
    try:
        blocks = main_blocks(text, blocks_of_page(tree), url=url)
        found["text"] = to_json(finished(Extracted(Kind.HTML, title_of(tree), blocks)))
    except Refused as refusal:
        found["refusal"] = refusal.refusal_code
    return found


def _base(tree: etree._Element) -> str:
    return next((each.get("href", "").strip() for each in tree.iter("base")), "")


def _canonical(tree: etree._Element) -> str:
    links = (
        each for each in tree.iter("link") if "canonical" in each.get("rel", "").lower().split()
    )
    return next((each.get("href", "").strip() for each in links), "")


def _links(tree: etree._Element) -> list[str]:
    """Return where a page leads, every address once, those that it does not vouch for left out."""
    found: dict[str, None] = {}
    for element in tree.iter("a", "area", "frame", "iframe"):
        link = (element.get("href") or element.get("src") or "").strip()
        vouched = "nofollow" not in element.get("rel", "").lower().split()
        if link and vouched and len(link) <= _LONGEST_LINK and not link.startswith("#"):
            found[link] = None
            if len(found) >= _MOST_LINKS:
                break
    return list(found)


def _robots(tree: etree._Element) -> str:
    """Return what the page says to programs: `noindex`, `nofollow`, `none`."""
    names = {"robots", "besedkabot"}
    said = [
        each.get("content", "")
        for each in tree.iter("meta")
        if each.get("name", "").lower() in names
    ]
    return ",".join(said).lower()
