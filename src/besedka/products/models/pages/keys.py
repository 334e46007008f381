"""My settings: my own provider of models, whose key pays for my chats."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Request, Response

from besedka.core.deps import CurrentRuntime, get_runtime
from besedka.core.errors import BesedkaError
from besedka.core.i18n import locale_of
from besedka.core.problems import words_of
from besedka.core.routing import LateRoute
from besedka.kernel.accounts.deps import require_on_page
from besedka.kernel.accounts.types import ACT, Identity
from besedka.kernel.llm import service as llm
from besedka.kernel.llm.types import WireKind
from besedka.products.models.schemas import KeyForm
from besedka.products.models.service import shown_key
from besedka.web import render

PAGE: Final = "/dashboard/settings/my-model"

router = APIRouter(prefix=PAGE, route_class=LateRoute)

Person = Annotated[Identity, Depends(require_on_page(ACT))]


@router.get("")
async def show(request: Request, identity: Person) -> Response:
    """Show one's own provider, without its key."""
    return await _page(request, identity)


@router.post("")
async def save(
    request: Request, runtime: CurrentRuntime, identity: Person, form: Annotated[KeyForm, Form()]
) -> Response:  # fmt: skip
    """Keep one's own provider, call it once, and show how that went."""
    try:
        wanted = form.wanted()
        async with runtime.db.fast.transaction(identity.workspace_id) as conn:
            await llm.set_provider(runtime, conn, wanted, person=identity.actor_id)
    except BesedkaError as error:
        return await _page(request, identity, typed=form, failure=error)
    return await test(request, runtime, identity)


@router.post("/test")
async def test(request: Request, runtime: CurrentRuntime, identity: Person) -> Response:
    """Call one's own provider once, and show how that went."""
    tested = await llm.test_own_key(runtime, identity.workspace_id, person=identity.actor_id)
    return await _page(request, identity, tested=tested.answers if tested else None)


@router.post("/delete")
async def forget(request: Request, runtime: CurrentRuntime, identity: Person) -> Response:
    """Forget one's own provider and its key."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await llm.delete_provider(conn, person=identity.actor_id)
    return render.redirect(request, PAGE, flash="models.key_forgotten")


async def _page(
    request: Request, identity: Identity, *, typed: KeyForm | None = None, tested: llm.TestResult | None = None,
    failure: BesedkaError | None = None,
) -> Response:  # fmt: skip
    runtime, locale = get_runtime(request), locale_of(request)
    own = await shown_key(runtime, identity)
    usual = llm.list_usual(runtime.settings)[0]
    form = typed or (KeyForm.of(own) if own.is_set else KeyForm(base_url=usual.base_url, default_model=usual.model))  # fmt: skip
    field = failure.params.get("field") if failure else None
    said = words_of(locale, failure) if failure else ""
    return await render.page(
        request, "models/key.html", status=failure.status if failure else 200, here_tab=PAGE, path=PAGE,
        own=own, form=form, tested=tested, kinds=["", *WireKind],
        tested_said=words_of(locale, tested.failure) if tested and tested.failure else "",
        errors={field: said} if isinstance(field, str) else {}, failure="" if isinstance(field, str) else said,
    )  # fmt: skip
