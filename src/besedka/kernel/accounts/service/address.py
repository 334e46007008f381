"""Changing one's address: confirmed from the new one, and taken back from the old one.

Whoever got hold of a session and the password could move the account to an address of their own. So the old address,
if it was a confirmed one, gets a link that moves it back for seven days, and is kept from others as long. Taking back
ends all sessions and keys and forgets the password; of several such links the earliest made wins, because the thief
gets the later ones.
"""

from besedka.core.db.connection import SystemConn
from besedka.core.ids import UserId, token_hash
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.errors import EmailTaken, LinkSpent, SameEmail
from besedka.kernel.accounts.repository.keys import SystemKeys
from besedka.kernel.accounts.repository.people import UserRepository
from besedka.kernel.accounts.repository.second import ChallengeRepository
from besedka.kernel.accounts.repository.sessions import LinkRepository
from besedka.kernel.accounts.service import letters, limits
from besedka.kernel.accounts.service.links import Link, one_time_link, spend_link
from besedka.kernel.accounts.service.names import normalise_email
from besedka.kernel.accounts.service.proof import prove_password
from besedka.kernel.accounts.service.sessions import revoke_others
from besedka.kernel.accounts.service.state import Accounts
from besedka.kernel.accounts.types import Caller, Identity, OneTime

WAITING = (OneTime.RESET, OneTime.JOIN, OneTime.CONFIRM, OneTime.EMAIL)
"""Links that were sent to an address and are worthless once it is another one."""


async def request_email(
    runtime: Runtime, caller: Caller, identity: Identity, *, email: str, password: str
) -> None:
    """Send the letter that confirms a new address; until then the old one stays.

    Raises WrongPassword, BadEmail, SameEmail, EmailTaken, RateLimited.
    """
    address = normalise_email(email)
    if address == identity.email:
        raise SameEmail(field="email")
    await prove_password(runtime, identity.user_id, password)
    await limits.admit_letter(runtime, caller, address)
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        if await UserRepository(conn).find_by_email(address) is not None:
            raise EmailTaken(field="email")
        link = await one_time_link(
            conn, runtime.settings, kind=OneTime.EMAIL, user_id=identity.user_id,
            data={"email": address, "old": identity.email},
        )  # fmt: skip
        await letters.send(
            conn, to=address, letter="change_email", locale=identity.locale, old=identity.email, link=link
        )  # fmt: skip
        await letters.record_own(conn, identity, "accounts.email_change_asked")


async def change_email(runtime: Runtime, token: str) -> None:
    """Take the new address that a link was sent to, and tell the old one. Raises LinkSpent, EmailTaken."""
    async with runtime.db.system.transaction() as conn:
        link = await spend_link(conn, token, OneTime.EMAIL)
        user_id, new = _told(link)
        users = UserRepository(conn)
        before = await users.find(user_id)
        if before is None or before["disabled"] or before["email"] != link.data.get("old"):
            raise LinkSpent
        await users.change_email(user_id, old=before["email"], new=new)
        await _withdraw(conn, user_id)
        if before["confirmed"]:
            undo = await one_time_link(
                conn, runtime.settings, kind=OneTime.EMAIL_UNDO, user_id=user_id,
                data={"email": before["email"]},
            )  # fmt: skip
            await letters.send(
                conn, to=before["email"], letter="email_changed", locale=before["locale"], new=new, link=undo
            )  # fmt: skip


async def undo_email(runtime: Runtime, token: str) -> None:
    """Move an account back to its old address and shut everybody out; a letter there sets a new password.

    Raises LinkSpent.
    """
    accounts = runtime.get(Accounts)
    async with runtime.db.system.transaction() as conn:
        link = await spend_link(conn, token, OneTime.EMAIL_UNDO)
        user_id, old = _told(link)
        users = UserRepository(conn)
        await LinkRepository(conn).withdraw_later(token_hash(token))
        await users.change_email(user_id, old=None, new=old)
        await _withdraw(conn, user_id)
        await users.forget_password(user_id)
        await SystemKeys(conn).delete_for(user_id)
        await revoke_others(conn, accounts, user_id=user_id, keep=None)
        reset = await one_time_link(
            conn, runtime.settings, kind=OneTime.RESET, user_id=user_id, data={"email": old}
        )
        await letters.send(conn, to=old, letter="reset_password", locale=None, link=reset)


def _told(link: Link) -> tuple[UserId, str]:
    email = link.data.get("email")
    if link.user_id is None or not isinstance(email, str):
        raise LinkSpent
    return link.user_id, email


async def _withdraw(conn: SystemConn, user_id: UserId) -> None:
    for kind in WAITING:
        await LinkRepository(conn).withdraw(kind, user_id)
    await ChallengeRepository(conn).withdraw(user_id)
