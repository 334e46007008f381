"""Settings: API keys, made and revoked by people."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response

from besedka.core.clock import now
from besedka.core.deps import CurrentRuntime
from besedka.core.errors import BesedkaError
from besedka.core.i18n import locale_of, text
from besedka.core.routing import LateRoute
from besedka.kernel.accounts import service as accounts
from besedka.kernel.accounts.deps import PageIdentity
from besedka.kernel.accounts.types import MOST_PER_MINUTE, Identity, KeyId
from besedka.products.account.forms import at_field, elsewhere
from besedka.products.account.places import SETTINGS
from besedka.products.account.schemas import KeyForm
from besedka.web import render

router = APIRouter(prefix=SETTINGS, route_class=LateRoute)

KEYS = f"{SETTINGS}/keys"


@router.get("/keys")
async def show_keys(request: Request, runtime: CurrentRuntime, identity: PageIdentity) -> Response:
    """Show the keys of the person; those who manage the workspace see everybody's."""
    return await _keys(request, runtime, identity, KeyForm())


async def _keys(
    request: Request, runtime: CurrentRuntime, identity: Identity, form: KeyForm, *,
    made: accounts.MadeKey | None = None, failure: BesedkaError | None = None,
) -> Response:  # fmt: skip
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        found = await accounts.list_keys(conn, identity)
    return await render.page(
        request, "account/keys.html", status=failure.status if failure else 200, here_tab=KEYS, keys=found,
        made=made, moment=now(), form=form, rights=_rights(request, identity), most=MOST_PER_MINUTE,
        base=runtime.settings.base_url,
        errors=at_field(request, failure), failure=elsewhere(request, failure),
    )  # fmt: skip


def scope_text(permission: str) -> str:
    """Return the catalogue's key of a permission's words."""
    return "account.scope_" + permission.replace(".", "_")


def _rights(request: Request, identity: Identity) -> Mapping[str, str]:
    """Return what a key of this person may be allowed, with words."""
    words = {each: text(locale_of(request), scope_text(each)) for each in identity.permissions}
    return dict(sorted(words.items(), key=lambda pair: pair[1]))


@router.post("/keys")
async def make_key(
    request: Request, runtime: CurrentRuntime, identity: PageIdentity, form: Annotated[KeyForm, Form()]
) -> Response:  # fmt: skip
    """Make a key and show it, this once."""
    ends = now() + timedelta(days=form.days) if form.days else None
    try:
        async with runtime.db.fast.transaction(identity.workspace_id) as conn:
            made = await accounts.make_key(conn, identity, form.key(ends))
    except BesedkaError as error:
        return await _keys(request, runtime, identity, form, failure=error)
    return await _keys(request, runtime, identity, KeyForm(), made=made)


@router.post("/keys/{key_id}/revoke")
async def revoke_key(
    request: Request, key_id: UUID, runtime: CurrentRuntime, identity: PageIdentity
) -> Response:
    """Revoke a key, at once."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await accounts.revoke_key(conn, identity, KeyId(key_id))
    return render.redirect(request, KEYS, flash="account.key_revoked")
