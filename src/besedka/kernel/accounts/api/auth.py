"""`/auth`: signing up, logging in, sessions, passwords."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import JsonValue
from pydantic_core import to_json

from besedka.core.deps import CurrentRuntime
from besedka.core.ids import SessionId
from besedka.core.routing import LateRoute, hot
from besedka.core.schemas import problems
from besedka.kernel.accounts import service
from besedka.kernel.accounts.deps import (
    CurrentCaller,
    OwnIdentity,
    any_identity,
    clear_session_cookie,
)
from besedka.kernel.accounts.schemas import (
    AccountErase,
    EmailConfirm,
    EmailRequest,
    LogIn,
    Me,
    PasswordChange,
    PasswordForgot,
    PasswordReset,
    Refresh,
    Register,
    RegisterCompany,
    SecondFactorAsked,
    SecondFactorGiven,
    SessionRead,
    TokensRead,
    WorkspaceRead,
    WorkspaceSwitch,
)
from besedka.kernel.accounts.types import Login

JSON = "application/json"

Answers = Mapping[int | str, dict[str, Any]]


router = APIRouter(prefix="/auth", tags=["auth"], route_class=LateRoute)
employers = APIRouter(prefix="/employers", tags=["auth"], route_class=LateRoute)


def _tokens(login: Login) -> TokensRead:
    return TokensRead.model_validate(login.tokens)


@router.post("/register", status_code=201, responses=problems(403, 409, 422, 429))
async def register(body: Register, runtime: CurrentRuntime, caller: CurrentCaller) -> TokensRead:
    """Sign up, with a personal workspace."""
    person = service.NewPerson(email=body.email, password=body.password, name=body.name)
    return _tokens(await service.register(runtime, caller, person))


@employers.post("/register", status_code=201, responses=problems(403, 409, 422, 429))
async def register_company(
    body: RegisterCompany, runtime: CurrentRuntime, caller: CurrentCaller
) -> TokensRead:
    """Sign up, with a workspace for a company."""
    person = service.NewPerson(
        email=body.email, password=body.password, name=body.name, company=body.company_name
    )
    return _tokens(await service.register(runtime, caller, person))


@router.post(
    "/login",
    response_model=TokensRead,
    responses={202: {"model": SecondFactorAsked}, **problems(401, 422, 429)},
)
async def log_in(
    body: LogIn, runtime: CurrentRuntime, caller: CurrentCaller
) -> TokensRead | Response:
    """Log in with e-mail and password; unknown accounts are answered alike.

    Where the account has a second step, the answer is 202 with a challenge for `/auth/login/second-factor`.
    """
    found = await service.log_in(runtime, caller, email=body.email, password=body.password)
    if isinstance(found, Login):
        return _tokens(found)
    asked = SecondFactorAsked.model_validate(found)
    return Response(asked.model_dump_json(), 202, media_type=JSON)


@router.post("/login/second-factor", responses=problems(401, 403, 422, 429))
async def log_in_second(
    body: SecondFactorGiven, runtime: CurrentRuntime, caller: CurrentCaller
) -> TokensRead:
    """Finish a log-in with a code; a challenge bears five tries, a code works once."""
    login = await service.finish_log_in(
        runtime, caller, challenge=body.second_factor, code=body.code
    )
    return _tokens(login)


@router.post("/refresh", responses=problems(401, 422))
async def refresh(body: Refresh, runtime: CurrentRuntime) -> TokensRead:
    """Exchange a refresh token for new tokens; using it again after ten seconds ends the session."""
    return TokensRead.model_validate(await service.refresh(runtime, body.refresh_token))


@router.post("/logout", status_code=204, responses=problems(401, 403))
async def log_out(request: Request, runtime: CurrentRuntime, identity: OwnIdentity) -> Response:
    """End this session, at once."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await service.log_out(conn, runtime.get(service.Accounts), identity)
    response = Response(status_code=204)
    if identity.by_cookie:
        clear_session_cookie(request, response)
    return response


@router.get("/me", response_model=Me, responses=problems(401, 404))
@hot
async def me(request: Request) -> Response:
    """Say who asks, and in which workspace."""
    return Response(service.me(await any_identity(request)), media_type=JSON)


@router.get("/me/export", response_model=dict[str, JsonValue], responses=problems(401, 403, 429))
async def export_me(runtime: CurrentRuntime, identity: OwnIdentity) -> Response:
    """Take away what is held of oneself, by module, as a file."""
    found = await service.export_me(runtime, identity)
    name = {"Content-Disposition": 'attachment; filename="besedka-account.json"'}
    return Response(to_json(found, indent=2), media_type=JSON, headers=name)


