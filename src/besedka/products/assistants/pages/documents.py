"""An assistant's documents: what it knows, how far each is, and adding more."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from besedka.core.db.connection import TenantConn
from besedka.core.deps import CurrentLocale, CurrentRuntime
from besedka.core.errors import BesedkaError
from besedka.core.i18n import has_text, text
from besedka.core.problems import words_of
from besedka.core.routing import LateRoute
from besedka.core.security.ratelimit import HEAVY
from besedka.kernel.answers.types import Assistant
from besedka.kernel.files.deps import dropping, receive_file
from besedka.kernel.knowledge import service as knowledge
from besedka.kernel.knowledge.errors import SourceNotFound
from besedka.kernel.knowledge.schemas import (
    DocumentCreate,
    QaCreate,
    SiteCreate,
    TextCreate,
    UrlCreate,
)
from besedka.kernel.knowledge.types import PassageLook, Source, SourceKind, SourceLook, SourceState
from besedka.products.assistants.forms import M, Wrong, as_lines, as_number, checked
from besedka.products.assistants.pages.common import PATH, Desk, Managed, Shown
from besedka.products.assistants.sharing import list_lent
from besedka.web import render

router = APIRouter(prefix=PATH + "/{assistant_id}", route_class=LateRoute)

PAGE_ROWS, PAGE_PASSAGES, PAGE_SITE = 50, 50, 100
Way = Literal["file", "url", "site", "text", "qa"]
Back = Literal["", "setup"]
"""Where a form leads back to: the documents, or the first step of setting an assistant up."""
WAYS: tuple[Way, ...] = ("file", "url", "site", "text", "qa")
UNFINISHED = {SourceState.QUEUED, SourceState.WORKING}


class ListQuery(BaseModel):
    """Which documents the list shows, and which way of adding more."""

    add: Way = "file"
    back: Back = ""
    before: UUID | None = None
    q: str = Field(default="", max_length=200)
    look: SourceLook = SourceLook.ALL
    of: UUID | None = None
    """A shared collection; the assistant's own when there is none."""

    def address(self, **other: object) -> str:
        """Return the query of a page that shows the same, but for what is given."""
        values = {
            "of": self.of,
            "q": self.q,
            "look": self.look.value,
            "before": self.before,
            "back": self.back,
        } | other
        return urlencode({name: value for name, value in values.items() if value})


class DocumentForm(BaseModel):
    """What is typed to add a document; which fields count is up to the way."""

    kind: Way = "text"
    back: Back = ""
    of: UUID | None = None
    url: str = ""
    title: str = ""
    body: str = ""
    question: str = ""
    answer: str = ""
    include: str = ""
    exclude: str = ""
    max_pages: str = "200"
    refresh_hours: str = ""
    preview: bool = False

    def read(self, locale: str) -> DocumentCreate:
        """Return the document. Raises Wrong."""
        if self.kind == "qa":
            pair = self.model_dump(include={"kind", "question", "answer"})
            return checked(QaCreate, pair, locale=locale)
        if self.kind == "text":
            return checked(
                TextCreate, self.model_dump(include={"kind", "title", "body"}), locale=locale
            )
        if self.kind == "site":
            return _checked_at_address(SiteCreate, self._site(), locale=locale)
        return _checked_at_address(
            UrlCreate, {"kind": "url", "url": self._address()}, locale=locale
        )

    def _address(self) -> str:
        address = self.url.strip()
        return address if "://" in address else f"https://{address}"

    def _site(self) -> dict[str, object]:
        return {
            "kind": "site", "url": self._address(), "include": as_lines(self.include),
            "exclude": as_lines(self.exclude), "max_pages": as_number(self.max_pages),
            "refresh_hours": self.refresh_hours or None, "preview": self.preview,
        }  # fmt: skip


