"""Templates: nothing that the policy of the pages refuses, and macros that render in both languages."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.requests import Request

import besedka
from besedka.core.i18n import LOCALES
from besedka.web.render import environment, icon, macros, render

PACKAGE = Path(besedka.__file__).parent
SPRITE = PACKAGE.parent.parent / "frontend" / "src" / "icons.svg"

FORBIDDEN = {
    "inline style": re.compile(r"\sstyle\s*=|<style"),
    "inline script": re.compile(r"<script(?![^>]*\ssrc=)"),
    "event attribute": re.compile(r"\son[a-z]+\s*=\s*[\"']"),
    "evaluated htmx": re.compile(r"hx-on|[\"']js:|hx-trigger\s*=\s*\"[^\"]*\["),
    "another host": re.compile(r"(?:src|href|action)\s*=\s*[\"']https?://"),
}


def templates() -> list[Path]:
    return sorted(PACKAGE.glob("**/templates/**/*.html"))


@pytest.mark.parametrize("path", templates(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_template_holds_nothing_that_the_policy_refuses(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert [name for name, pattern in FORBIDDEN.items() if pattern.search(source)] == []


def used_icons() -> Iterator[str]:
    pattern = re.compile(r"(?:icon\(|sign=)\"([a-z]+)\"")
    for path in templates():
        yield from pattern.findall(path.read_text(encoding="utf-8"))


def test_icons_that_templates_use_are_drawn() -> None:
    drawn = set(re.findall(r'<symbol id="([a-z]+)"', SPRITE.read_text(encoding="utf-8")))
    assert set(used_icons()) <= drawn


def request_in(locale: str) -> Request:
    headers = [(b"accept-language", locale.encode()), (b"host", b"test")]
    scope = {
        "type": "http", "method": "GET", "path": "/x", "query_string": b"a=1", "headers": headers,
        "scheme": "http", "server": ("test", 80), "root_path": "",
    }  # fmt: skip
    return Request(scope)


@pytest.mark.parametrize("locale", LOCALES)
def test_error_page_renders_for_strangers(locale: str) -> None:
    page = render(
        request_in(locale), "error.html", None,
        heading="H", detail="<b>d</b>", status=503, code="c", request_id="r",
    )  # fmt: skip
    assert f'lang="{locale}"' in page
    assert "&lt;b&gt;d&lt;/b&gt;" in page
    assert "/x?a=1" in page


def made(macro: str) -> str:
    given = {"errors": {"name": "Too <short>"}, "csrf_token": "tok", "t": lambda key, **_: key}
    source = environment().from_string("{{ " + macro + " }}")
    return source.render(ui=macros(given | {"locale": "en"}))


def test_field_ties_its_error_and_hint_to_itself() -> None:
    field = made('ui.field("name", "Name", value=\'"><script>\', hint="A hint")')
    assert 'aria-invalid="true"' in field
    assert 'aria-describedby="name-error name-hint"' in field
    assert "Too &lt;short&gt;" in field
    assert "<script>" not in field


def test_action_carries_the_csrf_token() -> None:
    assert 'name="csrf_token" value="tok"' in made('ui.action("Go", "/x", confirm="Sure?")')


def test_button_with_an_address_is_a_link() -> None:
    button = made('ui.button("Go", href="/x", kind="primary", attrs={"data-a": 1, "data-b": True})')
    assert button.strip().startswith('<a class="btn btn--primary" href="/x" data-a="1" data-b>')


def test_icon_names_cannot_break_out() -> None:
    assert "<script>" not in icon('"><script>')
