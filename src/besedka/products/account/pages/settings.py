"""Settings: oneself, one's sessions, the workspace and its people."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response

from besedka.core.deps import CurrentRuntime
from besedka.core.errors import BesedkaError
from besedka.core.i18n import Locale
from besedka.core.ids import SessionId, UserId
from besedka.core.routing import LateRoute
from besedka.kernel.accounts import service as accounts
from besedka.kernel.accounts.deps import (
    CurrentCaller,
    OwnPageIdentity,
    clear_session_cookie,
    require_on_page,
)
from besedka.kernel.accounts.service import Joining
from besedka.kernel.accounts.types import Identity, Role
from besedka.kernel.files import service as files
from besedka.products.account.forms import at_field, elsewhere
from besedka.products.account.permissions import (
    MANAGE_PEOPLE,
    MANAGE_WORKSPACE,
    useful_roles,
)
from besedka.products.account.places import SETTINGS
from besedka.web import render
from besedka.web.devices import device_name

router = APIRouter(prefix=SETTINGS, route_class=LateRoute)

Text = Annotated[str, Form(max_length=1000)]
KeepDays = Annotated[str, Form(pattern="^[0-9]{0,3}$")]
PeopleManager = Annotated[Identity, Depends(require_on_page(MANAGE_PEOPLE))]
WorkspaceManager = Annotated[Identity, Depends(require_on_page(MANAGE_WORKSPACE))]


@router.get("")
async def show_me(request: Request, _identity: OwnPageIdentity) -> Response:
    """Show one's name, language and password."""
    return await _me(request)


async def _me(
    request: Request, failure: BesedkaError | None = None, *, email: str = "", form: str = ""
) -> Response:
    """Show the page; what is wrong with a password is said at that of the form it came from."""
    errors = {f"{form}{field}": said for field, said in at_field(request, failure).items()}
    return await render.page(
        request, "account/me.html", status=failure.status if failure else 200, here_tab=SETTINGS, email=email,
        errors=errors, failure=elsewhere(request, failure),
    )  # fmt: skip


@router.post("/me")
async def save_me(
    request: Request, runtime: CurrentRuntime, identity: OwnPageIdentity, locale: Annotated[Locale, Form()],
    name: Text = "",
) -> Response:  # fmt: skip
    """Change one's name and language."""
    async with runtime.db.system.transaction() as conn:
        await accounts.update_me(conn, identity.user_id, name=name.strip() or None, locale=locale)
    return render.redirect(request, SETTINGS, flash="account.saved")


@router.post("/password")
async def change_password(
    request: Request,
    runtime: CurrentRuntime,
    identity: OwnPageIdentity,
    current: Text = "",
    password: Text = "",
) -> Response:
    """Change one's password; the other sessions end."""
    try:
        await accounts.change_password(runtime, identity, current=current, new=password)
    except BesedkaError as error:
        return await _me(request, error)
    return render.redirect(request, SETTINGS, flash="account.password_changed")


@router.post("/email")
async def request_email(
    request: Request, runtime: CurrentRuntime, identity: OwnPageIdentity, caller: CurrentCaller,
    new_email: Text = "", new_password: Text = "",
) -> Response:  # fmt: skip
    """Send the letter that confirms a new address."""
    try:
        await accounts.request_email(
            runtime, caller, identity, email=new_email, password=new_password
        )
    except BesedkaError as error:
        return await _me(request, error, email=new_email, form="new_")
    return render.redirect(request, SETTINGS, flash="account.email_asked")


@router.post("/erase")
async def erase_me(
    request: Request, runtime: CurrentRuntime, identity: OwnPageIdentity, erase_password: Text = "",
    with_companies: Annotated[str, Form(max_length=10)] = "",
) -> Response:  # fmt: skip
    """Delete the account and show the log-in page."""
    try:
        await accounts.erase_me(
            runtime, identity, password=erase_password, with_companies=with_companies == "true"
        )
    except BesedkaError as error:
        return await _me(request, error, form="erase_")
    response = render.redirect(request, "/login", flash="account.erased")
    response.headers["location"] = "/login"  # the workspace may be gone with the account
    clear_session_cookie(request, response)
    return response


@router.post("/confirmation")
async def resend_confirmation(
    request: Request, runtime: CurrentRuntime, identity: OwnPageIdentity, caller: CurrentCaller
) -> Response:
    """Send the letter that confirms one's address again."""
    await accounts.resend_confirmation(runtime, caller, identity)
    return render.redirect(request, SETTINGS, flash="account.letter_sent")


@router.get("/sessions")
async def show_sessions(
    request: Request, runtime: CurrentRuntime, identity: OwnPageIdentity
) -> Response:
    """Show where one is logged in."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        found = await accounts.sessions(conn, identity.user_id)
    return await render.page(
        request,
        "account/sessions.html",
        here_tab=f"{SETTINGS}/sessions",
        sessions=found,
        devices={each.id: device_name(each.user_agent) for each in found},
        current=identity.session_id,
    )


@router.post("/sessions/{session_id}/revoke")
async def revoke_session(
    request: Request, session_id: SessionId, runtime: CurrentRuntime, identity: OwnPageIdentity
) -> Response:
    """End one of one's sessions."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await accounts.revoke(
            conn, runtime.get(accounts.Accounts), user_id=identity.user_id, session_id=session_id
        )
    return render.redirect(request, f"{SETTINGS}/sessions", flash="account.session_ended")


@router.get("/workspace")
async def show_workspace(
    request: Request, runtime: CurrentRuntime, identity: WorkspaceManager
) -> Response:
    """Show the workspace's name and colour."""
    return await _workspace(request, runtime, identity)


