"""The ways in: log in, sign up, the host's first link, a forgotten password, a confirmed address."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request, Response
from starlette.responses import RedirectResponse

from besedka.core.deps import CurrentRuntime
from besedka.core.errors import BesedkaError
from besedka.core.routing import LateRoute
from besedka.core.runtime import Runtime
from besedka.kernel.accounts import service as accounts
from besedka.kernel.accounts.deps import (
    CurrentCaller,
    OptionalIdentity,
    OwnOrigin,
    OwnPageIdentity,
    PageIdentity,
    clear_session_cookie,
    safe_next,
    set_session_cookie,
)
from besedka.kernel.accounts.errors import ChallengeOver, LinkSpent
from besedka.kernel.accounts.types import Login, OneTime, SecondStep, SessionKind
from besedka.kernel.answers import service as answers
from besedka.kernel.answers.types import ASSISTANTS_MANAGE, Wanted
from besedka.kernel.mail import service as mail
from besedka.products.account.forms import at_field, elsewhere, words
from besedka.products.account.places import START, home_of
from besedka.products.account.schemas import PersonForm
from besedka.web import render

router = APIRouter(route_class=LateRoute)

Text = Annotated[str, Form(max_length=1000)]
HOME = "/dashboard"
MAX_EMAIL = 254


@router.get("/")
async def start(identity: OptionalIdentity) -> Response:
    """Lead to the dashboard, or to where one logs in."""
    if identity is not None:
        return RedirectResponse(HOME, 303)
    return RedirectResponse("/login", 303)


@router.get(HOME)
async def dashboard(request: Request, runtime: CurrentRuntime, identity: PageIdentity) -> Response:
    """Lead to the first of the person's jobs; while there is no assistant, to where one is made."""
    if identity.may(ASSISTANTS_MANAGE):
        async with runtime.db.fast.acquire(identity.workspace_id) as conn:
            if not await answers.list_assistants(conn, Wanted.ALL):
                return render.redirect(request, START)
    return render.redirect(request, home_of(identity))


@router.get("/login")
async def show_login(
    request: Request, runtime: CurrentRuntime, next: str = "", email: str = ""
) -> Response:
    """Show the log-in form; `email` fills in the address that one comes with."""
    return await _login(request, runtime, {"next": next, "email": email[:MAX_EMAIL]})


@router.post("/login")
async def log_in(
    request: Request, runtime: CurrentRuntime, caller: CurrentCaller, _own: OwnOrigin, email: Text = "",
    password: Text = "", next: Text = "",
) -> Response:  # fmt: skip
    """Log in and go on to where the person wanted to be."""
    try:
        login = await accounts.log_in(
            runtime, caller, email=email, password=password, kind=SessionKind.COOKIE
        )
    except BesedkaError as error:
        values = {"email": email, "next": next}
        return await _login(request, runtime, values, failure=error)
    if isinstance(login, SecondStep):
        return await _second(request, login.challenge, next=next)
    return _entered(request, login, safe_next(next))


@router.post("/login/code")
async def log_in_second(
    request: Request, runtime: CurrentRuntime, caller: CurrentCaller, _own: OwnOrigin, challenge: Text = "",
    code: Text = "", next: Text = "",
) -> Response:  # fmt: skip
    """Finish a log-in with a code of the authenticator, or a recovery code."""
    try:
        login = await accounts.finish_log_in(
            runtime, caller, challenge=challenge, code=code, kind=SessionKind.COOKIE
        )
    except ChallengeOver as error:
        return await _login(request, runtime, {"next": next}, failure=error)
    except BesedkaError as error:
        return await _second(request, challenge, next=next, failure=error)
    return _entered(request, login, safe_next(next))


async def _second(
    request: Request, challenge: str, *, next: str, failure: BesedkaError | None = None
) -> Response:
    return await render.page(
        request, "account/second_step.html", status=failure.status if failure else 200, challenge=challenge,
        next=next, failure=words(request, failure),
    )  # fmt: skip


async def _login(
    request: Request,
    runtime: CurrentRuntime,
    values: Mapping[str, str],
    failure: BesedkaError | None = None,
) -> Response:
    return await render.page(
        request, "account/login.html", status=failure.status if failure else 200, values=values,
        failure=words(request, failure), may_sign_up=runtime.settings.open_registration,
    )  # fmt: skip


@router.get("/signup")
async def show_signup(request: Request, runtime: CurrentRuntime) -> Response:
    """Show the form for new people."""
    return await _signup(request, runtime, {})


@router.post("/signup")
async def sign_up(
    request: Request, runtime: CurrentRuntime, caller: CurrentCaller, _own: OwnOrigin,
    form: Annotated[PersonForm, Form()],
) -> Response:  # fmt: skip
    """Make an account with a company, and log in."""
    if faults := accounts.faults(runtime, form.person()):
        return await _signup(request, runtime, form.shown(), *faults)
    try:
        login = await accounts.register(runtime, caller, form.person(), kind=SessionKind.COOKIE)
    except BesedkaError as error:
        return await _signup(request, runtime, form.shown(), error)
    return _entered(request, login, HOME)


async def _signup(
    request: Request, runtime: CurrentRuntime, values: Mapping[str, str], *failures: BesedkaError
) -> Response:
    return await render.page(
        request, "account/signup.html", status=failures[0].status if failures else 200, values=values,
        errors=at_field(request, *failures), failure=elsewhere(request, *failures), token="",
        least=runtime.settings.minimum_password, closed=not runtime.settings.open_registration,
    )  # fmt: skip


