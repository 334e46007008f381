"""A passage of a document: its neighbours, other words for it, switching it off; and earlier versions of a document."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel

from besedka.core.db.connection import TenantConn
from besedka.core.deps import CurrentLocale, CurrentRuntime
from besedka.core.errors import BesedkaError
from besedka.core.problems import words_of
from besedka.core.routing import LateRoute
from besedka.kernel.answers.types import Assistant
from besedka.kernel.knowledge import service as knowledge
from besedka.kernel.knowledge.errors import PassageNotFound
from besedka.kernel.knowledge.schemas import ChunkUpdate
from besedka.kernel.knowledge.types import Passage, Source
from besedka.products.assistants.forms import Wrong, checked
from besedka.products.assistants.pages.common import PATH, Desk, Managed, Shown
from besedka.products.assistants.pages.documents import source_of
from besedka.web import render

router = APIRouter(prefix=PATH + "/{assistant_id}/documents/{source_id}", route_class=LateRoute)


class TextForm(BaseModel):
    """The words of a passage as they are typed."""

    text: str = ""


@router.get("/passages/{chunk_id}")
async def show_passage(
    request: Request, source_id: UUID, chunk_id: UUID, runtime: CurrentRuntime, desk: Shown
) -> Response:
    """Show a passage between its neighbours."""
    return await _passage(request, runtime, desk, source_id, chunk_id)


async def _passage(
    request: Request, runtime: CurrentRuntime, desk: Desk, source_id: UUID, chunk_id: UUID, *,
    typed: str | None = None, error: str = "",
) -> Response:  # fmt: skip
    async with runtime.db.fast.acquire(desk.workspace) as conn:
        source, passage, around = await _find(conn, desk.who, source_id, chunk_id)
    context = desk.shown() | {
        "source": source, "passage": passage, "around": around, "errors": {"text": error} if error else {},
        "typed": passage.text if typed is None else typed,
    }  # fmt: skip
    return await render.page(
        request, "assistants/passage.html", status=422 if error else 200, **context
    )


async def _find(
    conn: TenantConn, who: Assistant, source_id: UUID, chunk_id: UUID
) -> tuple[Source, Passage, list[Passage]]:
    """Return a passage of a document of this assistant. Raises SourceNotFound, PassageNotFound."""
    await source_of(conn, who, source_id)
    source, passage, around = await knowledge.passages_around(conn, chunk_id)
    if source.id != source_id:
        raise PassageNotFound
    return source, passage, around


@router.post("/passages/{chunk_id}")
async def edit_passage(
    request: Request, source_id: UUID, chunk_id: UUID, runtime: CurrentRuntime, desk: Managed,
    locale: CurrentLocale, form: Annotated[TextForm, Form()],
) -> Response:  # fmt: skip
    """Write other words into a passage."""
    try:
        given = checked(ChunkUpdate, {"text": form.text}, locale=locale)
        async with runtime.db.fast.transaction(desk.workspace) as conn:
            await _find(conn, desk.who, source_id, chunk_id)
            await knowledge.edit_passage(conn, chunk_id, given.text or "")
    except Wrong as wrong:
        error = wrong.errors.get("text", "")
        return await _passage(
            request, runtime, desk, source_id, chunk_id, typed=form.text, error=error
        )
    except BesedkaError as refused:
        if refused.status == 404:
            raise
        error = words_of(locale, refused)
        return await _passage(
            request, runtime, desk, source_id, chunk_id, typed=form.text, error=error
        )
    return _back(request, desk, source_id, chunk_id, flash="documents.passage_saved")


@router.post("/passages/{chunk_id}/{change}")
async def change_passage(
    request: Request, source_id: UUID, chunk_id: UUID, change: Literal["off", "on", "undo"],
    runtime: CurrentRuntime, desk: Managed,
) -> Response:  # fmt: skip
    """Switch a passage off or on, or put the document's own words back."""
    async with runtime.db.fast.transaction(desk.workspace) as conn:
        await _find(conn, desk.who, source_id, chunk_id)
        if change == "undo":
            await knowledge.undo_edit(conn, chunk_id)
        else:
            await knowledge.switch_passage(conn, chunk_id, off=change == "off")
    return _back(request, desk, source_id, chunk_id, flash=f"documents.passage_{change}")


def _back(request: Request, desk: Desk, source_id: UUID, chunk_id: UUID, *, flash: str) -> Response:
    page = f"{desk.path}/documents/{source_id}/passages/{chunk_id}"
    return render.redirect(request, page, flash=flash)


@router.post("/versions/{version_id}")
async def restore_version(
    request: Request, source_id: UUID, version_id: UUID, runtime: CurrentRuntime, desk: Managed
) -> Response:
    """Let a document say again what it said."""
    async with runtime.db.fast.transaction(desk.workspace) as conn:
        source = await source_of(conn, desk.who, source_id)
        await knowledge.restore_version(conn, source.id, version_id)
    page = f"{desk.path}/documents/{source_id}"
    return render.redirect(request, page, flash="documents.version_restored")
