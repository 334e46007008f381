"""`/documents`: sources of knowledge, and a search to try them with."""

from typing import Annotated, assert_never
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from besedka.core.db.connection import TenantConn
from besedka.core.deps import CurrentLocale, CurrentRuntime
from besedka.core.errors import InvalidInput
from besedka.core.pagination import add_next
from besedka.core.schemas import problems
from besedka.core.security.ratelimit import HEAVY
from besedka.kernel.accounts.deps.keyed import KeyedRoute
from besedka.kernel.files.deps import dropping, receive_file
from besedka.kernel.files.schemas import UPLOAD_BODY
from besedka.kernel.files.service import ANY_KIND
from besedka.kernel.knowledge import service
from besedka.kernel.knowledge.api.deps import Reader, Writer, reason_of, shown
from besedka.kernel.knowledge.schemas import (
    CollectionRead,
    DocumentCreate,
    DocumentFilter,
    DocumentRead,
    DocumentUpdate,
    HitRead,
    MarkRead,
    PageFilter,
    PageRead,
    QaCreate,
    SearchQuery,
    SearchRead,
    SiteCreate,
    SiteRead,
    SiteUpdate,
    TextCreate,
    TracedRead,
    TraceRead,
    UrlCreate,
)
from besedka.kernel.knowledge.types import CollectionId, Source

router = APIRouter(prefix="/documents", tags=["documents"], route_class=KeyedRoute)


@router.get("", responses=problems(401, 403, 422))
async def list_documents(
    request: Request, response: Response, wanted: Annotated[DocumentFilter, Query()],
    runtime: CurrentRuntime, identity: Reader, locale: CurrentLocale,
) -> list[DocumentRead]:  # fmt: skip
    """List sources, newest first."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        found = await service.list_sources(
            conn, wanted.collection_id, before=wanted.before, limit=wanted.limit, holding=wanted.q,
            look=wanted.look,
        )  # fmt: skip
    more = {"before": str(found[-1].id)} if len(found) == wanted.limit else None
    add_next(request, response, more)
    return [shown(source, locale) for source in found]


@router.post("", status_code=201, responses=problems(401, 403, 404, 422, 429))
async def create_document(
    body: DocumentCreate, runtime: CurrentRuntime, identity: Writer, locale: CurrentLocale
) -> DocumentRead:
    """Add a text, a question with its answer, an address or a site. Texts are searchable when this answers."""
    if isinstance(body, SiteCreate):
        await runtime.limiter.hit(HEAVY, "crawl", str(identity.actor_id))
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        collection = await service.ensure_collection(conn, body.collection_id)
        return shown(await _add(conn, collection, body), locale)


async def _add(
    conn: TenantConn, collection: CollectionId, body: TextCreate | QaCreate | UrlCreate | SiteCreate
) -> Source:
    match body:
        case TextCreate():
            return await service.add_text(conn, collection, body=body.body, title=body.title)
        case QaCreate():
            return await service.add_qa(
                conn, collection, question=body.question, answer=body.answer
            )
        case UrlCreate():
            return await service.add_url(
                conn, collection, str(body.url), title=body.title, refresh_hours=body.refresh_hours
            )
        case SiteCreate():
            return await service.add_site(
                conn, collection, str(body.url), rules=body.rules(), title=body.title,
                refresh_hours=body.refresh_hours, is_preview=body.preview,
            )  # fmt: skip
        case _:
            assert_never(body)


@router.post(
    "/files",
    status_code=201,
    openapi_extra=UPLOAD_BODY,
    responses=problems(401, 403, 400, 404, 413, 415, 422, 429, 503),
)
async def upload_document(
    request: Request, runtime: CurrentRuntime, identity: Writer, locale: CurrentLocale
) -> DocumentRead:
    """Add a file, into the collection of the field `collection_id` if there is one.

    It is read by a job: look at `state` and `progress`.
    """
    received = await receive_file(request, runtime, identity=identity, kinds=ANY_KIND)
    stored = received.file
    async with (
        dropping(runtime, received, identity=identity),
        runtime.db.fast.transaction(identity.workspace_id) as conn,
    ):
        wanted = _collection_of(received.fields.get("collection_id", ""))
        collection = await service.ensure_collection(conn, wanted)
        made = await service.add_file(conn, collection, file_id=stored.id, name=stored.name)
    return shown(made, locale)


def _collection_of(field: str) -> UUID | None:
    try:
        return UUID(field) if field else None
    except ValueError:
        raise InvalidInput(field="collection_id", reason="not a UUID") from None


@router.get("/collections", responses=problems(401, 403))
async def list_collections(runtime: CurrentRuntime, identity: Reader) -> list[CollectionRead]:
    """List the workspace's collections, oldest first; each assistant has one."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        found = await service.list_collections(conn)
    return [CollectionRead.model_validate(each) for each in found]


