"""How often one may guess, without an attacker being able to lock the owner out.

Every try counts for (account, place): ten in five minutes, forgotten after a success. The place is the network that
the caller comes from, or the device if it shows the cookie that a former log-in of this account left there. Tries
at one account from everywhere together are limited too, but a device or network from which the account was used
lately passes that limit: an attacker who spends it keeps out himself and other strangers, not the owner. A place is
limited over all accounts, against trying one password at many of them. Unknown accounts are counted alike.
"""

import hmac
import ipaddress

from besedka.core.errors import RateLimited
from besedka.core.ids import UserId
from besedka.core.runtime import Runtime
from besedka.core.security.ratelimit import LOGIN
from besedka.kernel.accounts.repository import NOWHERE
from besedka.kernel.accounts.repository.sessions import SessionRepository
from besedka.kernel.accounts.service.state import Accounts
from besedka.kernel.accounts.types import Caller

ACCOUNT = "50 per 15 minutes"
CODES = "20 per hour"
PLACE = "100 per 5 minutes"
LETTERS = "5 per hour"
IPV6_SITE = 64
MAX_KEY = 254


def network(address: str) -> str:
    """Return what limits count as one address: an IPv6 caller owns the whole /64."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, IPV6_SITE), strict=False))
    return str(found)


def device_cookie(accounts: Accounts, user_id: UserId) -> str:
    """Return the mark that a log-in leaves on a device: it opens nothing, it only tells it from strangers."""
    code = hmac.digest(accounts.device_key, user_id.bytes, "sha256").hex()
    return f"{user_id.hex}.{code}"


def is_own_device(accounts: Accounts, caller: Caller, *, user_id: UserId | None) -> bool:
    """Whether the caller's device was used by this user."""
    if user_id is None or not caller.device:
        return False
    expected = device_cookie(accounts, user_id)
    return hmac.compare_digest(expected.encode(), caller.device.encode("utf-8", "replace"))


async def admit_place(runtime: Runtime, caller: Caller) -> None:
    """Count a try for the caller's network over all accounts. Raises RateLimited."""
    await runtime.limiter.hit(PLACE, "log-in-place", network(caller.address))


async def admit_guess(
    runtime: Runtime, caller: Caller, *, account: str, user_id: UserId | None
) -> tuple[str, ...]:
    """Count a guess at an account, and return the key to forget after a success. Raises RateLimited."""
    return await _admit(runtime, caller, account, user_id=user_id, what="log-in", rule=ACCOUNT)


async def admit_code(
    runtime: Runtime, caller: Caller, *, account: str, user_id: UserId
) -> tuple[str, ...]:
    """Count a code of the second step like a guess at a password, strangers' more strictly. Raises RateLimited."""
    return await _admit(runtime, caller, account, user_id=user_id, what="second-factor", rule=CODES)


async def _admit(
    runtime: Runtime, caller: Caller, account: str, *, user_id: UserId | None, what: str, rule: str
) -> tuple[str, ...]:
    own = is_own_device(runtime.get(Accounts), caller, user_id=user_id)
    place = "device" if own else network(caller.address)
    key = (what, account[:MAX_KEY], place)
    await runtime.limiter.hit(LOGIN, *key)
    try:
        await runtime.limiter.hit(rule, f"{what}-account", account[:MAX_KEY])
    except RateLimited:
        if not own and not await _used_from(runtime, caller, user_id):
            raise
    return key


async def _used_from(runtime: Runtime, caller: Caller, user_id: UserId | None) -> bool:
    if user_id is None:
        return False
    async with runtime.db.fast.acquire(NOWHERE) as conn:
        return await SessionRepository(conn).knows_address(user_id, caller.address)


async def forget_guesses(runtime: Runtime, key: tuple[str, ...]) -> None:
    """Forget the tries of a place at an account, after a success."""
    await runtime.limiter.clear(LOGIN, *key)


async def admit_letter(runtime: Runtime, caller: Caller, email: str) -> None:
    """Count a letter that a stranger makes us send. Raises RateLimited."""
    await runtime.limiter.hit(LETTERS, "letter", email[:MAX_KEY])
    await admit_place(runtime, caller)
