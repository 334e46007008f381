"""What the routes of knowledge share: who may, and how things are shown."""

from typing import Annotated

from fastapi import Depends

from besedka.core.i18n import Locale, has_text, text
from besedka.kernel.accounts.deps import require
from besedka.kernel.accounts.types import Identity
from besedka.kernel.knowledge.schemas import DocumentRead, ReasonRead
from besedka.kernel.knowledge.types import Reason, Source

Reader = Annotated[Identity, Depends(require("knowledge.read"))]
Writer = Annotated[Identity, Depends(require("knowledge.write"))]


def shown(source: Source, locale: Locale) -> DocumentRead:
    """Return a source as the API shows it, its reasons in the caller's language."""
    return DocumentRead(
        id=source.id, collection_id=source.collection_id, kind=source.kind, title=source.title,
        state=source.state, progress=source.progress,
        error=None if source.error is None else reason_of(source.error, locale, prefix="errors"),
        notices=[reason_of(notice, locale, prefix="document_notices") for notice in source.notices],
        chars=source.chars, chunks=source.chunks, file_id=source.file_id, url=source.url,
        question=source.question, parent_id=source.parent_id, done=source.done, total=source.total,
        refresh_hours=source.refresh_hours, found=source.found, found_at=source.found_at,
        created_at=source.created_at, indexed_at=source.indexed_at, deleted_at=source.deleted_at,
    )  # fmt: skip


def reason_of(reason: Reason, locale: Locale, *, prefix: str) -> ReasonRead:
    """Return a reason in the caller's language."""
    key = f"{prefix}.{reason.code}"
    detail = text(locale, key if has_text(key) else "errors.internal", **reason.params)
    return ReasonRead(code=reason.code, params=dict(reason.params), detail=detail)
