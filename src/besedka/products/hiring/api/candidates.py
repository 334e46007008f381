"""`/candidates`: anybody tells who they are; those to whom they applied read it, and they themselves by their token."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from besedka.core.deps import CurrentRuntime
from besedka.core.errors import Forbidden
from besedka.core.pagination import add_next, read_moment
from besedka.core.schemas import problems
from besedka.kernel.accounts.deps import any_identity, check_second_factor
from besedka.kernel.accounts.deps.keyed import KeyedRoute
from besedka.products.hiring.deps import Viewer, WithinLimits, bearer_of
from besedka.products.hiring.errors import CandidateUnknown
from besedka.products.hiring.schemas import (
    CandidateCreate,
    CandidateMade,
    CandidateQuery,
    CandidateRead,
)
from besedka.products.hiring.service import candidates
from besedka.products.hiring.types import READ

router = APIRouter(prefix="/candidates", tags=["hiring"], route_class=KeyedRoute)


@router.post(
    "", status_code=201, summary="A new candidate", responses=problems(422, 429), dependencies=[WithinLimits]
)  # fmt: skip
async def create_candidate(body: CandidateCreate, runtime: CurrentRuntime) -> CandidateMade:
    """Tell who one is. No company sees it before one applies there; the token opens it again."""
    made, token = await candidates.register(runtime, body.person())
    return CandidateMade.made(made, token)


@router.get("", summary="Candidates of the company", responses=problems(422))
async def list_candidates(
    request: Request, response: Response, runtime: CurrentRuntime, identity: Viewer,
    query: Annotated[CandidateQuery, Query()],
) -> list[CandidateRead]:  # fmt: skip
    """List those who applied to the company."""
    cursor = read_moment(query.before, field="before") if query.before else None
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        found = await candidates.list_candidates(
            conn, text=query.q, city=query.city, before=cursor, limit=query.limit, sort=query.sort
        )
    last = found[-1] if len(found) == query.limit else None
    add_next(request, response, {"before": f"{last.created_at.isoformat()}~{last.id}"} if last else None)  # fmt: skip
    return [CandidateRead.of(each) for each in found]


@router.get(
    "/{candidate_id}", summary="A candidate", responses=problems(401, 403, 404, 422, 429), dependencies=[WithinLimits]
)  # fmt: skip
async def get_candidate(
    candidate_id: UUID, request: Request, runtime: CurrentRuntime
) -> CandidateRead:
    """Return a candidate: to themselves with their token as a bearer, or to a company that they applied to."""
    own = await _find_own(request, candidate_id, runtime)
    if own is not None:
        return own
    identity = check_second_factor(await any_identity(request))
    if not identity.may(READ):
        raise Forbidden(permission=READ)
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        return CandidateRead.of(await candidates.get_candidate(conn, candidate_id))


async def _find_own(
    request: Request, candidate_id: UUID, runtime: CurrentRuntime
) -> CandidateRead | None:
    try:
        token = bearer_of(request.headers.get("authorization", ""))
    except CandidateUnknown:
        return None
    found = await candidates.find_owned(runtime, candidate_id, token)
    return None if found is None else CandidateRead.of(found)
