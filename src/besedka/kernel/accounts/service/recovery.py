"""Confirming an address, and coming back after a password was forgotten or has to change."""

from besedka.core.db.connection import Conn
from besedka.core.ids import UserId
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.errors import LinkSpent
from besedka.kernel.accounts.repository import NOWHERE
from besedka.kernel.accounts.repository.people import UserRepository
from besedka.kernel.accounts.repository.second import ChallengeRepository
from besedka.kernel.accounts.repository.sessions import LinkRepository
from besedka.kernel.accounts.service import letters, limits
from besedka.kernel.accounts.service.links import one_time_link, spend_link
from besedka.kernel.accounts.service.names import normalise_email
from besedka.kernel.accounts.service.passwords import check_strength
from besedka.kernel.accounts.service.proof import prove_password
from besedka.kernel.accounts.service.sessions import revoke_others, session_of
from besedka.kernel.accounts.service.signup import send_confirmation
from besedka.kernel.accounts.service.state import Accounts
from besedka.kernel.accounts.types import Caller, Identity, OneTime
from besedka.kernel.jobs import service as jobs

RESET_JOB = "accounts.send_reset"
FORGOT_PAGE = "/forgot-password"


async def confirm_email(runtime: Runtime, token: str) -> None:
    """Confirm the address that a link was sent to. Raises LinkSpent."""
    async with runtime.db.fast.transaction(NOWHERE) as conn:
        link = await spend_link(conn, token, OneTime.CONFIRM)
        email = link.data.get("email")
        if link.user_id is None or not isinstance(email, str):
            raise LinkSpent
        if not await UserRepository(conn).confirm_email(link.user_id, email):
            raise LinkSpent


async def resend_confirmation(runtime: Runtime, caller: Caller, identity: Identity) -> None:
    """Send the letter that confirms one's address once more. Raises RateLimited."""
    await limits.admit_letter(runtime, caller, identity.email)
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await send_confirmation(
            runtime, conn, identity.user_id, email=identity.email, locale=identity.locale
        )


async def request_reset(runtime: Runtime, caller: Caller, email: str) -> None:
    """Have a letter sent with a link to set a new password, if there is such an account.

    The same job is queued for any address, so neither answer nor time tells whether it has an account.
    Raises BadEmail, RateLimited.
    """
    address = normalise_email(email)
    await limits.admit_letter(runtime, caller, address)
    async with runtime.db.system.transaction() as conn:
        await jobs.defer(conn, RESET_JOB, {"email": address, "locale": caller.locale})


async def send_reset(runtime: Runtime, email: str, locale: str) -> None:
    """Send the letter that `request_reset` promised, if somebody has the address."""
    async with runtime.db.system.transaction() as conn:
        user = await UserRepository(conn).find_by_email(email)
        if user is None or user["disabled"]:
            return
        link = await one_time_link(
            conn, runtime.settings, kind=OneTime.RESET, user_id=user["id"], data={"email": email}
        )
        await letters.send(
            conn, to=email, letter="reset_password", locale=user["locale"] or locale, link=link
        )


async def reset_password(runtime: Runtime, token: str, password: str) -> str:
    """Set a new password by a link and return the address to log in with; every session of the user ends.

    Raises LinkSpent, PasswordTooShort/Long.
    Only a link that came by letter proves the address, so only such a link confirms it.
    """
    check_strength(password, runtime.settings.minimum_password)
    accounts = runtime.get(Accounts)
    password_hash = await accounts.passwords.hash(password)
    async with runtime.db.system.transaction() as conn:
        link = await spend_link(conn, token, OneTime.RESET, OneTime.JOIN)
        if link.user_id is None:
            raise LinkSpent
        if isinstance(email := link.data.get("email"), str):
            await UserRepository(conn).confirm_email(link.user_id, email)
        address = await _replace(runtime, conn, link.user_id, password_hash)
        await revoke_others(conn, accounts, user_id=link.user_id, keep=None)
    return address


async def change_password(runtime: Runtime, identity: Identity, *, current: str, new: str) -> None:
    """Change one's password; the user's other sessions end. Raises WrongPassword, PasswordTooShort/Long."""
    check_strength(new, runtime.settings.minimum_password)
    accounts = runtime.get(Accounts)
    await prove_password(runtime, identity.user_id, current, field="current")
    password_hash = await accounts.passwords.hash(new)
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await _replace(runtime, conn, identity.user_id, password_hash)
        await letters.record_own(conn, identity, "accounts.password_changed")
        await revoke_others(conn, accounts, user_id=identity.user_id, keep=session_of(identity))


async def _replace(runtime: Runtime, conn: Conn, user_id: UserId, password_hash: str) -> str:
    """Store the new password, make waiting links worthless, tell the owner of the address and return it."""
    users, links = UserRepository(conn), LinkRepository(conn)
    await users.set_password(user_id, password_hash)
    for kind in (OneTime.RESET, OneTime.JOIN):
        await links.withdraw(kind, user_id)
    await ChallengeRepository(conn).withdraw(user_id)
    user = await users.find(user_id)
    if user is None:
        raise LinkSpent
    await letters.send(
        conn,
        to=user["email"],
        letter="password_changed",
        locale=user["locale"],
        link=runtime.settings.base_url + FORGOT_PAGE,
    )
    return str(user["email"])
