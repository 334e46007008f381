"""Dependencies: who asks, what they may, and whether a page of ours asks for them."""

from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import quote, urlencode

from fastapi import Depends, Request
from starlette.requests import HTTPConnection
from starlette.responses import Response

from besedka.core.deps import client_address, client_scheme, get_runtime
from besedka.core.errors import Forbidden, Unauthenticated
from besedka.core.i18n import locale_of
from besedka.kernel.accounts.errors import (
    CsrfRefused,
    EmailUnconfirmed,
    EnrolFirst,
    EnrolFirstInFragment,
    HostOnly,
    LogInFirst,
    LogInFirstInFragment,
    NotByKey,
    SecondFactorNeeded,
)
from besedka.kernel.accounts.service import csrf
from besedka.kernel.accounts.service.identity import identify_bearer, identify_cookie
from besedka.kernel.accounts.service.limits import device_cookie
from besedka.kernel.accounts.service.state import Accounts
from besedka.kernel.accounts.types import ACT, Caller, Identity, Login

LOGIN_PAGE: Final = "/login"
HOME_PAGE: Final = "/dashboard"
SECURITY_PAGE: Final = "/dashboard/settings/security"
WORKSPACE_HEADER: Final = b"besedka-workspace"
SESSION_COOKIE: Final = "besedka_session"
SECURE_SESSION_COOKIE: Final = "__Host-besedka"
DEVICE_COOKIE: Final = "besedka_device"
SECURE_DEVICE_COOKIE: Final = "__Host-besedka-device"
COOKIE_SECONDS: Final = 400 * 24 * 3600
MAX_COOKIE: Final = 200
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_IDENTITY = "besedka.identity"


async def find_identity(connection: HTTPConnection) -> Identity | None:
    """Return who asks; None without any credential. A bad credential is an error, not a stranger.

    Raises Unauthenticated, TokenExpired, SessionEnded; NotFound for a workspace that is not there or not theirs.
    """
    scope = connection.scope
    found: Identity | None = scope.get(_IDENTITY)
    if found is not None:
        return found
    authorization, workspace = _credentials(scope["headers"])
    wanted: str | None = scope.get("besedka.workspace", workspace)
    if authorization is not None:
        identity = await identify_bearer(get_runtime(connection), _bearer(authorization), wanted)
    else:
        cookie = session_cookie(connection)
        if cookie is None:
            return None
        identity = await identify_cookie(get_runtime(connection), cookie, wanted)
        scope["besedka.csrf"] = csrf.csrf_token(cookie)
    scope[_IDENTITY] = identity
    if identity.locale is not None:
        scope["besedka.locale"] = identity.locale
    return identity


def _credentials(headers: list[tuple[bytes, bytes]]) -> tuple[bytes | None, str | None]:
    """Pick the two headers that matter in one pass over what the server parsed."""
    authorization = workspace = None
    for name, value in headers:
        if name == b"authorization":
            authorization = value
        elif name == WORKSPACE_HEADER:
            workspace = value.decode("latin-1")
    return authorization, workspace


def _bearer(authorization: bytes) -> str:
    scheme, _, token = authorization.partition(b" ")
    if scheme.lower() != b"bearer" or not token.isascii():
        raise Unauthenticated
    return token.strip().decode("ascii")


def session_cookie(connection: HTTPConnection) -> str | None:
    """Return the value of the session cookie, if the request brought one."""
    secure = get_runtime(connection).settings.secure_cookies
    value = connection.cookies.get(SECURE_SESSION_COOKIE if secure else SESSION_COOKIE)
    return value if value and len(value) <= MAX_COOKIE else None


async def any_identity(request: Request) -> Identity:
    """Return who asks, a person or an API key; a write by cookie has to come from our own page.

    Raises CsrfRefused, Unauthenticated without a credential, and what `find_identity` raises.
    """
    identity = await find_identity(request)
    if identity is None:
        raise Unauthenticated
    if identity.by_cookie and request.method not in _SAFE:
        await _check_csrf(request)
    return identity


def check_second_factor(identity: Identity) -> Identity:
    """Refuse who lacks the second step that the workspace asks for. Raises SecondFactorNeeded."""
    if identity.needs_second_factor:
        raise SecondFactorNeeded
    return identity