class ChoiceForm(BaseModel):
    """Which pages of a site that was looked over were shown, and which of them are chosen."""

    back: Back = ""
    shown: list[UUID] = Field(default=[], max_length=PAGE_SITE)
    pages: list[UUID] = Field(default=[], max_length=PAGE_SITE)


class PassageQuery(BaseModel):
    """Which passages of a document are shown, or which pages of a site."""

    after: int | None = Field(default=None, ge=-1, lt=2**31)
    page: UUID | None = None
    back: Back = ""
    q: str = Field(default="", max_length=200)
    look: PassageLook = PassageLook.ALL

    def address(self, **other: object) -> str:
        """Return the query of a page that shows the same, but for what is given."""
        values = {"q": self.q, "look": self.look.value} | other
        return urlencode(
            {name: value for name, value in values.items() if value is not None and value != ""}
        )


def _checked_at_address(model: type[M], values: Mapping[str, object], *, locale: str) -> M:
    """Return what stands at an address; of an address that is wrong nothing else has to be said. Raises Wrong."""
    try:
        return checked(model, values, locale=locale)
    except Wrong as wrong:
        errors = dict(wrong.errors)
        if "url" in errors:
            errors = {"url": text(locale, "assistants.url_wrong")}
        for field in {"include", "exclude"} & errors.keys():
            errors[field] = text(locale, "assistants.pattern_wrong")
        raise Wrong(errors) from wrong


@router.get("")
async def show(
    request: Request, runtime: CurrentRuntime, desk: Shown, wanted: Annotated[ListQuery, Query()]
) -> Response:
    """Show what an assistant knows, and the ways to add more."""
    return await _documents(request, runtime, desk, DocumentForm(kind=wanted.add), wanted=wanted)


@router.get("/sources")
async def show_sources(
    request: Request, runtime: CurrentRuntime, desk: Shown, wanted: Annotated[ListQuery, Query()]
) -> Response:
    """Show the list alone, as it is by now."""
    shown = await _list(runtime, desk, wanted)
    return await render.page(request, "assistants/sources.html", **shown)


async def _list(runtime: CurrentRuntime, desk: Desk, wanted: ListQuery) -> dict[str, Any]:
    async with runtime.db.fast.acquire(desk.workspace) as conn:
        found = await knowledge.list_sources(
            conn, desk.collection(wanted.of), before=wanted.before, limit=PAGE_ROWS, holding=wanted.q,
            look=wanted.look,
        )  # fmt: skip
    return desk.shown() | {
        "sources": found,
        "wanted": wanted,
        "looks": list(SourceLook),
        "more": found[-1].id if len(found) == PAGE_ROWS else None,
        "unfinished": any(each.state in UNFINISHED for each in found),
        "reason": knowledge.failure_words,
    }


async def _documents(
    request: Request, runtime: CurrentRuntime, desk: Desk, form: DocumentForm, *,
    wanted: ListQuery | None = None, errors: Mapping[str, str] | None = None,
) -> Response:  # fmt: skip
    wanted = wanted or ListQuery(back=form.back, of=form.of)
    context = await _list(runtime, desk, wanted) | await _others(runtime, desk) | {
        "add": form.kind, "back_to": form.back, "ways": WAYS, "values": form.model_dump(), "errors": errors or {},
        "max_mb": runtime.settings.max_upload_mb,
    }  # fmt: skip
    template = "assistants/setup_sources.html" if form.back else "assistants/documents.html"
    return await render.page(request, template, status=422 if errors else 200, **context)


async def _others(runtime: CurrentRuntime, desk: Desk) -> dict[str, Any]:
    """Return the collections that an assistant could answer from beside its own, and which it does."""
    async with runtime.db.fast.acquire(desk.workspace) as conn:
        lent = await list_lent(conn)
    others = [each for each in lent if each.collection.id != desk.who.collection_id]
    return {
        "others": others,
        "used": [each for each in others if each.collection.id in desk.who.shared],
    }


