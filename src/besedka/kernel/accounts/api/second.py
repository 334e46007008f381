"""`/auth/second-factor`: setting up the second step of one's log-in, and taking it back."""

from fastapi import APIRouter

from besedka.core.deps import CurrentRuntime
from besedka.core.routing import LateRoute
from besedka.core.schemas import problems
from besedka.kernel.accounts import service
from besedka.kernel.accounts.deps import OwnIdentity
from besedka.kernel.accounts.schemas import (
    RecoveryCodes,
    SecondFactorBegin,
    SecondFactorBegun,
    SecondFactorConfirm,
    SecondFactorProof,
    SecondFactorRead,
)

router = APIRouter(prefix="/auth/second-factor", tags=["auth"], route_class=LateRoute)


@router.get("", responses=problems(401, 403))
async def read_second_factor(runtime: CurrentRuntime, identity: OwnIdentity) -> SecondFactorRead:
    """Say how one's second step stands."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        return SecondFactorRead.model_validate(await service.second_state(conn, identity.user_id))


@router.post("", status_code=201, responses=problems(401, 403, 409, 422, 429))
async def begin_second_factor(
    body: SecondFactorBegin, runtime: CurrentRuntime, identity: OwnIdentity
) -> SecondFactorBegun:
    """Make a secret for an authenticator; nothing changes until a code of it is confirmed."""
    begun = await service.begin_second(runtime, identity, body.password)
    return SecondFactorBegun.model_validate(begun)


@router.post("/confirm", responses=problems(401, 403, 409, 422, 429))
async def confirm_second_factor(
    body: SecondFactorConfirm, runtime: CurrentRuntime, identity: OwnIdentity
) -> RecoveryCodes:
    """Turn the second step on by a code; one's other sessions end. The recovery codes are shown this once."""
    codes = await service.confirm_second(runtime, identity, body.code)
    return RecoveryCodes(recovery_codes=codes)


@router.post("/recovery-codes", responses=problems(401, 403, 409, 422, 429))
async def renew_recovery_codes(
    body: SecondFactorProof, runtime: CurrentRuntime, identity: OwnIdentity
) -> RecoveryCodes:
    """Get new recovery codes; the old ones become worthless."""
    codes = await service.renew_codes(runtime, identity, password=body.password, code=body.code)
    return RecoveryCodes(recovery_codes=codes)


@router.post("/disable", status_code=204, responses=problems(401, 403, 409, 422, 429))
async def disable_second_factor(
    body: SecondFactorProof, runtime: CurrentRuntime, identity: OwnIdentity
) -> None:
    """Turn the second step off."""
    await service.disable_second(runtime, identity, password=body.password, code=body.code)
