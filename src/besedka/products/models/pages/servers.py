"""Settings of the installation: its providers of models, how they are, in which order they are asked, and new servers."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Final
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response

from besedka.core.deps import CurrentRuntime, get_runtime
from besedka.core.errors import BesedkaError
from besedka.core.i18n import has_text, locale_of, text
from besedka.core.problems import words_of
from besedka.core.routing import LateRoute
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.deps import PageHost
from besedka.kernel.accounts.types import Identity
from besedka.kernel.llm import service as llm
from besedka.kernel.llm.errors import LlmError, ServerNotFound
from besedka.kernel.llm.types import WireKind
from besedka.products.models.schemas import LookForm, MoveForm, ServerForm
from besedka.web import render

PAGE: Final = "/dashboard/settings/providers"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of what the host did last: a failure, a test call, or servers that were found to choose from."""

    failure: BesedkaError | None = None
    tested: llm.TestResult | None = None
    found: Sequence[llm.FoundServer] = ()
    form: ServerForm | None = None
    typed: LookForm = field(default_factory=LookForm)
    looked_here: bool = False


router = APIRouter(prefix=PAGE, route_class=LateRoute)


@router.get("")
async def show(request: Request, _host: PageHost, change: UUID | None = None) -> Response:
    """Show the providers, and the models of a server that is to be changed."""
    if change is None:
        return await _page(request, Outcome())
    try:
        server = await _server(get_runtime(request), change)
        found = await llm.look_at(
            get_runtime(request), server.base_url, api_key=server.api_key.get_secret_value(), kind=server.kind
        )  # fmt: skip
    except ServerNotFound:
        return await _page(request, Outcome())
    except BesedkaError as error:
        return await _page(request, Outcome(failure=error))
    return await _page(request, Outcome(found=[found], form=_form_of(server)))


@router.post("/look")
async def look(
    request: Request, runtime: CurrentRuntime, host: PageHost, form: Annotated[LookForm, Form()]
) -> Response:  # fmt: skip
    """Show what a server at an address offers."""
    try:
        found = await llm.look_at(
            runtime, form.base_url, api_key=form.api_key.strip(), kind=form.kind or None
        )
    except BesedkaError as error:
        return await _page(request, Outcome(failure=error, typed=form))
    chosen = ServerForm(
        name=found.software or urlsplit(found.base_url).hostname or "", base_url=found.base_url, kind=found.kind,
        sealed=llm.seal_typed(runtime, form.api_key.strip(), host.user_id),
        price="free" if _is_inside(found.base_url, runtime) else "unknown",
    )  # fmt: skip
    return await _page(request, Outcome(found=[found], form=chosen, typed=form))


@router.post("/look-here")
async def look_here(request: Request, runtime: CurrentRuntime, _host: PageHost) -> Response:
    """Show what servers at the usual ports of this machine offer."""
    try:
        found = await llm.look_here(runtime)
    except BesedkaError as error:
        return await _page(request, Outcome(failure=error))
    return await _page(request, Outcome(found=found, looked_here=True))


@router.post("")
async def save(
    request: Request, runtime: CurrentRuntime, host: PageHost, form: Annotated[ServerForm, Form()]
) -> Response:  # fmt: skip
    """Connect a server with the models that were chosen, or change one, and call it once."""
    found = None
    try:
        key = await _key(runtime, host, form)
        found = await llm.look_at(runtime, form.base_url, api_key=key, kind=form.kind or None)
        wanted = llm.WantedServer(
            name=form.name.strip() or found.software or "server", base_url=form.base_url, kind=form.kind or None,
            models=form.chosen(found.models), api_key=key,
        )  # fmt: skip
        async with runtime.db.system.transaction() as conn:
            made = await llm.put_server(runtime, conn, wanted, server=form.server or None)
    except BesedkaError as error:
        outcome = Outcome(failure=error, found=[found] if found else [], form=form)
        return await _page(request, outcome)
    return await _page(request, Outcome(tested=await llm.try_server(runtime, made)))


