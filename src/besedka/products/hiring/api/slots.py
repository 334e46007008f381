"""Times to meet: offered by those who hire, chosen by the candidate; and the résumé that came with the form."""

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi import Response as HttpResponse

from besedka.core.deps import CurrentRuntime
from besedka.core.schemas import problems
from besedka.kernel.accounts.deps import require_confirmed
from besedka.kernel.accounts.deps.keyed import KeyedRoute
from besedka.kernel.files import service as files
from besedka.kernel.files.deps import DOWNLOAD, hand_out
from besedka.kernel.files.errors import FileNotFound
from besedka.products.hiring.deps import Applicant, Recruiter, Viewer
from besedka.products.hiring.offering import SlotRead, SlotsCreate
from besedka.products.hiring.service import applying, responses, slots

router = APIRouter(prefix="/responses/{response_id}", tags=["hiring"], route_class=KeyedRoute)


@router.get("/slots", summary="Times to meet", responses=problems(404, 422))
async def list_slots(
    response_id: UUID, runtime: CurrentRuntime, identity: Viewer
) -> list[SlotRead]:
    """List the times that were offered to a candidate and not withdrawn; at most one is taken."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        await responses.get_response(conn, response_id)
        return [SlotRead.of(each) for each in await slots.list_slots(conn, response_id)]


@router.post("/slots", status_code=201, summary="Offer times", responses=problems(404, 409, 422))
async def offer_slots(
    response_id: UUID, body: SlotsCreate, runtime: CurrentRuntime, identity: Recruiter
) -> list[SlotRead]:
    """Offer times to a candidate, who is written to at once."""
    require_confirmed(identity)
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        found = await slots.offer(
            runtime, conn, response_id, body.offers(), zone=body.zone, place=body.place, by=identity.actor_id
        )  # fmt: skip
    return [SlotRead.of(each) for each in found]


@router.delete("/slots/{slot_id}", status_code=204, summary="Withdraw a time", responses=problems(404, 422))  # fmt: skip
async def withdraw_slot(
    response_id: UUID, slot_id: UUID, runtime: CurrentRuntime, identity: Recruiter
) -> None:
    """Offer a time no longer; a candidate who chose it gets a letter."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await slots.withdraw(runtime, conn, response_id, slot_id, by=identity.actor_id)


@router.get("/resume", summary="The résumé", responses={**problems(404, 416, 422), **DOWNLOAD})
async def get_resume(
    response_id: UUID, request: Request, runtime: CurrentRuntime, identity: Viewer
) -> HttpResponse:
    """Return the file that came with an application."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        sent = await applying.sent_with(conn, response_id)
    if sent is None or sent.file_id is None:
        raise FileNotFound
    return hand_out(request, await files.open_file(runtime, identity.workspace_id, sent.file_id))


@router.get("/times", summary="Times that one may choose", responses=problems(401, 404, 422, 429))
async def list_times(
    response_id: UUID, workspace: Applicant, runtime: CurrentRuntime
) -> list[SlotRead]:
    """List the times that are offered to the candidate, and the one that they have."""
    async with runtime.db.fast.acquire(workspace) as conn:
        return [SlotRead.of(each) for each in await slots.list_slots(conn, response_id)]


@router.post(
    "/times/{slot_id}", summary="Choose a time", responses=problems(401, 404, 409, 422, 429)
)
async def choose_time(
    response_id: UUID, slot_id: UUID, workspace: Applicant, runtime: CurrentRuntime
) -> list[SlotRead]:
    """Choose a time to meet instead of the one that one had; both sides get a letter with the meeting."""
    async with runtime.db.fast.transaction(workspace) as conn:
        return [
            SlotRead.of(each) for each in await slots.choose(runtime, conn, response_id, slot_id)
        ]
