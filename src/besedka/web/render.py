"""Pages: one Jinja environment over the templates of every module, and what each page is given."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from types import SimpleNamespace

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from besedka.core.deps import get_runtime
from besedka.core.i18n import has_text, locale_of, text
from besedka.core.module import Manifest, NavItem, Waiting
from besedka.kernel.accounts.types import Identity
from besedka.web.assets import asset, preloads
from besedka.web.filters import FILTERS
from besedka.web.person import csrf_token_of, identity_of, known_identity

TEMPLATES = Path(__file__).parent / "templates"
THEME_COOKIE = "besedka_theme"
THEMES = ("light", "dark")
FLASH_COOKIE = "besedka_flash"
FLASH_SECONDS = 30
MACROS = ("press", "forms", "ways", "reading")
"""The files of macros; each may use those before it as `ui.…`."""
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
    )
    made.filters.update(FILTERS)
    made.globals.update(asset=asset, icon=icon, preload=preload, attributes=attributes, said=said)
    return made


def icon(name: str, class_: str = "") -> Markup:
    """Return an icon of the sprite; it says nothing to a screen reader, so words stand beside it."""
    markup = Markup(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>'
    )
    return markup.format(class_, asset("icons.svg"), name)


def preload(*islands: str) -> Markup:
    """Let the browser fetch the scripts of islands along with the page, in its block `head`."""
    addresses = dict.fromkeys(address for island in islands for address in preloads(island))
    link = Markup('<link rel="modulepreload" href="{}">')
    return Markup("").join(link.format(address) for address in addresses)


def attributes(attrs: Mapping[str, object] | None) -> Markup:
    """Write further attributes of an element; `True` gives a bare name, `None` and `False` nothing."""
    written = Markup("")
    for name, value in (attrs or {}).items():
        if value is True:
            written += Markup(" {}").format(name)
        elif value is not None and value is not False:
            written += Markup(' {}="{}"').format(name, value)
    return written


def said(name: str, *, hint: str, error: str) -> Markup:
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
    waiting: Waiting | None = None
    count: int | None = None
    """How much waits there; None where nobody has counted."""


@dataclass(frozen=True, slots=True)
class Rail:
    """The rail of one person on one page: the jobs, what didn't fit, and the foot."""

    jobs: Sequence[Entry]
    more: Sequence[Entry]
    foot: Sequence[Entry]

    @property
    def count(self) -> int:
        """How much waits behind all of them."""
        return sum(entry.count or 0 for entry in (*self.jobs, *self.more, *self.foot))


Counts = Mapping[str, int]
"""What waits, by the path of the entry."""


async def _counts(request: Request, identity: Identity | None) -> Counts:
    """Ask what waits for a person who looks at a page of the dashboard."""
    if identity is None or not _is_under(request.url.path, "/dashboard"):
        return {}
    runtime = get_runtime(request)
    return {
        item.path: await item.waiting.count(runtime, identity.workspace_id)
        for item in _navigation
        if item.waiting is not None and _may_see(identity, item)
    }


def _rail(request: Request, identity: Identity | None, counts: Counts) -> Rail:
    path, locale, base = request.url.path, locale_of(request), base_path(request)
    shown = [item for item in _navigation if _may_see(identity, item)]
    entries = [
        (
            item.order,
            Entry(
                base + item.path, item.icon, text(locale, item.label), _is_under(path, item.path),
                item.waiting, counts.get(item.path),
            ),
        )
        for item in shown
    ]  # fmt: skip
    jobs = [entry for order, entry in entries if order < _FOOT_ORDER]
    foot = [entry for order, entry in entries if order >= _FOOT_ORDER]
    return Rail(jobs[:_RAIL_PLACES], jobs[_RAIL_PLACES:], foot)


def _may_see(identity: Identity | None, item: NavItem) -> bool:
    return identity is not None and (
        item.permission is None or item.permission in identity.permissions
    )


def _is_under(path: str, home: str) -> bool:
    return path == home or path.startswith(home + "/")


def base_path(request: Request) -> str:
    """Return `/w/{slug}`: links name the workspace, so that two tabs in two workspaces never fight."""
    identity = known_identity(request)
    slug = identity.workspace_slug if identity else request.scope.get("besedka.workspace")
    return f"/w/{slug}" if slug else ""


def _context(request: Request, identity: Identity | None) -> dict[str, object]:
    locale, base = locale_of(request), base_path(request)
    theme = request.cookies.get(THEME_COOKIE, "")
    flash = request.cookies.get(FLASH_COOKIE, "")
    return {
        "request": request,
        "identity": identity,
        "locale": locale,
        "t": partial(text, locale),
        "theme": theme if theme in THEMES else "",
        "base_path": base,
        "url": lambda path: base + path,
        "here": base + request.url.path + (f"?{request.url.query}" if request.url.query else ""),
        "csrf_token": csrf_token_of(request),
        "navigation": _rail(request, identity, {}),
        "flash": text(locale, flash) if has_text(flash) else "",
        "errors": {},
    }


def render(request: Request, template: str, identity: Identity | None, **context: object) -> str:
    """Render a template with the page's own things (`t`, `url`, `ui`, `identity`, …) and the caller's."""
    given = _context(request, identity) | context
    return environment().get_template(template).render(given, ui=macros(given))


def macros(given: Mapping[str, object]) -> SimpleNamespace:
    """Return the macros of all of `templates/macros`, made with what a page is given."""
    ui = SimpleNamespace()
    for name in MACROS:
        module = environment().get_template(f"macros/{name}.html").make_module({**given, "ui": ui})
        vars(ui).update({k: v for k, v in vars(module).items() if not k.startswith("_")})
    return ui


async def page(
    request: Request, template: str, *, status: int = 200, **context: object
) -> Response:
    """Answer with a page (or a fragment of one) in the reader's language, theme and workspace."""
    identity = await identity_of(request)
    navigation = _rail(request, identity, await _counts(request, identity))
    response = HTMLResponse(
        render(request, template, identity, navigation=navigation, **context), status
    )
    if FLASH_COOKIE in request.cookies:
        response.delete_cookie(FLASH_COOKIE)
    return response


def redirect(request: Request, path: str, *, flash: str = "") -> Response:
    """Send the browser on after a form (303), within its workspace; `flash` is a text's key to show there."""
    response = RedirectResponse(base_path(request) + path, status_code=303)
    if flash:
        response.set_cookie(
            FLASH_COOKIE, flash, max_age=FLASH_SECONDS, httponly=True, samesite="lax"
        )
    return response


def is_htmx(request: Request) -> bool:
    """Whether htmx asked, so that a fragment is enough."""
    return request.headers.get("hx-request") == "true"
