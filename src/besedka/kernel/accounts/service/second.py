"""The second step of logging in: an authenticator's codes, and recovery codes for the day when it is lost.

A code works once, whichever log-in it was meant for. A challenge stands for a password that was right; it bears five
tries and opens one session, with a new id and new secrets. Wrong codes are limited per account and place as wrong
passwords are, so that whoever knows the password keeps out himself and other strangers, not the owner.
"""

import base64
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from besedka.core.clock import now
from besedka.core.db.connection import Conn, TenantConn
from besedka.core.ids import UserId, new_token, token_hash
from besedka.core.runtime import Runtime
from besedka.core.security.ratelimit import LOGIN
from besedka.core.security.secretbox import SecretUnreadable
from besedka.kernel.accounts.errors import (
    ChallengeOver,
    SecondFactorOff,
    SecondFactorOn,
    WrongCode,
)
from besedka.kernel.accounts.repository import NOWHERE
from besedka.kernel.accounts.repository.second import ChallengeRepository, SecondFactorRepository
from besedka.kernel.accounts.service import letters, limits, totp
from besedka.kernel.accounts.service.places import first_workspace
from besedka.kernel.accounts.service.proof import prove_password
from besedka.kernel.accounts.service.sessions import open_session, revoke_others, session_of
from besedka.kernel.accounts.service.state import Accounts
from besedka.kernel.accounts.types import Caller, Identity, Login, SecondStep, SessionKind

log = structlog.get_logger(__name__)

ISSUER: Final = "Besedka"
CODES: Final = 10
CODE_BYTES: Final = 10
GROUP: Final = 4
MOST_TRIES: Final = 5
CHALLENGE_LIFE: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Begun:
    """What is entered into an authenticator: the secret in base32, or the whole address."""

    secret: str
    address: str


@dataclass(frozen=True, slots=True)
class SecondState:
    """Since when the second step is on, and how many recovery codes are left."""

    since: datetime | None
    codes_left: int


async def second_state(conn: Conn, user_id: UserId) -> SecondState:
    """Return how a person's second step stands."""
    row = await SecondFactorRepository(conn, user_id).find()
    return SecondState(row["second_factor_at"], row["codes"]) if row else SecondState(None, 0)


async def begin_second(runtime: Runtime, identity: Identity, password: str) -> Begun:
    """Make a secret for an authenticator; it counts once a code of it is shown.

    Raises WrongPassword, RateLimited, SecondFactorOn.
    """
    await prove_password(runtime, identity.user_id, password)
    secret = secrets.token_bytes(totp.SECRET_BYTES)
    sealed = runtime.secrets.seal(totp.spell(secret), _place(identity.user_id))
    async with runtime.db.fast.acquire(NOWHERE) as conn:
        if not await SecondFactorRepository(conn, identity.user_id).begin(sealed):
            raise SecondFactorOn
    address = totp.address(secret, issuer=ISSUER, account=identity.email)
    return Begun(totp.spell(secret), address)


async def confirm_second(runtime: Runtime, identity: Identity, code: str) -> list[str]:
    """Turn the second step on and return the recovery codes; one's other sessions end.

    Raises SecondFactorOff before a secret was made, SecondFactorOn, WrongCode, RateLimited.
    """
    await runtime.limiter.hit(LOGIN, "second-factor", str(identity.user_id))
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        second = SecondFactorRepository(conn, identity.user_id)
        row = await second.find()
        if row is None or row["secret"] is None:
            raise SecondFactorOff
        if row["second_factor_at"] is not None or not await second.turn_on():
            raise SecondFactorOn
        if not await _spend(runtime, conn, identity.user_id, code):
            raise WrongCode(field="code")
        codes = await _new_codes(runtime, conn, identity.user_id)
        await revoke_others(
            conn, runtime.get(Accounts), user_id=identity.user_id, keep=session_of(identity)
        )
        await _tell(runtime, conn, identity, "second_factor_on")
    await runtime.limiter.clear(LOGIN, "second-factor", str(identity.user_id))
    return codes


async def renew_codes(
    runtime: Runtime, identity: Identity, *, password: str, code: str
) -> list[str]:
    """Return new recovery codes; the old ones are worthless. Raises what `disable_second` raises."""
    await _prove(runtime, identity, password, code)
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        codes = await _new_codes(runtime, conn, identity.user_id)
        await letters.record_own(conn, identity, "accounts.recovery_codes_renewed")
    return codes


async def disable_second(runtime: Runtime, identity: Identity, *, password: str, code: str) -> None:
    """Turn the second step off. Raises WrongPassword, SecondFactorOff, WrongCode, RateLimited."""
    await _prove(runtime, identity, password, code)
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await SecondFactorRepository(conn, identity.user_id).turn_off()
        await _tell(runtime, conn, identity, "second_factor_off")