@router.post("/{server_id}/test")
async def call_server(
    request: Request, server_id: UUID, runtime: CurrentRuntime, _host: PageHost
) -> Response:  # fmt: skip
    """Call the first model of a server once, and show how that went."""
    return await _page(request, Outcome(tested=await llm.try_server(runtime, server_id)))


@router.post("/{server_id}/delete")
async def forget(
    request: Request, server_id: UUID, runtime: CurrentRuntime, _host: PageHost
) -> Response:  # fmt: skip
    """Forget a server and its key."""
    async with runtime.db.system.transaction() as conn:
        await llm.delete_server(runtime, conn, server_id)
    return render.redirect(request, PAGE, flash="models.forgotten")


@router.post("/move")
async def move(
    request: Request, runtime: CurrentRuntime, _host: PageHost, form: Annotated[MoveForm, Form()]
) -> Response:  # fmt: skip
    """Have a provider asked earlier or later."""
    order = [each.name for each in await llm.installed_providers(runtime)]
    if form.provider in order:
        at = order.index(form.provider)
        to = at - 1 if form.way == "up" else at + 1
        order.insert(max(0, to), order.pop(at))
    async with runtime.db.system.transaction() as conn:
        await llm.set_order(runtime, conn, order)
    return render.redirect(request, PAGE)


async def _page(request: Request, outcome: Outcome) -> Response:
    runtime, locale = get_runtime(request), locale_of(request)
    failure, tested = outcome.failure, outcome.tested
    named = failure.params.get("field") if failure else None
    said = words_of(locale, failure) if failure else ""
    return await render.page(
        request, "models/servers.html", status=failure.status if failure else 200, here_tab=PAGE, path=PAGE,
        providers=await llm.read_health(runtime), servers={each.provider: each for each in await llm.list_servers(runtime)},
        found=outcome.found, form=outcome.form, typed=outcome.typed, looked_here=outcome.looked_here, tested=tested,
        tested_said=words_of(locale, tested.failure) if tested and tested.failure else "",
        may_look=bool(llm.usual_addresses(runtime.settings)), kinds=list(WireKind),
        words_of_code=partial(_words, locale), detail=failure.detail if isinstance(failure, LlmError) else "",
        errors={named: said} if isinstance(named, str) else {}, failure=said,
    )  # fmt: skip


def _words(locale: str, code: str) -> str:
    """Return the sentence of a failure; the code itself for one that an older version recorded."""
    key = f"errors.{code}"
    return text(locale, key) if has_text(key) else code


async def _key(runtime: Runtime, host: Identity, form: ServerForm) -> str:
    """Return the key that was typed to look, or the one that is stored while the address stays."""
    if form.sealed:
        return llm.open_typed(runtime, form.sealed, host.user_id)
    if not form.server:
        return ""
    server = await _server(runtime, form.server)
    return server.api_key.get_secret_value() if server.base_url == form.base_url else ""


async def _server(runtime: Runtime, wanted: UUID) -> llm.Server:
    found = next((each for each in await llm.list_servers(runtime) if each.id == wanted), None)
    if found is None:
        raise ServerNotFound
    return found


def _form_of(server: llm.Server) -> ServerForm:
    price = next((each.price for each in server.models), None)
    free = price is not None and not (price.input or price.output)
    amounts = ("", "") if price is None or free else (f"{price.input / 1e6:g}", f"{price.output / 1e6:g}")  # fmt: skip
    currency = price.currency if price is not None else "RUB"
    return ServerForm(
        server=server.id, name=server.name, base_url=server.base_url, kind=server.kind,
        models=[each.upstream for each in server.models], price="free" if free else "set" if price else "unknown",
        bare=any(each.id != each.upstream for each in server.models), input=amounts[0], output=amounts[1],
        currency="USD" if currency == "USD" else "RUB",
    )  # fmt: skip


def _is_inside(address: str, runtime: Runtime) -> bool:
    place = urlsplit(address)
    named = llm.allowed_hosts(runtime.settings)
    return f"{place.hostname}:{place.port}" in named or place.hostname in named
