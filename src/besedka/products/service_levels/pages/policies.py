"""Settings: what is promised."""

from collections.abc import Mapping
from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request, Response

from besedka.core.db.connection import TenantConn
from besedka.core.deps import CurrentLocale, CurrentRuntime
from besedka.core.errors import BesedkaError, NotFound
from besedka.core.ids import ActorId
from besedka.core.routing import LateRoute
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.deps import require_on_page
from besedka.kernel.accounts.types import Identity
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.types import PRIORITIES
from besedka.kernel.hours import service as hours
from besedka.kernel.promises import service as promises
from besedka.kernel.promises.types import PROMISES_MANAGE, Policy, PolicyDraft, PolicyId
from besedka.products.service_levels import service
from besedka.products.service_levels.forms import PolicyForm, spell_minutes
from besedka.products.service_levels.pages.schedules import said
from besedka.products.service_levels.schemas import DefaultPolicyWrite, PolicyWrite
from besedka.web import render

PAGE: Final = "/dashboard/settings/promises"

router = APIRouter(prefix=PAGE, route_class=LateRoute)

Manager = Annotated[Identity, Depends(require_on_page(PROMISES_MANAGE))]
Given = Annotated[PolicyForm, Form()]
NEW: Final = "new"
DEFAULT: Final = "default"
Which = UUID | Literal["new", "default"]


@router.get("")
async def show_policies(
    request: Request, runtime: CurrentRuntime, identity: Manager, locale: CurrentLocale
) -> Response:
    """Show what is promised."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        found = await promises.list_policies(conn)
        labels = {label.id: label.name for label in await conversations.list_labels(conn)}
    spelled = {
        each.id: {name: spell_minutes(locale, getattr(each, name)) for name in ("first", "reply", "resolution")}
        for each in found
    }  # fmt: skip
    return await render.page(
        request, "service_levels/policies.html", here_tab=PAGE, path=PAGE, policies=found, labels=labels,
        spelled=spelled,
    )  # fmt: skip


@router.get("/{which}")
async def show_policy(
    request: Request,
    which: Which,
    runtime: CurrentRuntime,
    identity: Manager,
    locale: CurrentLocale,
) -> Response:
    """Show the form of a policy, of the default one, or of another one."""
    found = await _find(runtime, identity, which)
    shown = found or PolicyDraft(name="", enabled=True, first=15, reply=30)
    return await _form(request, runtime, identity, which, PolicyForm.of(shown, locale))


@router.post("/{which}")
async def save_policy(
    request: Request, which: Which, runtime: CurrentRuntime, identity: Manager, locale: CurrentLocale, form: Given
) -> Response:  # fmt: skip
    """Add or change a policy."""
    found = await _find(runtime, identity, which)
    is_default = found is not None and found.is_default
    given, errors = form.read(locale, is_default=is_default)
    if given is None:
        return await _form(request, runtime, identity, which, form, errors)
    kind = DefaultPolicyWrite if is_default else PolicyWrite
    try:
        async with runtime.db.fast.transaction(identity.workspace_id) as conn:
            await _save(conn, found, kind.model_validate(given).draft(), by=identity.actor_id)
    except NotFound:
        raise
    except BesedkaError as error:
        return await _form(request, runtime, identity, which, form, said(locale, error))
    return render.redirect(request, PAGE, flash="service_levels.saved")


@router.post("/{policy_id}/delete")
async def delete_policy(
    request: Request, policy_id: PolicyId, runtime: CurrentRuntime, identity: Manager
) -> Response:
    """Delete a policy."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await promises.delete_policy(conn, policy_id, by=identity.actor_id)
    return render.redirect(request, PAGE, flash="service_levels.deleted")


async def _save(
    conn: TenantConn, found: Policy | None, draft: PolicyDraft, *, by: ActorId
) -> Policy:
    if found is None:
        return await service.add_policy(conn, draft, by=by)
    if found.is_default or found.id is None:
        return await service.set_default(conn, draft, by=by)
    return await service.change_policy(conn, found.id, draft, by=by)


async def _find(runtime: Runtime, identity: Identity, which: Which) -> Policy | None:
    """Return the policy that a path means; None for a new one. Raises PolicyNotFound."""
    if which == NEW:
        return None
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        if isinstance(which, UUID):
            return await promises.get_policy(conn, which)
        return (await promises.list_policies(conn))[-1]


async def _form(
    request: Request, runtime: Runtime, identity: Identity, which: Which, form: PolicyForm,
    errors: Mapping[str, str] | None = None,
) -> Response:  # fmt: skip
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        schedules = await hours.list_schedules(conn)
        labels = await conversations.list_labels(conn)
        policies = await promises.list_policies(conn)
    is_default = which == DEFAULT or policies[-1].id == which
    return await render.page(
        request, "service_levels/policy.html", status=422 if errors else 200, here_tab=PAGE, path=PAGE, which=which,
        is_default=is_default, is_new=which == NEW, form=form, errors=errors or {}, schedules=schedules, labels=labels,
        priorities=PRIORITIES,
    )  # fmt: skip
