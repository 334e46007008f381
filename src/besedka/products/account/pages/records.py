"""Settings: what the workspace's jobs do, and who did what in it."""

import re
from collections.abc import Iterable, Mapping
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import JsonValue

from besedka.core.deps import CurrentRuntime
from besedka.core.i18n import has_text, locale_of, text
from besedka.core.routing import LateRoute
from besedka.kernel.accounts import service as accounts
from besedka.kernel.accounts.deps import require_on_page
from besedka.kernel.accounts.types import Identity
from besedka.kernel.audit import service as audit
from besedka.kernel.audit.types import AuditEvent
from besedka.kernel.jobs import service as jobs
from besedka.kernel.jobs.types import JobId, JobState
from besedka.products.account.permissions import MANAGE_WORKSPACE
from besedka.products.account.places import SETTINGS
from besedka.web import render

router = APIRouter(prefix=SETTINGS, route_class=LateRoute)

JOBS = f"{SETTINGS}/jobs"
AUDIT = f"{SETTINGS}/audit"
ROWS = 50
ENDED_BADLY = (JobState.DEAD, JobState.CANCELLED)
KINDS = {"fields": "field", "scopes": "scope"}
"""What the values of a record's details are words for; of all others, roles."""
IDENTIFIERS = frozenset({"chat", "collections", "merged", "seq", "source"})
UNFINISHED = (JobState.QUEUED, JobState.RUNNING)

Manager = Annotated[Identity, Depends(require_on_page(MANAGE_WORKSPACE))]


def _words(request: Request, kind: str, names: Iterable[str]) -> Mapping[str, str]:
    """Return what a reader calls jobs or deeds; one that has no words yet keeps its name."""
    locale = locale_of(request)
    return {name: _word(locale, kind, name) for name in names}


def _details(locale: str, event: AuditEvent) -> list[tuple[str, str]]:
    """Return what a record says beside its deed, in words; what is empty or an identifier is left out."""
    return [
        (_word(locale, "detail", key), shown)
        for key, value in sorted(event.detail.items(), key=_comes_later)
        if key not in IDENTIFIERS and (shown := _shown(locale, KINDS.get(key, "role"), value))
    ]


def _comes_later(item: tuple[str, JsonValue]) -> bool:
    """Put what was before what is, which the database's order of keys does not."""
    return item[0] == "after"


def _shown(locale: str, kind: str, value: JsonValue) -> str:
    if isinstance(value, list):
        return ", ".join(_shown(locale, kind, each) for each in value)
    return "" if value is None else _word(locale, kind, str(value))


def word_key(kind: str, name: str) -> str:
    """Return the catalogue's key of a job's or a deed's words."""
    return f"account.{kind}_" + re.sub(r"[.:]", "_", name)


def _word(locale: str, kind: str, name: str) -> str:
    key = word_key(kind, name)
    return text(locale, key) if has_text(key) else name


@router.get("/jobs")
async def show_jobs(
    request: Request, runtime: CurrentRuntime, identity: Manager, state: JobState | None = None,
    before: JobId | None = None,
) -> Response:  # fmt: skip
    """Show what works in the background, newest first, and how far it is."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        found = await jobs.list_jobs(conn, state=state, before=before, limit=ROWS)
        counts = await jobs.summary(conn)
    kept = f"state={state.value}&" if state else ""
    return await render.page(
        request, "account/jobs.html", here_tab=JOBS, jobs=found, ended_badly=ENDED_BADLY,
        unfinished=UNFINISHED, live=before is None and any(job.state is JobState.RUNNING for job in found),
        words=_words(request, "job", {job.name for job in found}), state=state, counts=counts,
        next_path=f"{JOBS}?{kept}before={found[-1].id}" if len(found) == ROWS else "",
    )  # fmt: skip


@router.post("/jobs/{job_id}/retry")
async def retry_job(
    request: Request, job_id: JobId, runtime: CurrentRuntime, identity: Manager
) -> Response:
    """Queue a job again that has failed for good, or was cancelled."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await jobs.retry(conn, job_id)
    return render.redirect(request, JOBS, flash="account.job_queued")


@router.post("/jobs/{job_id}/cancel")
async def cancel_job(
    request: Request, job_id: JobId, runtime: CurrentRuntime, identity: Manager
) -> Response:
    """Cancel a job that has not ended."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await jobs.cancel(conn, job_id)
    return render.redirect(request, JOBS, flash="account.job_cancelled")


@router.get("/audit")
async def show_audit(
    request: Request, runtime: CurrentRuntime, identity: Manager, before: UUID | None = None
) -> Response:
    """Show who did what in the workspace, newest first."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        found = await audit.list_events(conn, before=before, limit=ROWS)
        head, unsealed = await audit.find_head(conn), await audit.count_unsealed(conn)
        names = {person.actor_id: person.name for person in await accounts.people(conn)}
    return await render.page(
        request, "account/audit.html", here_tab=AUDIT, events=found, names=names,
        head=head, unsealed=unsealed,
        words=_words(request, "deed", {event.action for event in found}),
        details={event.id: _details(locale_of(request), event) for event in found},
        next_path=f"{AUDIT}?before={found[-1].id}" if len(found) == ROWS else "",
    )  # fmt: skip
