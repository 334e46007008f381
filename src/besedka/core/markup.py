"""Markdown to safe HTML: markdown-it without raw HTML, then nh3 last with our own allow-list. No remote images."""

import html
import re

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

from besedka.core.formulas import know_formulas

TAGS = {
    "a", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre",
    "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
ATTRIBUTES = {
    "a": {"href", "title"},
    "code": {"class"},
    "ol": {"start"},
    "td": {"align"},
    "th": {"align"},
}
SCHEMES = {"http", "https", "mailto", "tel"}
_URL = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")


def _reader() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False, "linkify": False, "breaks": True})
    return made.enable(["table", "strikethrough"]).disable("image")


_markdown = _reader()
_with_formulas = _reader()
know_formulas(_with_formulas)


def to_html(source: str) -> Markup:
    """Render Markdown of people and models; the result may stand in any page."""
    return clean(_markdown.render(source))


def answer_to_html(source: str) -> Markup:
    """Render what a model says, with its formulas; the result may stand in any page."""
    return clean(_with_formulas.render(source))


def clean(markup: str) -> Markup:
    """Keep what is on the allow-list, drop the rest."""
    kept = nh3.clean(
        markup,
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
        clean_content_tags={"script", "style"},
    )
    return Markup(kept)  # noqa: S704 - only the allow-list is left


def plain_to_html(source: str) -> Markup:
    """Escape plain text, keep its line breaks and link its web addresses."""
    parts: list[str] = []
    end = 0
    for match in _URL.finditer(source):
        parts.append(html.escape(source[end : match.start()]))
        address = html.escape(match.group())
        parts.append(
            f'<a href="{address}" rel="noopener noreferrer nofollow" target="_blank">{address}</a>'
        )
        end = match.end()
    parts.append(html.escape(source[end:]))
    words = "".join(parts).replace("\n", "<br>")
    return Markup(f"<p>{words}</p>")  # noqa: S704 - every part was escaped