@router.get("/welcome")
async def show_welcome(request: Request, runtime: CurrentRuntime, token: str = "") -> Response:
    """Show the first person's form, while the link works."""
    async with runtime.db.system.acquire() as conn:
        if await accounts.find_link(conn, token[:200], OneTime.HOST) is None:
            raise LinkSpent
    return await _welcome(request, runtime, {}, token)


@router.post("/welcome")
async def welcome(
    request: Request, runtime: CurrentRuntime, caller: CurrentCaller, _own: OwnOrigin,
    form: Annotated[PersonForm, Form()],
) -> Response:  # fmt: skip
    """Make the first person the host, with a company."""
    if faults := accounts.faults(runtime, form.person()):
        return await _welcome(request, runtime, form.shown(), form.token, *faults)
    try:
        login = await accounts.welcome(runtime, caller, form.person(), token=form.token)
    except LinkSpent:
        raise
    except BesedkaError as error:
        return await _welcome(request, runtime, form.shown(), form.token, error)
    return _entered(request, login, START)


async def _welcome(
    request: Request, runtime: CurrentRuntime, values: Mapping[str, str], token: str,
    *failures: BesedkaError,
) -> Response:  # fmt: skip
    return await render.page(
        request, "account/welcome.html", status=failures[0].status if failures else 200, values=values, token=token,
        errors=at_field(request, *failures), failure=elsewhere(request, *failures),
        least=runtime.settings.minimum_password, closed=False,
    )  # fmt: skip


@router.get("/forgot-password")
async def show_forgot(request: Request) -> Response:
    """Ask for the address of the account."""
    return await render.page(request, "account/forgot.html", sent=False, failure="")


@router.post("/forgot-password")
async def forgot(
    request: Request,
    runtime: CurrentRuntime,
    caller: CurrentCaller,
    _own: OwnOrigin,
    email: Text = "",
) -> Response:
    """Send a link, if there is such an account; the answer does not tell."""
    try:
        await accounts.request_reset(runtime, caller, email)
    except BesedkaError as error:
        return await render.page(
            request,
            "account/forgot.html",
            status=error.status,
            sent=False,
            failure=words(request, error),
        )
    posted = await mail.has_server(runtime)
    return await render.page(request, "account/forgot.html", sent=True, posted=posted, failure="")


@router.get("/reset-password")
async def show_reset(request: Request, runtime: CurrentRuntime, token: str = "") -> Response:
    """Ask for a new password, while the link works."""
    async with runtime.db.system.acquire() as conn:
        if await accounts.find_link(conn, token[:200], OneTime.RESET, OneTime.JOIN) is None:
            raise LinkSpent
    return await _reset(request, runtime, token)


@router.post("/reset-password")
async def reset(
    request: Request,
    runtime: CurrentRuntime,
    _own: OwnOrigin,
    password: Text = "",
    token: Text = "",
) -> Response:
    """Set the new password and lead to the log-in."""
    try:
        email = await accounts.reset_password(runtime, token, password)
    except LinkSpent:
        raise
    except BesedkaError as error:
        return await _reset(request, runtime, token, failure=error)
    return render.redirect(
        request, f"/login?{urlencode({'email': email})}", flash="account.password_set"
    )


async def _reset(
    request: Request, runtime: CurrentRuntime, token: str, failure: BesedkaError | None = None
) -> Response:
    return await render.page(
        request, "account/reset.html", status=failure.status if failure else 200, token=token,
        errors=at_field(request, failure), failure=elsewhere(request, failure),
        least=runtime.settings.minimum_password,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Click:
    """A deed that a letter's link leads to, and where the person is after it."""

    name: str
    do: Callable[[Runtime, str], Awaitable[object]]
    then: str
    flash: str


CLICKS: Mapping[str, Click] = {
    "/confirm-email": Click("confirm", accounts.confirm_email, HOME, "account.email_confirmed"),
    "/change-email": Click("change_email", accounts.change_email, HOME, "account.email_changed"),
    "/undo-email": Click("undo_email", accounts.undo_email, "/login", "account.email_undone"),
}


@router.get("/confirm-email")
@router.get("/change-email")
@router.get("/undo-email")
async def ask_click(request: Request, token: str = "") -> Response:
    """Ask for one click: mail programs open links by themselves, and must not use this one up."""
    path = request.scope["route"].path
    return await render.page(
        request, "account/confirm.html", what=CLICKS[path].name, token=token[:200], action=path
    )


@router.post("/confirm-email")
@router.post("/change-email")
@router.post("/undo-email")
async def take_click(
    request: Request, runtime: CurrentRuntime, _own: OwnOrigin, token: Text = ""
) -> Response:
    """Confirm the address, take the new one, or move the account back to the old one."""
    click = CLICKS[request.scope["route"].path]
    await click.do(runtime, token)
    return render.redirect(request, click.then, flash=click.flash)


@router.post("/logout")
async def log_out(request: Request, runtime: CurrentRuntime, identity: OwnPageIdentity) -> Response:
    """End the session."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await accounts.log_out(conn, runtime.get(accounts.Accounts), identity)
    response = RedirectResponse("/login", 303)
    clear_session_cookie(request, response)
    return response


def _entered(request: Request, login: Login, path: str) -> Response:
    response = RedirectResponse(path, 303)
    set_session_cookie(request, response, login=login)
    return response