async def ask_second(runtime: Runtime, user_id: UserId, kind: SessionKind) -> SecondStep:
    """Return the challenge of a log-in whose password was right."""
    challenge = new_token()
    async with runtime.db.fast.acquire(NOWHERE) as conn:
        await ChallengeRepository(conn).add(
            token_hash(challenge), user_id, kind=kind, expires_at=now() + CHALLENGE_LIFE
        )
    return SecondStep(challenge=challenge, expires_in=int(CHALLENGE_LIFE.total_seconds()))


async def finish_log_in(
    runtime: Runtime, caller: Caller, *, challenge: str, code: str, kind: SessionKind = SessionKind.BEARER
) -> Login:  # fmt: skip
    """Open the session of a challenge by a code, of the authenticator or for recovery.

    Raises ChallengeOver, also for a challenge of the other kind of session; WrongCode, RateLimited, NoWorkspace.
    """
    await limits.admit_place(runtime, caller)
    found = token_hash(challenge)
    async with runtime.db.fast.acquire(NOWHERE) as conn:
        row = await ChallengeRepository(conn).take_try(found, most=MOST_TRIES)
    if row is None or row["kind"] != kind:
        raise ChallengeOver
    user_id = UserId(row["user_id"])
    key = await limits.admit_code(runtime, caller, account=row["email"], user_id=user_id)
    async with runtime.db.fast.acquire(NOWHERE) as conn:
        if not await _spend(runtime, conn, user_id, code):
            raise WrongCode(field="code")
    await limits.forget_guesses(runtime, key)
    workspace = await first_workspace(runtime, user_id)
    async with runtime.db.fast.transaction(workspace) as conn:
        if not await ChallengeRepository(conn).spend(found):
            raise ChallengeOver
        return await open_session(
            conn, runtime.get(Accounts), user_id=user_id, workspace=workspace, caller=caller, kind=kind
        )  # fmt: skip


async def _prove(runtime: Runtime, identity: Identity, password: str, code: str) -> None:
    await prove_password(runtime, identity.user_id, password)
    await runtime.limiter.hit(LOGIN, "second-factor", str(identity.user_id))
    async with runtime.db.fast.acquire(NOWHERE) as conn:
        if (await second_state(conn, identity.user_id)).since is None:
            raise SecondFactorOff
        if not await _spend(runtime, conn, identity.user_id, code):
            raise WrongCode(field="code")
    await runtime.limiter.clear(LOGIN, "second-factor", str(identity.user_id))


async def _spend(runtime: Runtime, conn: Conn, user_id: UserId, code: str) -> bool:
    """Use a code up, if it is one."""
    second = SecondFactorRepository(conn, user_id)
    typed = "".join(code.split()).replace("-", "").lower()
    if not (typed.isascii() and typed.isdigit() and len(typed) == totp.DIGITS):
        return await second.spend_code(_code_hash(runtime, user_id, typed))
    row = await second.find()
    secret = _open(runtime, user_id, row["secret"]) if row and row["secret"] else None
    step = totp.find_step(secret, typed, moment=now().timestamp()) if secret else None
    return step is not None and await second.advance(step)


def _open(runtime: Runtime, user_id: UserId, sealed: bytes) -> bytes | None:
    try:
        return base64.b32decode(runtime.secrets.open(sealed, _place(user_id)))
    except SecretUnreadable:
        log.warning("an authenticator's secret was sealed with another key", user=str(user_id))
        return None


def _place(user_id: UserId) -> str:
    return f"-/second_factor/{user_id}/secret"


async def _new_codes(runtime: Runtime, conn: Conn, user_id: UserId) -> list[str]:
    codes = [
        base64.b32encode(secrets.token_bytes(CODE_BYTES)).decode().lower() for _ in range(CODES)
    ]
    await SecondFactorRepository(conn, user_id).replace_codes(
        [_code_hash(runtime, user_id, code) for code in codes]
    )
    return [
        "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))
        for code in codes
    ]


def _code_hash(runtime: Runtime, user_id: UserId, code: str) -> bytes:
    """Return an HMAC: a code is short enough for a plain hash to be tried out by whoever has the table."""
    key = runtime.get(Accounts).recovery_key
    return hmac.digest(key, user_id.bytes + code.encode("utf-8", "replace"), "sha256")


async def _tell(runtime: Runtime, conn: TenantConn, identity: Identity, letter: str) -> None:
    await letters.record_own(conn, identity, f"accounts.{letter}")
    await letters.send(
        conn, to=identity.email, letter=letter, locale=identity.locale,
        link=f"{runtime.settings.base_url}/forgot-password",
    )  # fmt: skip
