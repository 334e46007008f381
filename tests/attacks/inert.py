"""Looking through markup for anything that could run or reach out."""

import re
from collections.abc import Iterator

from lxml import html

from besedka.core.markup import ATTRIBUTES, SCHEMES, TAGS

LINK_ATTRIBUTES = {"rel", "target"}
ADDRESSES = {"href", "src", "action", "formaction", "xlink:href", "data", "poster", "background", "srcset", "cite"}  # fmt: skip
FORBIDDEN = {"iframe", "object", "embed", "base", "style", "frame", "frameset", "applet", "math", "foreignobject"}  # fmt: skip
SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
IGNORED_BY_BROWSERS = dict.fromkeys([*range(33), 127], "")


def scheme_of(address: str) -> str:
    """Return an address's scheme as a browser finds it, an empty string for one without."""
    found = SCHEME.match(address.translate(IGNORED_BY_BROWSERS))
    return found[1].lower() if found else ""


def faults_of_message(markup: str) -> Iterator[str]:
    """Yield what a message's HTML has beyond the allow-list of `core.markup`."""
    for element in _elements(html.fragment_fromstring(markup, create_parent="main")):
        if element.tag == "main":
            continue
        allowed = ATTRIBUTES.get(element.tag, set())
        extra = LINK_ATTRIBUTES if element.tag == "a" else set()
        if element.tag not in TAGS:
            yield f"<{element.tag}>"
        yield from (f"{element.tag} {name}" for name in set(element.attrib) - allowed - extra)
        scheme = scheme_of(element.get("href", ""))
        if scheme and scheme not in SCHEMES:
            yield f"{element.tag} to {element.get('href')}"


def faults_of_page(markup: str) -> Iterator[str]:
    """Yield what could run on one of our pages or reach out of it."""
    for element in _elements(html.document_fromstring(markup)):
        if element.tag in FORBIDDEN:
            yield f"<{element.tag}>"
        if element.tag == "script" and not element.get("src", "").startswith(
            ("/static/", "/widget.js", "/widget-")
        ):
            yield f"script {element.get('src')} {element.text}"
        if element.tag == "meta" and "http-equiv" in element.attrib:
            yield "meta http-equiv"
        yield from _faulty_attributes(element)


def _faulty_attributes(element: html.HtmlElement) -> Iterator[str]:
    for name, value in element.attrib.items():
        if name.startswith(("on", "hx-on")) or name in {"style", "srcdoc"}:
            yield f"{element.tag} {name}"
        if name in ADDRESSES and scheme_of(value) not in {"", *SCHEMES}:
            yield f"{element.tag} {name}={value}"
        if name == "src" and value.startswith("//"):
            yield f"{element.tag} from {value}"


LINK = "a href rel target"
"""A link to another site: words become one where they hold an address."""


def skeleton(markup: str) -> list[str]:
    """Return a page's elements with the names of their attributes: what words must not change."""
    shapes = (
        f"{element.tag} {' '.join(sorted(element.attrib))}"
        for element in _elements(html.document_fromstring(markup))
    )
    return [shape for shape in shapes if shape != LINK]


def _elements(root: html.HtmlElement) -> Iterator[html.HtmlElement]:
    return (each for each in root.iter() if isinstance(each.tag, str))
