"""Logging in with a password."""

from besedka.core.db.connection import Row
from besedka.core.ids import UserId
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.errors import BadEmail, WrongCredentials
from besedka.kernel.accounts.repository import NOWHERE
from besedka.kernel.accounts.repository.people import UserRepository
from besedka.kernel.accounts.service import limits
from besedka.kernel.accounts.service.names import normalise_email
from besedka.kernel.accounts.service.places import first_workspace
from besedka.kernel.accounts.service.second import ask_second
from besedka.kernel.accounts.service.sessions import open_session
from besedka.kernel.accounts.service.state import Accounts
from besedka.kernel.accounts.types import Caller, Login, SecondStep, SessionKind


async def log_in(
    runtime: Runtime, caller: Caller, *, email: str, password: str,
    kind: SessionKind = SessionKind.BEARER,
) -> Login | SecondStep:  # fmt: skip
    """Open a session for an e-mail and its password, or ask for the second step. Raises WrongCredentials, RateLimited, NoWorkspace.

    An unknown account costs one hash, as a known one does, and is answered alike. No connection is held meanwhile.
    """
    await limits.admit_place(runtime, caller)
    user = await _find(runtime, email)
    user_id = UserId(user["id"]) if user else None
    key = await limits.admit_guess(
        runtime, caller, account=user["email"] if user else email.lower(), user_id=user_id
    )
    if user is None or user_id is None:
        await _check(runtime, None, password)
        raise WrongCredentials
    await _check(runtime, user, password)
    await limits.forget_guesses(runtime, key)
    if user["second_factor"]:
        return await ask_second(runtime, user_id, kind)
    workspace = await first_workspace(runtime, user_id)
    async with runtime.db.fast.transaction(workspace) as conn:
        return await open_session(
            conn, runtime.get(Accounts), user_id=user_id, workspace=workspace, caller=caller, kind=kind
        )  # fmt: skip


async def _find(runtime: Runtime, email: str) -> Row | None:
    try:
        address = normalise_email(email)
    except BadEmail:
        return None
    async with runtime.db.fast.acquire(NOWHERE) as conn:
        return await UserRepository(conn).find_by_email(address)


async def _check(runtime: Runtime, user: Row | None, password: str) -> None:
    passwords = runtime.get(Accounts).passwords
    stored = user["password_hash"] if user is not None and not user["disabled"] else None
    fits = await passwords.matches(stored, password)
    if user is None or stored is None or not fits:
        raise WrongCredentials
    if passwords.outdated(stored):
        stronger = await passwords.hash(password)
        async with runtime.db.fast.acquire(NOWHERE) as conn:
            await UserRepository(conn).replace_hash(UserId(user["id"]), old=stored, new=stronger)
