"""Settings: the workspace's provider of models: for answers, for vectors and for putting into order."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response

from besedka.core.deps import CurrentRuntime
from besedka.core.errors import BesedkaError
from besedka.core.i18n import locale_of, text
from besedka.core.problems import words_of
from besedka.core.routing import LateRoute
from besedka.kernel.accounts.deps import require_on_page
from besedka.kernel.accounts.types import Identity
from besedka.kernel.knowledge import service as knowledge
from besedka.kernel.llm import service as llm
from besedka.kernel.llm.types import ShownProvider, WireKind
from besedka.products.account.forms import at_field, elsewhere
from besedka.products.account.permissions import MANAGE_MODELS
from besedka.products.account.places import SETTINGS
from besedka.products.account.schemas import ModelForm
from besedka.web import render

router = APIRouter(prefix=SETTINGS, route_class=LateRoute)

PAGE = f"{SETTINGS}/model"

Manager = Annotated[Identity, Depends(require_on_page(MANAGE_MODELS))]


@router.get("/model")
async def show_model(request: Request, runtime: CurrentRuntime, identity: Manager) -> Response:
    """Show the workspace's provider of models, without its key."""
    return await _model(request, runtime, identity)


async def _model(
    request: Request, runtime: CurrentRuntime, identity: Identity, *, tested: llm.Tested | None = None,
    typed: ModelForm | None = None, failure: BesedkaError | None = None,
) -> Response:  # fmt: skip
    provider = await llm.shown_provider(runtime, identity.workspace_id)
    vectors = await knowledge.vector_progress(
        runtime, identity.workspace_id, provider.embedding_model if provider else ""
    )
    return await render.page(
        request, "account/model.html", status=failure.status if failure else 200, provider=provider,
        tested=_shown(request, tested), vectors=vectors, form=typed or _form(runtime, provider),
        here_tab=PAGE, errors=at_field(request, failure), failure=elsewhere(request, failure),
        installation=bool(await llm.installed_providers(runtime)), kinds=_kinds(locale_of(request)),
    )  # fmt: skip


def _form(runtime: CurrentRuntime, provider: ShownProvider | None) -> ModelForm:
    if provider is None:
        settings = runtime.settings
        return ModelForm(base_url=settings.openai_base_url, default_model=settings.openai_model)
    return ModelForm(
        kind=provider.kind, folder=provider.folder, base_url=provider.base_url, default_model=provider.default_model,
        embedding_model=provider.embedding_model, rerank_model=provider.rerank_model,
    )  # fmt: skip


def _kinds(locale: str) -> list[tuple[str, str]]:
    """Return what can be chosen as the kind of provider, with its words."""
    return [(kind, text(locale, f"account.kind_{kind or 'auto'}")) for kind in ("", *WireKind)]


def _shown(request: Request, tested: llm.Tested | None) -> list[tuple[str, llm.TestResult, str]]:
    """Return the test calls that were made: what each was for, how it went, and a sentence on what went wrong."""
    if tested is None:
        return []
    results = {"answers": tested.answers, "embedding": tested.embedding, "rerank": tested.rerank}
    locale = locale_of(request)
    return [
        (name, each, words_of(locale, each.failure) if each.failure else "")
        for name, each in results.items()
        if each is not None
    ]


@router.post("/model")
async def save_model(
    request: Request, runtime: CurrentRuntime, identity: Manager, form: Annotated[ModelForm, Form()]
) -> Response:  # fmt: skip
    """Keep the provider, then call each of its models once and show how that went."""
    form = _completed(runtime, form)
    try:
        async with runtime.db.fast.transaction(identity.workspace_id) as conn:
            await llm.set_provider(runtime, conn, form.wanted())
            await knowledge.want_vectors(conn)
    except BesedkaError as error:
        return await _model(request, runtime, identity, typed=form, failure=error)
    return await test_model(request, runtime, identity)


def _completed(runtime: CurrentRuntime, form: ModelForm) -> ModelForm:
    """Give a kind of provider its own usual address and model, where those of another kind were left standing."""
    usual = llm.list_usual(runtime.settings)
    own = next((each for each in usual if each.kind == form.kind), None)
    if own is None:
        return form
    others = [each for each in usual if each.kind != own.kind]
    change = {}
    if form.base_url.strip().rstrip("/") in {each.base_url.rstrip("/") for each in others}:
        change["base_url"] = own.base_url
    if form.default_model.strip() in {each.model for each in others}:
        change["default_model"] = own.model
    return form.model_copy(update=change)


@router.post("/model/test")
async def test_model(request: Request, runtime: CurrentRuntime, identity: Manager) -> Response:
    """Call each model once and show how that went."""
    tested = await llm.test_provider(runtime, identity.workspace_id)
    return await _model(request, runtime, identity, tested=tested)


@router.get("/model/names")
async def list_names(request: Request, runtime: CurrentRuntime, identity: Manager) -> Response:
    """Offer the names of the provider's models, as choices of the fields; none when it does not tell."""
    try:
        found = await llm.list_models(runtime, identity.workspace_id)
    except BesedkaError:
        found = ()
    return await render.page(request, "account/model_names.html", models=found)


@router.get("/model/vectors")
async def show_vectors(request: Request, runtime: CurrentRuntime, identity: Manager) -> Response:
    """Show how far the vectors are, as the page asks for it while they are made."""
    provider = await llm.shown_provider(runtime, identity.workspace_id)
    vectors = await knowledge.vector_progress(
        runtime, identity.workspace_id, provider.embedding_model if provider else ""
    )
    return await render.page(request, "account/vectors.html", vectors=vectors)


@router.post("/model/vectors")
async def make_vectors(request: Request, runtime: CurrentRuntime, identity: Manager) -> Response:
    """Have the vectors that are missing made."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await knowledge.want_vectors(conn)
    return render.redirect(request, PAGE)


@router.post("/model/delete")
async def delete_model(request: Request, runtime: CurrentRuntime, identity: Manager) -> Response:
    """Forget the provider and its key."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await llm.delete_provider(conn)
        await knowledge.want_vectors(conn)
    return render.redirect(request, PAGE, flash="account.model_forgotten")
