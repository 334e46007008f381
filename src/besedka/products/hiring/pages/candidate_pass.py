"""Who looks at a candidate's page: whoever has the link of the application. What pages of strangers share."""

from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Request, Response

from besedka.core.deps import ClientAddress, CurrentRuntime
from besedka.core.i18n import LOCALE_COOKIE, LOCALES, Locale
from besedka.core.ids import WorkspaceId
from besedka.core.runtime import Runtime
from besedka.core.security.ratelimit import ANONYMOUS
from besedka.products.hiring.service import links

COOKIE: Final = "besedka_application"
COOKIE_SECONDS: Final = 400 * 24 * 3600
PER_APPLICATION: Final = "120 per minute"
"""An open interview asks every few seconds whether somebody said something."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A candidate at their application."""

    workspace: WorkspaceId
    response_id: UUID


async def _visit(
    response_id: UUID, request: Request, runtime: CurrentRuntime, address: ClientAddress
) -> Visit:
    key = request.query_params.get("key") or request.cookies.get(COOKIE, "")
    workspace = await links.check_key(runtime, response_id, key)
    await runtime.limiter.hit(PER_APPLICATION, "application", str(response_id), address)
    return Visit(workspace, response_id)


Candidate = Annotated[Visit, Depends(_visit)]


async def _stranger(runtime: CurrentRuntime, address: ClientAddress) -> None:
    await runtime.limiter.hit(ANONYMOUS, "careers", address)


WithinLimits = Depends(_stranger)


def let_in(runtime: Runtime, response: Response, response_id: UUID) -> Response:
    """Remember in this browser, for the application's pages alone, that it has the link."""
    response.set_cookie(
        COOKIE, links.key_of(runtime, response_id), max_age=COOKIE_SECONDS, httponly=True, samesite="lax",
        path=links.PATH.format(response_id=response_id), secure=runtime.settings.secure_cookies,
    )  # fmt: skip
    return response


def speak(request: Request, language: Locale) -> None:
    """Let a page be in the asked language (`lang`), in the reader's, or in that of what it shows."""
    asked = request.query_params.get("lang")
    if asked in LOCALES:
        request.scope["besedka.locale"] = asked
    elif request.cookies.get(LOCALE_COOKIE) in LOCALES or request.headers.get("accept-language"):
        return
    else:
        request.scope.setdefault("besedka.locale", language)
