"""What the shell itself answers: built files, accent colours, theme and language."""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from besedka.core.i18n import LOCALE_COOKIE, LOCALES
from besedka.core.security.headers import allow_anywhere
from besedka.web import assets
from besedka.web.render import THEME_COOKIE, THEMES
from besedka.web.theme import accent_css

router = APIRouter(include_in_schema=False)

YEAR = 365 * 24 * 3600
_READ = ["GET", "HEAD"]


@router.api_route("/static/{name}", methods=_READ)
def static_file(request: Request, name: str) -> Response:
    """Built files: their names change with their content, so browsers keep them for ever."""
    return assets.serve(request, name)


@router.api_route("/widget.js", methods=_READ)
def widget(request: Request) -> Response:
    """The widget, for any site; its name never changes, so it is asked for again after minutes."""
    response = assets.serve(request, "widget.js", cache_control=assets.SHORTLY)
    allow_anywhere(response.headers)
    return response


@router.post("/preferences/theme")
def choose_theme(
    request: Request, theme: Annotated[str, Form()], next: Annotated[str, Form()] = "/"
) -> Response:
    """Remember light, dark or the system's choice in this browser."""
    response = RedirectResponse(_local(next), status_code=303)
    if theme in THEMES:
        _remember(request, response, THEME_COOKIE, theme)
    else:
        response.delete_cookie(THEME_COOKIE)
    return response


@router.post("/preferences/locale")
def choose_locale(
    request: Request, locale: Annotated[str, Form()], next: Annotated[str, Form()] = "/"
) -> Response:
    """Remember the language in this browser."""
    response = RedirectResponse(_local(next), status_code=303)
    if locale in LOCALES:
        _remember(request, response, LOCALE_COOKIE, locale)
    return response


def _local(path: str) -> str:
    """Return a path of our own, whatever was asked for."""
    parts = urlsplit(path)
    own = path.startswith("/") and not path.startswith(("//", "/\\")) and not parts.netloc
    return path if own else "/"


def _remember(request: Request, response: Response, name: str, value: str) -> None:
    response.set_cookie(
        name, value, max_age=YEAR, samesite="lax", secure=request.url.scheme == "https"
    )


@router.get("/theme/{workspace}.css")
async def theme(request: Request, workspace: str) -> Response:
    """The accent colour of a workspace; an empty sheet where it has none."""
    return Response(accent_css("#2f6249"), media_type="text/css", headers={"Cache-Control": "public, max-age=60"})