async def _workspace(
    request: Request,
    runtime: CurrentRuntime,
    identity: Identity,
    failure: BesedkaError | None = None,
) -> Response:
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        card = await accounts.get_workspace(conn)
        usage = await files.usage(runtime, conn)
    return await render.page(
        request, "account/workspace.html", status=failure.status if failure else 200, workspace=card, usage=usage,
        here_tab=f"{SETTINGS}/workspace", errors=at_field(request, failure), failure=elsewhere(request, failure),
    )  # fmt: skip


@router.post("/workspace")
async def save_workspace(
    request: Request, runtime: CurrentRuntime, identity: WorkspaceManager,
    accent: Annotated[str, Form(pattern="^(#[0-9a-fA-F]{6})?$")] = "", name: Annotated[str, Form(min_length=1, max_length=120)] = "",
) -> Response:  # fmt: skip
    """Change the workspace's name and colour."""
    try:
        async with runtime.db.fast.transaction(identity.workspace_id) as conn:
            await accounts.update_workspace(
                conn, identity, name=name.strip(), accent=accent.lower()
            )
    except BesedkaError as error:
        return await _workspace(request, runtime, identity, error)
    return render.redirect(request, f"{SETTINGS}/workspace", flash="account.saved")


@router.post("/workspace/files")
async def save_retention(
    request: Request, runtime: CurrentRuntime, identity: WorkspaceManager, keep_days: KeepDays = "",
) -> Response:  # fmt: skip
    """Say for how many days files that nothing refers to are kept; nothing typed: for ever."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await files.keep_unused_for(conn, int(keep_days or 0) or None, actor=identity.actor_id)
    return render.redirect(request, f"{SETTINGS}/workspace", flash="account.saved")


@router.post("/workspace/second-factor")
async def require_second_factor(
    request: Request, runtime: CurrentRuntime, identity: WorkspaceManager, required: Annotated[str, Form(pattern="^(true|false)$")] = "false",
) -> Response:  # fmt: skip
    """Let only those in who log in with a second step, or everybody again."""
    try:
        async with runtime.db.fast.transaction(identity.workspace_id) as conn:
            await accounts.require_second(conn, identity, required=required == "true")
    except BesedkaError as error:
        return await _workspace(request, runtime, identity, error)
    return render.redirect(request, f"{SETTINGS}/workspace", flash="account.saved")


@router.get("/people")
async def show_people(
    request: Request, runtime: CurrentRuntime, identity: PeopleManager
) -> Response:
    """Show who is in the workspace."""
    return await _people(request, runtime, identity)


async def _people(
    request: Request,
    runtime: CurrentRuntime,
    identity: Identity,
    failure: BesedkaError | None = None,
    link: str = "",
    typed: Joining | None = None,
) -> Response:
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        found = await accounts.people(conn)
    return await render.page(
        request, "account/people.html", status=failure.status if failure else 200, people=found,
        roles=useful_roles(runtime.manifests),
        here_tab=f"{SETTINGS}/people", errors=at_field(request, failure), failure=elsewhere(request, failure), link=link,
        typed=typed or Joining(email="", role=Role.OPERATOR),
    )  # fmt: skip


@router.post("/people")
async def add_person(
    request: Request, runtime: CurrentRuntime, identity: PeopleManager, role: Annotated[Role, Form()],
    email: Text = "", name: Text = "",
) -> Response:  # fmt: skip
    """Add a person; where no letter can be sent, show the link to hand over."""
    joining = Joining(email=email, role=role, name=name.strip())
    try:
        async with runtime.db.fast.transaction(identity.workspace_id) as conn:
            joined = await accounts.add_member(runtime, conn, identity, joining=joining)
    except BesedkaError as error:
        return await _people(request, runtime, identity, error, typed=joining)
    if joined.link is not None:
        return await _people(request, runtime, identity, link=joined.link)
    return render.redirect(request, f"{SETTINGS}/people", flash="account.person_added")


@router.post("/people/{user_id}/role")
async def change_role(
    request: Request,
    user_id: UserId,
    runtime: CurrentRuntime,
    identity: PeopleManager,
    role: Annotated[Role, Form()],
) -> Response:
    """Give a person another role."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await accounts.set_role(runtime, conn, identity, user_id=user_id, role=role)
    return render.redirect(request, f"{SETTINGS}/people", flash="account.saved")


@router.post("/people/{user_id}/deactivate")
async def deactivate_person(
    request: Request, user_id: UserId, runtime: CurrentRuntime, identity: PeopleManager
) -> Response:
    """Keep a person out without removing them."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await accounts.deactivate(runtime, conn, identity, user_id=user_id)
    return render.redirect(request, f"{SETTINGS}/people", flash="account.person_out")


@router.post("/people/{user_id}/activate")
async def activate_person(
    request: Request, user_id: UserId, runtime: CurrentRuntime, identity: PeopleManager
) -> Response:
    """Let a person in again."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await accounts.activate(runtime, conn, identity, user_id=user_id)
    return render.redirect(request, f"{SETTINGS}/people", flash="account.person_in")


@router.post("/people/{user_id}/remove")
async def remove_person(
    request: Request, user_id: UserId, runtime: CurrentRuntime, identity: PeopleManager
) -> Response:
    """Take a person out of the workspace."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await accounts.remove_member(runtime, conn, identity, user_id=user_id)
    return render.redirect(request, f"{SETTINGS}/people", flash="account.person_removed")