@router.post("/search", responses=problems(401, 403, 404, 422))
async def search_documents(
    body: SearchQuery, runtime: CurrentRuntime, identity: Reader
) -> SearchRead:
    """Show what would be found for a question, and how sure the search is."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        collection = await service.get_collection(conn, body.collection_id)
    found = await service.retrieve(
        runtime, identity.workspace_id, [collection.id], body.question, limit=body.limit
    )
    return SearchRead(
        confidence=found.confidence,
        corrected=dict(found.corrected),
        hits=[HitRead.model_validate(hit) for hit in found.hits],
    )


@router.post("/search/trace", responses=problems(401, 403, 404, 422))
async def trace_search(body: SearchQuery, runtime: CurrentRuntime, identity: Reader) -> TraceRead:
    """Show how a search comes about: scores, places by words and by meaning, and the words that counted."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        collection = await service.get_collection(conn, body.collection_id)
    found = await service.trace(
        runtime, identity.workspace_id, [collection.id], body.question, limit=body.limit
    )
    return TraceRead(
        confidence=found.confidence, corrected=dict(found.corrected), unknown=list(found.unknown),
        with_meaning=found.with_meaning, reranked=found.reranked,
        found=[
            TracedRead(
                **HitRead.model_validate(each.hit).model_dump(), words=each.words, by_words=each.by_words,
                by_meaning=each.by_meaning,
                marks=[MarkRead(start=mark.start, stop=mark.stop) for mark in each.marks],
            )
            for each in found.found
        ],
    )  # fmt: skip


@router.get("/{document_id}", responses=problems(401, 403, 404))
async def get_document(
    document_id: UUID, runtime: CurrentRuntime, identity: Reader, locale: CurrentLocale
) -> DocumentRead:
    """Show a source."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        return shown(await service.get_source(conn, document_id), locale)


@router.patch("/{document_id}", responses=problems(401, 403, 404, 422))
async def change_document(
    document_id: UUID, body: DocumentUpdate, runtime: CurrentRuntime, identity: Writer, locale: CurrentLocale
) -> DocumentRead:  # fmt: skip
    """Set how often an address or a site is read again."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        changed = await service.set_refresh(conn, document_id, hours=body.refresh_hours)
    return shown(changed, locale)


@router.get("/{document_id}/site", responses=problems(401, 403, 404, 422))
async def get_site(document_id: UUID, runtime: CurrentRuntime, identity: Reader) -> SiteRead:
    """Show which pages of a site are taken in."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        return SiteRead.model_validate(await service.site_rules(conn, document_id))


@router.put("/{document_id}/site", responses=problems(401, 403, 404, 422))
async def change_site(
    document_id: UUID, body: SiteUpdate, runtime: CurrentRuntime, identity: Writer
) -> SiteRead:
    """Set which pages of a site are taken in, from the next time on that it is read."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await service.change_site(conn, document_id, body.rules())
        return SiteRead.model_validate(await service.site_rules(conn, document_id))


@router.get("/{document_id}/pages", responses=problems(401, 403, 404, 422))
async def list_pages(
    document_id: UUID, request: Request, response: Response, wanted: Annotated[PageFilter, Query()],
    runtime: CurrentRuntime, identity: Reader, locale: CurrentLocale,
) -> list[PageRead]:  # fmt: skip
    """List the addresses that are known of a site, in the order in which they were found."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        found = await service.site_pages(conn, document_id, after=wanted.after, limit=wanted.limit)
    more = {"after": str(found[-1].id)} if len(found) == wanted.limit else None
    add_next(request, response, more)
    return [
        PageRead(
            id=page.id, url=page.url, title=page.title, state=page.state, depth=page.depth,
            error=None if page.error is None else reason_of(page.error, locale, prefix="errors"),
            visited_at=page.visited_at,
        )
        for page in found
    ]  # fmt: skip


@router.post("/{document_id}/index", status_code=202, responses=problems(401, 403, 404, 422, 429))
async def index_site(
    document_id: UUID, runtime: CurrentRuntime, identity: Writer, locale: CurrentLocale
) -> DocumentRead:
    """Make the pages of a site that was looked over searchable: they are visited again."""
    await runtime.limiter.hit(HEAVY, "crawl", str(identity.actor_id))
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        return shown(await service.index_site(conn, document_id), locale)


@router.post("/{document_id}/refresh", status_code=202, responses=problems(401, 403, 404))
async def refresh_document(
    document_id: UUID, runtime: CurrentRuntime, identity: Writer, locale: CurrentLocale
) -> DocumentRead:
    """Read a source again; what it holds stays searchable until then."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        return shown(await service.refresh_source(conn, document_id), locale)
