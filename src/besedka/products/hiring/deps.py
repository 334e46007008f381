"""Who may ask: people who hire, and candidates by their token."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header

from besedka.core.deps import ClientAddress, CurrentRuntime
from besedka.core.ids import WorkspaceId
from besedka.core.security.ratelimit import ANONYMOUS
from besedka.kernel.accounts.deps import require
from besedka.kernel.accounts.types import Identity
from besedka.products.hiring.errors import CandidateUnknown
from besedka.products.hiring.service import responses
from besedka.products.hiring.types import MANAGE, READ

Viewer = Annotated[Identity, Depends(require(READ))]
Recruiter = Annotated[Identity, Depends(require(MANAGE))]


async def _within_limits(runtime: CurrentRuntime, address: ClientAddress) -> None:
    await runtime.limiter.hit(ANONYMOUS, "hiring", address)


def bearer_of(authorization: str) -> str:
    """Return the token of a header. Raises CandidateUnknown."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise CandidateUnknown
    return token.strip()


async def _applicant(
    response_id: UUID, runtime: CurrentRuntime, address: ClientAddress, authorization: Annotated[str, Header()] = ""
) -> WorkspaceId:  # fmt: skip
    await _within_limits(runtime, address)
    return await responses.check_candidate(runtime, response_id, bearer_of(authorization))


WithinLimits = Depends(_within_limits)
Applicant = Annotated[WorkspaceId, Depends(_applicant)]
"""The company of the application whose candidate's token the request brings."""
