"""What the shell itself answers: built files, accent colours, theme and language."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from besedka.core.deps import CurrentRuntime
from besedka.core.i18n import LOCALE_COOKIE, Locale
from besedka.core.routing import LateRoute
from besedka.core.security.headers import allow_anywhere
from besedka.kernel.accounts import service as accounts
from besedka.kernel.accounts.deps import OptionalIdentity, safe_next
from besedka.web import assets
from besedka.web.render import THEME_COOKIE, THEMES
from besedka.web.theme import accent_css

router = APIRouter(include_in_schema=False, route_class=LateRoute)

YEAR = 365 * 24 * 3600
_READ = ["GET", "HEAD"]
_THEME_CACHE = "private, max-age=60, stale-while-revalidate=86400"


@router.api_route("/static/{name}", methods=_READ)
def static_file(request: Request, name: str) -> Response:
    """Built files: their names change with their content, so browsers keep them for ever."""
    return assets.serve(request, name)


@router.api_route("/favicon.ico", methods=_READ)
def favicon() -> Response:
    """Where browsers look for a sign of answers that name none: parts of pages, JSON, files."""
    return RedirectResponse(assets.asset("mark.svg"), headers={"Cache-Control": assets.SHORTLY})


@router.api_route("/widget.js", methods=_READ)
def widget(request: Request) -> Response:
    """The widget, for any site; its name never changes, so browsers ask for it again after minutes."""
    response = assets.serve(request, "widget.js", cache_control=assets.SHORTLY)
    allow_anywhere(response.headers)
    return response


@router.api_route("/widget-{part}.js", methods=_READ)
def widget_part(request: Request, part: Literal["files", "form", "more"]) -> Response:
    """What few visitors need of the widget, loaded when the first of them does."""
    response = assets.serve(request, f"widget-{part}.js", cache_control=assets.SHORTLY)
    allow_anywhere(response.headers)
    return response


@router.get("/theme/{workspace}.css")
async def theme(runtime: CurrentRuntime, identity: OptionalIdentity, workspace: str) -> Response:
    """The accent colour of one's own workspace; an empty sheet where it has none."""
    accent = ""
    if identity is not None and identity.workspace_slug == workspace:
        async with runtime.db.fast.acquire(identity.workspace_id) as conn:
            accent = (await accounts.get_workspace(conn)).accent
    return Response(
        accent_css(accent), media_type="text/css", headers={"Cache-Control": _THEME_CACHE}
    )


@router.post("/preferences/theme")
def choose_theme(
    request: Request,
    theme: Annotated[str, Form()],
    next_page: Annotated[str, Form(alias="next")] = "/",
) -> Response:
    """Remember light, dark or the system's choice in this browser."""
    response = RedirectResponse(safe_next(next_page), status_code=303)
    if theme in THEMES:
        _remember(request, response, THEME_COOKIE, theme)
    else:
        response.delete_cookie(THEME_COOKIE)
    return response


@router.post("/preferences/locale")
async def choose_locale(
    request: Request,
    runtime: CurrentRuntime,
    identity: OptionalIdentity,
    locale: Annotated[Locale, Form()],
    next_page: Annotated[str, Form(alias="next")] = "/",
) -> Response:
    """Remember the language: in this browser, and for the person when one is logged in."""
    if identity is not None:
        async with runtime.db.system.transaction() as conn:
            await accounts.update_me(conn, identity.user_id, locale=locale)
    response = RedirectResponse(safe_next(next_page), status_code=303)
    _remember(request, response, LOCALE_COOKIE, locale)
    return response


def _remember(request: Request, response: Response, name: str, value: str) -> None:
    response.set_cookie(
        name, value, max_age=YEAR, samesite="lax", secure=request.url.scheme == "https"
    )