@router.delete("/me", status_code=204, responses=problems(401, 403, 409, 422, 429))
async def erase_me(
    body: AccountErase, request: Request, runtime: CurrentRuntime, identity: OwnIdentity
) -> Response:
    """Delete one's account; what one wrote in a company stays there without the name."""
    await service.erase_me(
        runtime, identity, password=body.password, with_companies=body.with_companies
    )
    response = Response(status_code=204)
    if identity.by_cookie:
        clear_session_cookie(request, response)
    return response


@router.get("/sessions", responses=problems(401))
async def list_sessions(runtime: CurrentRuntime, identity: OwnIdentity) -> list[SessionRead]:
    """List one's open sessions, the latest used first."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        found = await service.sessions(conn, identity.user_id)
    return [
        SessionRead(
            id=each.id, kind=each.kind, user_agent=each.user_agent, address=each.address,
            created_at=each.created_at, last_seen_at=each.last_seen_at,
            current=each.id == identity.session_id,
        )
        for each in found
    ]  # fmt: skip


@router.delete("/sessions", status_code=204, responses=problems(401, 403))
async def revoke_other_sessions(runtime: CurrentRuntime, identity: OwnIdentity) -> None:
    """End every session but this one."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await service.revoke_others(
            conn,
            runtime.get(service.Accounts),
            user_id=identity.user_id,
            keep=service.session_of(identity),
        )


@router.delete("/sessions/{session_id}", status_code=204, responses=problems(401, 403, 404))
async def revoke_session(
    session_id: SessionId, runtime: CurrentRuntime, identity: OwnIdentity
) -> None:
    """End one of one's sessions."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await service.revoke(
            conn, runtime.get(service.Accounts), user_id=identity.user_id, session_id=session_id
        )


@router.post("/password", status_code=204, responses=problems(401, 403, 422, 429))
async def change_password(
    body: PasswordChange, runtime: CurrentRuntime, identity: OwnIdentity
) -> None:
    """Change one's password; one's other sessions end."""
    await service.change_password(runtime, identity, current=body.current, new=body.new)


@router.post("/password/forgot", status_code=202, responses=problems(422, 429))
async def forget_password(
    body: PasswordForgot, runtime: CurrentRuntime, caller: CurrentCaller
) -> None:
    """Ask for a letter with a link to set a new password; the answer is the same for any address."""
    await service.request_reset(runtime, caller, body.email)


@router.post("/password/reset", status_code=204, responses=problems(410, 422))
async def reset_password(body: PasswordReset, runtime: CurrentRuntime) -> None:
    """Set a new password by a link; all sessions end."""
    await service.reset_password(runtime, body.token, body.password)


@router.post("/email/confirm", status_code=204, responses=problems(410, 422))
async def confirm_email(body: EmailConfirm, runtime: CurrentRuntime) -> None:
    """Confirm an address by a link."""
    await service.confirm_email(runtime, body.token)


@router.post("/email/resend", status_code=202, responses=problems(401, 403, 429))
async def resend_confirmation(
    runtime: CurrentRuntime, identity: OwnIdentity, caller: CurrentCaller
) -> None:
    """Send the letter that confirms one's address once more."""
    await service.resend_confirmation(runtime, caller, identity)


@router.post("/email", status_code=202, responses=problems(401, 403, 409, 422, 429))
async def request_email(
    body: EmailRequest, runtime: CurrentRuntime, identity: OwnIdentity, caller: CurrentCaller
) -> None:
    """Ask for another address: a letter there confirms it, and the old one can take it back for seven days."""
    await service.request_email(runtime, caller, identity, email=body.email, password=body.password)


@router.post("/email/change", status_code=204, responses=problems(409, 410, 422))
async def change_email(body: EmailConfirm, runtime: CurrentRuntime) -> None:
    """Take the new address that a link was sent to."""
    await service.change_email(runtime, body.token)


@router.post("/email/undo", status_code=204, responses=problems(409, 410, 422))
async def undo_email(body: EmailConfirm, runtime: CurrentRuntime) -> None:
    """Move the account back to its old address; all sessions and keys end, and the password is forgotten."""
    await service.undo_email(runtime, body.token)


@router.post("/workspace", responses=problems(401, 403, 404))
async def switch_workspace(
    body: WorkspaceSwitch, runtime: CurrentRuntime, identity: OwnIdentity
) -> WorkspaceRead:
    """Make another of one's workspaces the session's default."""
    async with runtime.db.system.transaction() as conn:
        found = await service.switch_workspace(conn, identity, body.workspace)
    return WorkspaceRead.model_validate(found)
