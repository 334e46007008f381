"""Settings: the second step of one's log-in."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from besedka.core.deps import CurrentRuntime
from besedka.core.errors import BesedkaError
from besedka.core.i18n import locale_of, text
from besedka.core.routing import LateRoute
from besedka.kernel.accounts import service as accounts
from besedka.kernel.accounts.deps import SECURITY_PAGE, OwnPageIdentity
from besedka.kernel.accounts.types import Identity
from besedka.products.account.forms import at_field, elsewhere
from besedka.products.account.places import SETTINGS
from besedka.products.account.qr import picture
from besedka.web import render

router = APIRouter(prefix=SETTINGS, route_class=LateRoute)

Text = Annotated[str, Form(max_length=1000)]


@router.get("/security")
async def show_security(
    request: Request, runtime: CurrentRuntime, identity: OwnPageIdentity
) -> Response:
    """Show whether logging in takes a second step."""
    return await _security(request, runtime, identity)


async def _security(
    request: Request, runtime: CurrentRuntime, identity: Identity, *, begun: accounts.Begun | None = None,
    confirming: bool = False, codes: Sequence[str] = (), failure: BesedkaError | None = None,
) -> Response:  # fmt: skip
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        state = await accounts.second_state(conn, identity.user_id)
    return await render.page(
        request, "account/security.html", status=failure.status if failure else 200, here_tab=SECURITY_PAGE,
        state=state, begun=begun, qr=begun and picture(begun.address, text(locale_of(request), "account.second_picture")), confirming=confirming or begun is not None, codes=codes,
        errors=at_field(request, failure), failure=elsewhere(request, failure),
    )  # fmt: skip


@router.post("/security/begin")
async def begin(
    request: Request, runtime: CurrentRuntime, identity: OwnPageIdentity, password: Text = ""
) -> Response:
    """Show what the authenticator is given, and ask for its first code."""
    try:
        begun = await accounts.begin_second(runtime, identity, password)
    except BesedkaError as error:
        return await _security(request, runtime, identity, failure=error)
    return await _security(request, runtime, identity, begun=begun)


@router.post("/security/confirm")
async def confirm(
    request: Request, runtime: CurrentRuntime, identity: OwnPageIdentity, code: Text = ""
) -> Response:
    """Turn the second step on, and show the recovery codes this once."""
    try:
        codes = await accounts.confirm_second(runtime, identity, code)
    except BesedkaError as error:
        return await _security(request, runtime, identity, confirming=True, failure=error)
    return await _security(request, runtime, identity, codes=codes)


@router.post("/security/codes")
async def renew_codes(
    request: Request, runtime: CurrentRuntime, identity: OwnPageIdentity, password: Text = "", code: Text = "",
) -> Response:  # fmt: skip
    """Show new recovery codes this once; the old ones are worthless."""
    try:
        codes = await accounts.renew_codes(runtime, identity, password=password, code=code)
    except BesedkaError as error:
        return await _security(request, runtime, identity, failure=error)
    return await _security(request, runtime, identity, codes=codes)


@router.post("/security/disable")
async def disable(
    request: Request, runtime: CurrentRuntime, identity: OwnPageIdentity, password: Text = "", code: Text = "",
) -> Response:  # fmt: skip
    """Turn the second step off."""
    try:
        await accounts.disable_second(runtime, identity, password=password, code=code)
    except BesedkaError as error:
        return await _security(request, runtime, identity, failure=error)
    return render.redirect(request, SECURITY_PAGE, flash="account.second_off")
