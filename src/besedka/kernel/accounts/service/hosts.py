"""What a host of the installation does with people: keep them out altogether, help one who lost their authenticator."""

from besedka.core.db.connection import SystemConn
from besedka.core.ids import UserId
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.errors import LastHost, PersonNotFound
from besedka.kernel.accounts.repository.people import UserRepository
from besedka.kernel.accounts.repository.second import ChallengeRepository, SecondFactorRepository
from besedka.kernel.accounts.service import letters
from besedka.kernel.accounts.service.names import normalise_email
from besedka.kernel.accounts.service.sessions import revoke_others
from besedka.kernel.accounts.service.state import Accounts


async def disable_user(runtime: Runtime, conn: SystemConn, user_id: UserId) -> None:
    """Keep a person out of the whole installation; their sessions end, their keys are refused.

    Raises PersonNotFound, and LastHost when nobody else runs the installation.
    """
    users = UserRepository(conn)
    await users.lock_hosts()
    user = await users.find(user_id)
    if user is None:
        raise PersonNotFound
    if user["is_host"] and not await users.has_host(besides=user_id):
        raise LastHost
    await users.set_disabled(user_id, disabled=True)
    await ChallengeRepository(conn).withdraw(user_id)
    await revoke_others(conn, runtime.get(Accounts), user_id=user_id, keep=None)


async def enable_user(conn: SystemConn, user_id: UserId) -> None:
    """Let a person in again; they log in anew. Raises PersonNotFound."""
    if not await UserRepository(conn).set_disabled(user_id, disabled=False):
        raise PersonNotFound


async def find_user(conn: SystemConn, email: str) -> UserId:
    """Return whose address it is, for the command line. Raises BadEmail, PersonNotFound."""
    found = await UserRepository(conn).find_by_email(normalise_email(email))
    if found is None:
        raise PersonNotFound
    return UserId(found["id"])


async def drop_second(runtime: Runtime, conn: SystemConn, user_id: UserId) -> None:
    """Turn the second step off for somebody who lost authenticator and codes, and tell them."""
    await SecondFactorRepository(conn, user_id).turn_off()
    user = await UserRepository(conn).find(user_id)
    if user is not None:
        await letters.send(
            conn, to=user["email"], letter="second_factor_off", locale=user["locale"],
            link=f"{runtime.settings.base_url}/forgot-password",
        )  # fmt: skip
