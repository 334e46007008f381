"""Settings of a company: who may use which model, and whose key pays."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Request, Response

from besedka.core.deps import CurrentRuntime, get_runtime
from besedka.core.errors import BesedkaError
from besedka.core.i18n import locale_of
from besedka.core.problems import words_of
from besedka.core.routing import LateRoute
from besedka.kernel.accounts import service as accounts
from besedka.kernel.accounts.deps import require_on_page
from besedka.kernel.accounts.types import Identity, Role
from besedka.kernel.llm import service as llm
from besedka.products.models.schemas import LimitForm
from besedka.web import render

PAGE: Final = "/dashboard/settings/model-access"

router = APIRouter(prefix=PAGE, route_class=LateRoute)

Manager = Annotated[Identity, Depends(require_on_page("llm.manage"))]


@router.get("")
async def show(request: Request, identity: Manager, model: str = "") -> Response:
    """Show the models and who may use each; with a model also the form that changes it."""
    return await _page(request, identity, model=model[:200])


@router.post("")
async def save(
    request: Request, runtime: CurrentRuntime, identity: Manager, form: Annotated[LimitForm, Form()]
) -> Response:  # fmt: skip
    """Say who may use a model."""
    limit = form.limit()
    try:
        async with runtime.db.fast.transaction(identity.workspace_id) as conn:
            if limit.everybody:
                await llm.open_model(conn, limit.model)
            else:
                await llm.limit_model(conn, limit.limited())
    except BesedkaError as error:
        return await _page(request, identity, model=form.model, failure=error)
    return render.redirect(request, PAGE, flash="models.saved")


async def _page(
    request: Request, identity: Identity, *, model: str, failure: BesedkaError | None = None
) -> Response:
    runtime, workspace = get_runtime(request), identity.workspace_id
    usable = await llm.list_usable(runtime, workspace)
    providers = await llm.find_providers(runtime, workspace)
    async with runtime.db.fast.acquire(workspace) as conn:
        limits = {each.model: each for each in await llm.list_limits(conn)}
        people = await accounts.people(conn)
        with_keys = await llm.key_owners(conn)
    names = {each.actor_id: each.name or each.email for each in people}
    # Limits stay for models that nobody offers at the moment.
    known = {each.id: each.name for each in usable}
    models = known | {each: each for each in limits if each not in known}
    return await render.page(
        request, "models/access.html", status=failure.status if failure else 200, here_tab=PAGE, path=PAGE,
        models=models, limits=limits, people=[each for each in people if each.active], names=names, roles=list(Role),
        chosen=model, pays=providers[0].whose if providers else None, own_keys=[names[each] for each in with_keys if each in names],
        failure=words_of(locale_of(request), failure) if failure else "",
    )  # fmt: skip