@router.get("/setup/sources")
async def set_up_sources(
    request: Request, runtime: CurrentRuntime, desk: Managed, add: Way = "file"
) -> Response:
    """Show the first step of setting an assistant up: what it is to know, as far as that is read."""
    form = DocumentForm(kind=add, back="setup", preview=True)
    return await _documents(request, runtime, desk, form, wanted=ListQuery(back="setup"))


@router.post("/documents")
async def add_document(
    request: Request, runtime: CurrentRuntime, desk: Managed, locale: CurrentLocale,
    form: Annotated[DocumentForm, Form()],
) -> Response:  # fmt: skip
    """Add a page, a text or a question with its answer."""
    try:
        given = form.read(locale)
        if isinstance(given, SiteCreate):
            await runtime.limiter.hit(HEAVY, "crawl", str(desk.identity.actor_id))
        async with runtime.db.fast.transaction(desk.workspace) as conn:
            await _add(conn, desk.collection(form.of), given)
    except (Wrong, BesedkaError) as error:
        errors = (
            error.errors if isinstance(error, Wrong) else _refusal(form.kind, error, locale=locale)
        )
        return await _documents(request, runtime, desk, form, errors=errors)
    flash = {"url": "assistants.document_queued", "site": "assistants.site_queued"}.get(
        form.kind, "assistants.document_added"
    )
    query = urlencode({"add": form.kind} | ({"of": form.of} if form.of else {}))
    return render.redirect(request, f"{_place(desk, form.back)}?{query}#known", flash=flash)


def _place(desk: Desk, back: Back) -> str:
    return f"{desk.path}/setup/sources" if back else desk.path


def _refusal(kind: Way, error: BesedkaError, *, locale: str) -> dict[str, str]:
    """Put an error of the document itself beside what was typed."""
    return {
        {"qa": "answer", "url": "url", "site": "url"}.get(kind, "body"): words_of(locale, error)
    }


async def _add(conn: TenantConn, collection: UUID, given: DocumentCreate) -> Source:
    if isinstance(given, TextCreate):
        return await knowledge.add_text(conn, collection, body=given.body, title=given.title)
    if isinstance(given, QaCreate):
        return await knowledge.add_qa(
            conn, collection, question=given.question, answer=given.answer
        )
    if isinstance(given, SiteCreate):
        return await knowledge.add_site(
            conn, collection, str(given.url), rules=given.rules(),
            refresh_hours=given.refresh_hours, is_preview=given.preview,
        )  # fmt: skip
    return await knowledge.add_url(conn, collection, str(given.url))


@router.post("/files")
async def add_file(
    request: Request,
    runtime: CurrentRuntime,
    desk: Managed,
    back: Back = "",
    of: UUID | None = None,
) -> Response:
    """Add a file: as JSON for the upload element, which then asks how far it is; back to the page for a plain form."""
    collection = desk.collection(of)
    received = await receive_file(request, runtime, identity=desk.identity)
    async with (
        dropping(runtime, received, identity=desk.identity),
        runtime.db.fast.transaction(desk.workspace) as conn,
    ):
        made = await knowledge.add_file(
            conn, collection, file_id=received.file.id, name=received.file.name
        )
    if "application/json" in request.headers.get("accept", ""):
        return JSONResponse(
            {"id": str(made.id), "state": made.state, "progress": made.progress}, 201
        )
    place = _place(desk, back) if back else desk.place(collection)
    return render.redirect(request, place, flash="assistants.document_queued")


