"""Taking in chats from elsewhere: a form, and how far the last ones are."""

from typing import Final

from fastapi import APIRouter, Request, Response

from besedka.core.deps import CurrentRuntime, get_runtime
from besedka.core.errors import BesedkaError
from besedka.core.i18n import locale_of
from besedka.core.problems import words_of
from besedka.core.routing import LateRoute
from besedka.kernel.accounts.types import Identity
from besedka.kernel.files.deps import receive_file
from besedka.products.chat import service
from besedka.products.chat.deps import EXPORTS
from besedka.products.chat.errors import ImportTooLarge, ImportUnreadable
from besedka.products.chat.pages.common import PAGE, Reader
from besedka.products.chat.types import ImportState
from besedka.web import render

IMPORTS: Final = f"{PAGE}/import"

FAILURES: Final = frozenset({ImportUnreadable.code, ImportTooLarge.code})
REASONS: Final = frozenset({"unknown", "empty", "too_many", "files", "tools", "shortened"})

router = APIRouter(prefix=IMPORTS, route_class=LateRoute)


@router.get("")
async def show_imports(request: Request, identity: Reader) -> Response:
    """Show the form and the last imports."""
    return await _page(request, identity)


async def _page(
    request: Request, identity: Identity, failure: BesedkaError | None = None
) -> Response:
    async with get_runtime(request).db.fast.acquire(identity.workspace_id) as conn:
        found = await service.list_imports(conn, identity.actor_id)
    unended = {ImportState.QUEUED, ImportState.WORKING}
    return await render.page(
        request, "chat/import.html", status=failure.status if failure else 200, path=IMPORTS, chats_path=PAGE,
        imports=found, live=any(each.state in unended for each in found), unended=unended,
        known_failures=FAILURES, known_reasons=REASONS, failure=words_of(locale_of(request), failure) if failure else "",
    )  # fmt: skip


@router.post("")
async def import_chats(request: Request, runtime: CurrentRuntime, identity: Reader) -> Response:
    """Take in a file of chats."""
    try:
        received = await receive_file(request, runtime, identity=identity, kinds=EXPORTS)
    except BesedkaError as error:
        return await _page(request, identity, error)
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await service.begin_import(conn, received.file, actor=identity.actor_id)
    return render.redirect(request, IMPORTS, flash="chat.import_begun")
