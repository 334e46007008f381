"""Pages: one Jinja environment over the templates of every module, and what each page is given."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from besedka.core.i18n import has_text, locale_of, text
from besedka.core.module import Manifest, NavItem
from besedka.web.assets import asset
from besedka.web.filters import FILTERS

TEMPLATES = Path(__file__).parent / "templates"
THEME_COOKIE = "besedka_theme"
THEMES = ("light", "dark")
FLASH_COOKIE = "besedka_flash"
FLASH_SECONDS = 30
_RAIL_PLACES = 5
_FOOT_ORDER = 900

_folders: list[Path] = [TEMPLATES]
_navigation: list[NavItem] = []


def add_templates(folder: Path) -> None:
    """Let pages be rendered from a module's templates folder; call it before the first page."""
    if folder not in _folders:
        _folders.append(folder)
        environment.cache_clear()


def add_navigation(items: Iterable[NavItem]) -> None:
    """Put a module's entries on the rail."""
    _navigation.extend(item for item in items if item not in _navigation)
    _navigation.sort(key=lambda item: item.order)


def install(manifests: Iterable[Manifest]) -> None:
    """Register the templates and navigation of all modules."""
    for manifest in manifests:
        if manifest.templates is not None:
            add_templates(manifest.templates)
        add_navigation(manifest.navigation)


@cache
def environment() -> Environment:
    """Return the one environment; a name that a template uses and nobody gave is an error."""
    made = Environment(
        loader=ChoiceLoader([FileSystemLoader(folder) for folder in _folders]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.do"],
    )
    made.filters.update(FILTERS)
    made.globals.update(asset=asset, icon=icon)
    return made


def icon(name: str, class_: str = "") -> Markup:
    """Return an icon of the sprite; it says nothing to a screen reader, so words stand beside it."""
    markup = Markup('<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>')
    return markup.format(class_, asset("icons.svg"), name)


def attributes(attrs: Mapping[str, object] | None) -> Markup:
    """Write further attributes of an element; `True` gives a bare name, `None` and `False` nothing."""
    written = Markup("")
    for name, value in (attrs or {}).items():
        if value is True:
            written += Markup(" {}").format(name)
        elif value is not None and value is not False:
            written += Markup(' {}="{}"').format(name, value)
    return written


def said(name: str, hint: str, error: str) -> Markup:
    """Tie a field to its hint and its error for those who listen to the page."""
    ids = " ".join(f"{name}-{part}" for part, words in (("error", error), ("hint", hint)) if words)
    return attributes({"aria-invalid": "true" if error else None, "aria-describedby": ids or None})


@dataclass(frozen=True, slots=True)
class Entry:
    """A navigation entry as a template shows it."""

    url: str
    icon: str
    label: str
    current: bool


@dataclass(frozen=True, slots=True)
class Rail:
    """The rail of one person on one page: the jobs, what didn't fit, and the foot."""

    jobs: Sequence[Entry]
    more: Sequence[Entry]
    foot: Sequence[Entry]


def _rail(path: str, locale: str, identity: Identity | None, base: str) -> Rail:
    shown = [item for item in _navigation if _may_see(identity, item)]
    entries = [
        (item.order, Entry(base + item.path, item.icon, text(locale, item.label), _is_under(path, item.path)))
        for item in shown
    ]
    jobs = [entry for order, entry in entries if order < _FOOT_ORDER]
    foot = [entry for order, entry in entries if order >= _FOOT_ORDER]
    return Rail(jobs[:_RAIL_PLACES], jobs[_RAIL_PLACES:], foot)


def _may_see(identity: Identity | None, item: NavItem) -> bool:
    return identity is not None and (item.permission is None or item.permission in identity.permissions)


def _is_under(path: str, home: str) -> bool:
    return path == home or path.startswith(home + "/")
