"""Which kind of text a text is."""

import json
import re

from besedka.core.content.kinds import Kind

_BY_SUFFIX = {
    "md": Kind.MARKDOWN,
    "markdown": Kind.MARKDOWN,
    "mdx": Kind.MARKDOWN,
    "csv": Kind.CSV,
    "tsv": Kind.TSV,
    "tab": Kind.TSV,
}
_TEXT_SUFFIXES = {*_BY_SUFFIX, "txt", "text", "log", "srt", "vtt", "rst"}
_PLAIN_ROOTS = {"svg": Kind.SVG, "html": Kind.HTML}
_PAGE_SUFFIXES = {"html", "htm", "xhtml", "xht", "shtml"}
_PREAMBLE = re.compile(r"(?:\s|<\?xml[^>]*>|<\?[^>]*\?>|<!--.*?-->)*", re.DOTALL)
_ROOT = re.compile(r"(?:<!doctype\s+|<(?:[\w.-]+:)?)([\w.-]+)", re.IGNORECASE)
_PAGE_ROOTS = {
    *("head", "body", "title", "meta", "link", "script", "style", "base", "frameset"),
    *("div", "p", "table", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "br", "hr", "a"),
    *("span", "font", "center", "section", "article", "main", "nav", "header", "footer", "b", "i"),
    *("iframe", "img", "form", "pre", "blockquote", "noscript", "em", "strong", "u"),
}
_HEADER_FIELD = re.compile(r"^([A-Za-z][A-Za-z0-9-]{1,60}):[ \t]?", re.MULTILINE)
_LETTER_FIELDS = {
    *("from", "to", "cc", "subject", "date", "received", "return-path", "delivered-to", "sender"),
    *("message-id", "mime-version", "content-type", "reply-to", "content-transfer-encoding"),
}
_JSON_BYTES = 1 << 20


def kind_of_text(text: str, *, suffix: str) -> Kind:
    """Return the kind of a text from its beginning; the suffix settles what looks alike."""
    rest = text[_end_of_preamble(text) :]
    kind = None
    if rest.startswith("<"):
        kind = _kind_of_markup(text, rest, suffix=suffix)
    elif rest.startswith("{\\rtf"):
        kind = Kind.RTF
    elif rest.startswith(("{", "[")) and _is_json(text, suffix):
        kind = Kind.JSON
    if kind is None and _is_letter(text, suffix):
        kind = Kind.EML
    return kind or _BY_SUFFIX.get(suffix) or (Kind.HTML if _is_page(text, suffix) else Kind.TEXT)


def _end_of_preamble(text: str) -> int:
    preamble = _PREAMBLE.match(text)
    return preamble.end() if preamble else 0


def _kind_of_markup(text: str, rest: str, *, suffix: str) -> Kind | None:
    root = _ROOT.match(rest)
    name = root[1].lower() if root else ""
    if name in _PLAIN_ROOTS:
        return _PLAIN_ROOTS[name]
    if suffix in _TEXT_SUFFIXES:  # tags may be what such a text is about
        return None
    if text.lstrip().startswith("<?xml") or (suffix == "xml" and name):
        return Kind.XML
    return Kind.HTML if name in _PAGE_ROOTS else None


def _is_page(text: str, suffix: str) -> bool:
    return suffix in _PAGE_SUFFIXES and re.search(r"<[a-zA-Z!/]", text) is not None


def _is_letter(text: str, suffix: str) -> bool:
    top = text.lstrip("\n").partition("\n\n")[0]
    if top.startswith("From "):  # the line that mailboxes put between letters
        top = top.partition("\n")[2]
    if not _HEADER_FIELD.match(top):
        return False
    known = _LETTER_FIELDS & {name.lower() for name in _HEADER_FIELD.findall(top)}
    return len(known) >= (1 if suffix == "eml" else 3)


def _is_json(text: str, suffix: str) -> bool:
    if suffix == "json":
        return True
    if len(text) > _JSON_BYTES:
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
