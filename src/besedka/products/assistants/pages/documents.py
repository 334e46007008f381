"""An assistant's documents: what it knows, how far each is, and adding more."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from besedka.core.db.connection import TenantConn
from besedka.core.deps import CurrentLocale, CurrentRuntime
from besedka.core.errors import BesedkaError
from besedka.core.i18n import has_text, text
from besedka.core.problems import words_of
from besedka.kernel.answers.types import Assistant
from besedka.kernel.files.deps import dropping, receive_file
from besedka.kernel.knowledge import service as knowledge
from besedka.kernel.knowledge.errors import SourceNotFound
from besedka.kernel.knowledge.schemas import QaCreate, TextCreate, UrlCreate
from besedka.kernel.knowledge.types import Source, SourceState
from besedka.products.assistants.forms import Wrong, checked
from besedka.products.assistants.pages.common import PATH, Desk, Managed, Shown
from besedka.web import render

router = APIRouter(prefix=PATH + "/{assistant_id}")

PAGE_ROWS, PAGE_PASSAGES = 50, 50
Way = Literal["file", "url", "text", "qa"]
WAYS: tuple[Way, ...] = ("file", "url", "text", "qa")
UNFINISHED = {SourceState.QUEUED, SourceState.WORKING}


class DocumentForm(BaseModel):
    """What is typed to add a document; which fields count is up to the way."""

    kind: Way = "text"
    url: str = ""
    title: str = ""
    body: str = ""
    question: str = ""
    answer: str = ""

    def read(self, locale: str) -> TextCreate | QaCreate | UrlCreate:
        """Return the document. Raises Wrong."""
        if self.kind == "qa":
            pair = self.model_dump(include={"kind", "question", "answer"})
            return checked(QaCreate, pair, locale=locale)
        if self.kind == "text":
            return checked(
                TextCreate, self.model_dump(include={"kind", "title", "body"}), locale=locale
            )
        address = self.url.strip()
        whole = address if "://" in address else f"https://{address}"
        try:
            return checked(UrlCreate, {"kind": "url", "url": whole}, locale=locale)
        except Wrong as wrong:
            raise Wrong({"url": text(locale, "assistants.url_wrong")}) from wrong


@router.get("")
async def show(
    request: Request, runtime: CurrentRuntime, desk: Shown, add: Way = "file", before: UUID | None = None
) -> Response:  # fmt: skip
    """Show what an assistant knows, and the ways to add more."""
    return await _documents(request, runtime, desk, DocumentForm(kind=add), before=before)


@router.get("/sources")
async def show_sources(
    request: Request, runtime: CurrentRuntime, desk: Shown, before: UUID | None = None
) -> Response:
    """Show the list alone, as it is by now."""
    shown = await _list(runtime, desk, before)
    return await render.page(request, "assistants/sources.html", **shown)


async def _list(runtime: CurrentRuntime, desk: Desk, before: UUID | None) -> dict[str, Any]:
    async with runtime.db.fast.acquire(desk.workspace) as conn:
        found = await knowledge.list_sources(
            conn, desk.who.collection_id, before=before, limit=PAGE_ROWS
        )
    return desk.shown() | {
        "sources": found,
        "before": before,
        "more": found[-1].id if len(found) == PAGE_ROWS else None,
        "unfinished": any(each.state in UNFINISHED for each in found),
        "reason": knowledge.failure_words,
    }


async def _documents(
    request: Request, runtime: CurrentRuntime, desk: Desk, form: DocumentForm, *,
    before: UUID | None = None, errors: Mapping[str, str] | None = None,
) -> Response:  # fmt: skip
    context = await _list(runtime, desk, before) | {
        "add": form.kind, "ways": WAYS, "values": form.model_dump(), "errors": errors or {},
        "max_mb": runtime.settings.max_upload_mb,
    }  # fmt: skip
    return await render.page(
        request, "assistants/documents.html", status=422 if errors else 200, **context
    )


@router.post("/documents")
async def add_document(
    request: Request, runtime: CurrentRuntime, desk: Managed, locale: CurrentLocale,
    form: Annotated[DocumentForm, Form()],
) -> Response:  # fmt: skip
    """Add a page, a text or a question with its answer."""
    try:
        given = form.read(locale)
        async with runtime.db.fast.transaction(desk.workspace) as conn:
            await _add(conn, desk.who, given)
    except (Wrong, BesedkaError) as error:
        errors = (
            error.errors if isinstance(error, Wrong) else _refusal(form.kind, error, locale=locale)
        )
        return await _documents(request, runtime, desk, form, errors=errors)
    flash = "assistants.document_queued" if form.kind == "url" else "assistants.document_added"
    return render.redirect(request, f"{desk.path}?add={form.kind}", flash=flash)


def _refusal(kind: Way, error: BesedkaError, *, locale: str) -> dict[str, str]:
    """Put an error of the document itself beside what was typed."""
    return {{"qa": "answer", "url": "url"}.get(kind, "body"): words_of(locale, error)}


async def _add(
    conn: TenantConn, who: Assistant, given: TextCreate | QaCreate | UrlCreate
) -> Source:
    if isinstance(given, TextCreate):
        return await knowledge.add_text(conn, who.collection_id, body=given.body, title=given.title)
    if isinstance(given, QaCreate):
        return await knowledge.add_qa(
            conn, who.collection_id, question=given.question, answer=given.answer
        )
    return await knowledge.add_url(conn, who.collection_id, str(given.url))


@router.post("/files")
async def add_file(request: Request, runtime: CurrentRuntime, desk: Managed) -> Response:
    """Add a file: as JSON for the upload element, which then asks how far it is; back to the page for a plain form."""
    received = await receive_file(request, runtime, identity=desk.identity)
    async with (
        dropping(runtime, received, identity=desk.identity),
        runtime.db.fast.transaction(desk.workspace) as conn,
    ):
        made = await knowledge.add_file(
            conn, desk.who.collection_id, file_id=received.file.id, name=received.file.name
        )
    if "application/json" in request.headers.get("accept", ""):
        return JSONResponse(
            {"id": str(made.id), "state": made.state, "progress": made.progress}, 201
        )
    return render.redirect(request, desk.path, flash="assistants.document_queued")


@router.get("/documents/{source_id}")
async def show_document(
    request: Request, source_id: UUID, runtime: CurrentRuntime, desk: Shown,
    locale: CurrentLocale, after: Annotated[int, Query(ge=-1, lt=2**31)] | None = None,
) -> Response:  # fmt: skip
    """Show a document: its state and its passages."""
    async with runtime.db.fast.acquire(desk.workspace) as conn:
        source = await _source(conn, desk.who, source_id)
        passages = await knowledge.list_passages(conn, source.id, after=after, limit=PAGE_PASSAGES)
    context = desk.shown() | {
        "source": source, "passages": passages, "reason": knowledge.failure_words(locale, source),
        "notices": _notices(source, locale),
        "more": passages[-1].ordinal if len(passages) == PAGE_PASSAGES else None,
    }  # fmt: skip
    return await render.page(request, "assistants/document.html", **context)


def _notices(source: Source, locale: str) -> list[str]:
    keys = {f"document_notices.{each.code}": each.params for each in source.notices}
    return [text(locale, key, **params) for key, params in keys.items() if has_text(key)]


async def _source(conn: TenantConn, who: Assistant, source_id: UUID) -> Source:
    """Return a document of this assistant. Raises SourceNotFound for another's."""
    source = await knowledge.get_source(conn, source_id)
    if source.collection_id != who.collection_id:
        raise SourceNotFound
    return source


@router.post("/documents/{source_id}/refresh")
async def refresh_document(
    request: Request, source_id: UUID, runtime: CurrentRuntime, desk: Managed
) -> Response:
    """Read a document again."""
    async with runtime.db.fast.transaction(desk.workspace) as conn:
        source = await _source(conn, desk.who, source_id)
        await knowledge.refresh_source(conn, source.id)
    return render.redirect(request, desk.path, flash="assistants.document_queued")


@router.post("/documents/{source_id}/delete")
async def delete_document(
    request: Request, source_id: UUID, runtime: CurrentRuntime, desk: Managed
) -> Response:
    """Delete a document with its passages and its file."""
    async with runtime.db.fast.transaction(desk.workspace) as conn:
        source = await _source(conn, desk.who, source_id)
        await knowledge.delete_source(conn, source.id)
    return render.redirect(request, desk.path, flash="assistants.document_deleted")