async def current_identity(request: Request) -> Identity:
    """Return who asks, for what every member may: an API key needs the scope for it.

    Raises Forbidden and SecondFactorNeeded besides.
    """
    identity = check_second_factor(await any_identity(request))
    return identity if identity.key_id is None else _allowed(identity, ACT)


async def own_identity(request: Request) -> Identity:
    """Return who asks in a matter of their own account, which no API key may touch. Raises NotByKey besides."""
    identity = await any_identity(request)
    if identity.key_id is not None:
        raise NotByKey
    return identity


async def person_identity(request: Request) -> Identity:
    """Return which person asks in a matter of theirs within the workspace. Raises NotByKey, SecondFactorNeeded."""
    return check_second_factor(await own_identity(request))


async def optional_identity(request: Request) -> Identity | None:
    """Return who asks, None for a stranger: without a credential, or with a cookie that is over."""
    try:
        return await any_identity(request)
    except Unauthenticated:
        if "authorization" in request.headers:
            raise
        return None


async def page_identity(request: Request) -> Identity:
    """Return who looks at a page of the workspace; who lacks the second step is sent to set it up.

    Raises EnrolFirst besides.
    """
    identity = await own_page_identity(request)
    if identity.needs_second_factor:
        location = f"/w/{identity.workspace_slug}{SECURITY_PAGE}"
        raise (EnrolFirstInFragment if _is_fragment(request) else EnrolFirst)(location)
    return identity


async def own_page_identity(request: Request) -> Identity:
    """Return who looks at a page of their own account; strangers are sent to log in and come back.

    Raises LogInFirst, NotByKey.
    """
    try:
        return await own_identity(request)
    except Unauthenticated as error:
        if _is_fragment(request):
            raise LogInFirstInFragment(LOGIN_PAGE) from error
        raise LogInFirst(login_address(request)) from error


def _is_fragment(request: Request) -> bool:
    return "hx-request" in request.headers


AnyIdentity = Annotated[Identity, Depends(any_identity)]
CurrentIdentity = Annotated[Identity, Depends(current_identity)]
OwnIdentity = Annotated[Identity, Depends(own_identity)]
PersonIdentity = Annotated[Identity, Depends(person_identity)]
OwnPageIdentity = Annotated[Identity, Depends(own_page_identity)]
OptionalIdentity = Annotated[Identity | None, Depends(optional_identity)]
PageIdentity = Annotated[Identity, Depends(page_identity)]


@dataclass(frozen=True, slots=True)
class Require:
    """A dependency that asks for a permission, and gives the identity. Raises Forbidden."""

    permission: str

    async def __call__(self, request: Request) -> Identity:
        """Return who asks."""
        return _allowed(check_second_factor(await any_identity(request)), self.permission)


@dataclass(frozen=True, slots=True)
class RequireOnPage:
    """The same for pages: strangers are sent to log in."""

    permission: str

    async def __call__(self, request: Request) -> Identity:
        """Return who looks."""
        return _allowed(await page_identity(request), self.permission)


def require(permission: str) -> Require:
    """Return the dependency that asks for a permission: `Annotated[Identity, Depends(require("inbox.reply"))]`."""
    return Require(permission)


def require_on_page(permission: str) -> RequireOnPage:
    """Return the dependency that asks for a permission on a page."""
    return RequireOnPage(permission)


def _allowed(identity: Identity, permission: str) -> Identity:
    if permission not in identity.permissions:
        raise Forbidden(permission=permission)
    return identity


async def confirmed_identity(request: Request) -> Identity:
    """Return who asks, if their address is confirmed. Raises EmailUnconfirmed."""
    identity = await current_identity(request)
    require_confirmed(identity)
    return identity


def require_confirmed(identity: Identity) -> None:
    """Refuse what makes us write to others while the person's own address is unconfirmed."""
    if not identity.email_confirmed:
        raise EmailUnconfirmed


async def host_identity(request: Request) -> Identity:
    """Return who asks, if they are a host of the installation. Raises HostOnly."""
    identity = await any_identity(request)
    if not identity.is_host:
        raise HostOnly
    return identity


async def page_host(request: Request) -> Identity:
    """The same for pages: strangers are sent to log in."""
    identity = await page_identity(request)
    if not identity.is_host:
        raise HostOnly
    return identity