@router.get("/documents/{source_id}")
async def show_document(
    request: Request, source_id: UUID, runtime: CurrentRuntime, desk: Shown,
    locale: CurrentLocale, wanted: Annotated[PassageQuery, Query()],
) -> Response:  # fmt: skip
    """Show a document: its state and its passages, of a site its pages."""
    async with runtime.db.fast.acquire(desk.workspace) as conn:
        source = await source_of(conn, desk.who, source_id)
        if source.kind is SourceKind.SITE:
            shown = await _site(conn, desk, source, locale=locale, after=wanted.page) | {
                "back_to": wanted.back
            }
            return await render.page(request, "assistants/document_site.html", **shown)
        passages = await knowledge.list_passages(
            conn, source.id, after=wanted.after, limit=PAGE_PASSAGES, holding=wanted.q,
            look=wanted.look,
        )  # fmt: skip
        versions = await knowledge.list_versions(conn, source.id)
    context = desk.shown() | {
        "source": source, "passages": passages, "reason": knowledge.failure_words(locale, source),
        "notices": _notices(source, locale), "wanted": wanted, "looks": list(PassageLook), "versions": versions,
        "more": passages[-1].ordinal if len(passages) == PAGE_PASSAGES else None,
        "unfinished": source.state in UNFINISHED,
    }  # fmt: skip
    return await render.page(request, "assistants/document.html", **context)


async def _site(
    conn: TenantConn, desk: Desk, source: Source, *, locale: str, after: UUID | None
) -> dict[str, Any]:
    pages = await knowledge.site_pages(conn, source.id, after=after, limit=PAGE_SITE)
    return desk.shown() | {
        "source": source, "pages": pages, "after": after, "rules": await knowledge.site_rules(conn, source.id),
        "reason": knowledge.failure_words(locale, source), "reason_of": knowledge.reason_words,
        "notices": _notices(source, locale), "unfinished": source.state in UNFINISHED,
        "more": pages[-1].id if len(pages) == PAGE_SITE else None,
    }  # fmt: skip


def _notices(source: Source, locale: str) -> list[str]:
    keys = {f"document_notices.{each.code}": each.params for each in source.notices}
    return [text(locale, key, **params) for key, params in keys.items() if has_text(key)]


async def source_of(conn: TenantConn, who: Assistant, source_id: UUID) -> Source:
    """Return a document that this assistant answers from. Raises SourceNotFound for another one."""
    source = await knowledge.get_source(conn, source_id)
    if source.collection_id not in who.collection_ids:
        raise SourceNotFound
    return source


@router.post("/documents/{source_id}/refresh")
async def refresh_document(
    request: Request, source_id: UUID, runtime: CurrentRuntime, desk: Managed
) -> Response:
    """Read a document again."""
    async with runtime.db.fast.transaction(desk.workspace) as conn:
        source = await source_of(conn, desk.who, source_id)
        await knowledge.refresh_source(conn, source.id)
    return render.redirect(
        request, desk.place(source.collection_id), flash="assistants.document_queued"
    )


@router.post("/documents/{source_id}/index")
async def index_site(
    request: Request, source_id: UUID, runtime: CurrentRuntime, desk: Managed,
    form: Annotated[ChoiceForm, Form()],
) -> Response:  # fmt: skip
    """Make the pages of a site that was looked over searchable; those that were shown and not chosen are left out."""
    await runtime.limiter.hit(HEAVY, "crawl", str(desk.identity.actor_id))
    async with runtime.db.fast.transaction(desk.workspace) as conn:
        source = await source_of(conn, desk.who, source_id)
        if left_out := set(form.shown) - set(form.pages):
            await knowledge.leave_out(conn, source.id, sorted(left_out))
        await knowledge.index_site(conn, source.id)
    page = _place(desk, form.back) if form.back else f"{desk.path}/documents/{source.id}"
    return render.redirect(request, page, flash="assistants.document_queued")


@router.post("/documents/{source_id}/delete")
async def delete_document(
    request: Request, source_id: UUID, runtime: CurrentRuntime, desk: Managed
) -> Response:
    """Put a document into the trash."""
    async with runtime.db.fast.transaction(desk.workspace) as conn:
        source = await source_of(conn, desk.who, source_id)
        await knowledge.delete_source(conn, source.id)
    site = source.parent_id and f"{desk.path}/documents/{source.parent_id}"
    place = site or desk.place(source.collection_id)
    return render.redirect(request, place, flash="assistants.document_deleted")