PageHost = Annotated[Identity, Depends(page_host)]
ConfirmedIdentity = Annotated[Identity, Depends(confirmed_identity)]
HostIdentity = Annotated[Identity, Depends(host_identity)]


_ASKING = frozenset(
    {
        any_identity,
        current_identity,
        own_identity,
        own_page_identity,
        person_identity,
        optional_identity,
        page_identity,
        confirmed_identity,
        host_identity,
        page_host,
    }
)
CARRIERS: Final = {
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": SESSION_COOKIE},
}
"""How a request says who asks, as OpenAPI's security schemes."""


def asks_identity(dependency: object) -> bool:
    """Whether a dependency is one of those above."""
    return isinstance(dependency, Require | RequireOnPage) or dependency in _ASKING


def get_caller(request: Request) -> Caller:
    """Return where a request comes from."""
    secure = get_runtime(request).settings.secure_cookies
    return Caller(
        address=client_address(request),
        user_agent=request.headers.get("user-agent", ""),
        device=request.cookies.get(SECURE_DEVICE_COOKIE if secure else DEVICE_COOKIE, ""),
        locale=locale_of(request),
    )


CurrentCaller = Annotated[Caller, Depends(get_caller)]


async def _check_csrf(request: Request) -> None:
    check_origin(request)
    given = request.headers.get("x-csrf-token")
    if given is None and request.headers.get("content-type", "").startswith(_FORMS):
        field = (await request.form()).get("csrf_token")
        given = field if isinstance(field, str) else None
    cookie = session_cookie(request)
    if given is None or cookie is None or not csrf.fits(cookie, given):
        await request.close()  # the form that was read for the token may hold files
        raise CsrfRefused


def check_origin(connection: HTTPConnection) -> None:
    """Refuse what another site's page sends. Log-in and sign-up forms call it: they have no session yet.

    Raises CsrfRefused.
    """
    headers = connection.headers
    source = headers.get("origin") or headers.get("referer")
    own = get_runtime(connection).get(Accounts).own_origin
    host, scheme = headers.get("host", ""), client_scheme(connection)
    if source is None or not csrf.same_origin(source, own=own, host=host, scheme=scheme):
        raise CsrfRefused


OwnOrigin = Annotated[None, Depends(check_origin)]


def set_session_cookie(connection: HTTPConnection, response: Response, *, login: Login) -> None:
    """Put a fresh log-in's cookies on a response: the session, and the mark by which limits know the device."""
    runtime = get_runtime(connection)
    secure = runtime.settings.secure_cookies
    values = {
        SECURE_SESSION_COOKIE if secure else SESSION_COOKIE: login.cookie or "",
        SECURE_DEVICE_COOKIE if secure else DEVICE_COOKIE: device_cookie(
            runtime.get(Accounts), login.user_id
        ),
    }
    for name, value in values.items():
        response.set_cookie(
            name, value, max_age=COOKIE_SECONDS, path="/", secure=secure, httponly=True, samesite="lax"
        )  # fmt: skip


def clear_session_cookie(connection: HTTPConnection, response: Response) -> None:
    """Take the session cookie back."""
    secure = get_runtime(connection).settings.secure_cookies
    response.delete_cookie(
        SECURE_SESSION_COOKIE if secure else SESSION_COOKIE,
        path="/", secure=secure, httponly=True, samesite="lax",
    )  # fmt: skip


def login_address(request: Request) -> str:
    """Return the log-in page that leads back to the page that was asked for."""
    path: str = request.scope.get("besedka.path", request.url.path)
    if request.method not in _SAFE or path == "/":
        return LOGIN_PAGE
    query = f"?{request.url.query}" if request.url.query else ""
    return f"{LOGIN_PAGE}?{urlencode({'next': quote(path, safe='/') + query})}"


def safe_next(value: str | None) -> str:
    """Return a path of our own to go on to, whatever a link said.

    Browsers drop tabs and line breaks and read a backslash as a slash, so none of them may occur.
    """
    own = (
        value is not None
        and value.startswith("/")
        and not value.startswith("//")
        and "\\" not in value
        and all(" " < letter != "\x7f" for letter in value)
    )
    return value if own and value is not None else HOME_PAGE
