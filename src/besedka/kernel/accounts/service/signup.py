"""Signing up: people, companies, and the host of the installation."""

from dataclasses import dataclass

from besedka.core.db.connection import TenantConn
from besedka.core.errors import InvalidInput
from besedka.core.ids import UserId
from besedka.core.runtime import Runtime
from besedka.core.security.ratelimit import SIGN_UP
from besedka.kernel.accounts.errors import (
    BadEmail,
    FieldEmpty,
    LinkSpent,
    PasswordTooLong,
    PasswordTooShort,
    PersonExists,
    RegistrationClosed,
)
from besedka.kernel.accounts.repository import NOWHERE
from besedka.kernel.accounts.repository.people import UserRepository
from besedka.kernel.accounts.service import letters
from besedka.kernel.accounts.service.limits import network
from besedka.kernel.accounts.service.links import one_time_link, spend_link
from besedka.kernel.accounts.service.names import normalise_email, tidy
from besedka.kernel.accounts.service.passwords import check_strength
from besedka.kernel.accounts.service.sessions import open_session
from besedka.kernel.accounts.service.state import Accounts
from besedka.kernel.accounts.service.workspaces import create_workspace, new_workspace_id
from besedka.kernel.accounts.types import Caller, Login, OneTime, SessionKind, WorkspaceKind


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPerson:
    """What somebody enters to sign up; a company's name makes a company's workspace."""

    email: str
    password: str
    name: str = ""
    company: str = ""


def faults(runtime: Runtime, person: NewPerson) -> list[InvalidInput]:
    """Return all that is wrong with a filled form, where name and company are needed; each names its field."""
    found: list[InvalidInput] = [
        FieldEmpty(field=field)
        for field, value in (("name", person.name), ("company", person.company))
        if not tidy(value)
    ]
    try:
        normalise_email(person.email)
    except BadEmail as error:
        found.append(error)
    try:
        check_strength(person.password, runtime.settings.minimum_password)
    except (PasswordTooShort, PasswordTooLong) as error:
        found.append(error)
    return found


async def register(
    runtime: Runtime, caller: Caller, person: NewPerson, *, kind: SessionKind = SessionKind.BEARER
) -> Login:
    """Sign somebody up, with a workspace of their own, and log them in.

    Raises RegistrationClosed, RateLimited, BadEmail, PasswordTooShort, PasswordTooLong, EmailTaken.
    """
    if not runtime.settings.open_registration:
        raise RegistrationClosed
    await runtime.limiter.hit(SIGN_UP, "sign-up", network(caller.address))
    email, password_hash = await _checked(runtime, person)
    async with runtime.db.fast.transaction(new_workspace_id()) as conn:
        user_id = await UserRepository(conn).add(
            email=email,
            name=_name(person, email),
            password_hash=password_hash,
            locale=caller.locale,
        )
        await send_confirmation(runtime, conn, user_id, email=email, locale=caller.locale)
        return await _settle(runtime, conn, person, user_id=user_id, caller=caller, kind=kind)


async def welcome(
    runtime: Runtime, caller: Caller, person: NewPerson, *, token: str,
    kind: SessionKind = SessionKind.COOKIE,
) -> Login:  # fmt: skip
    """Make the bearer of the first link the host, with a company of theirs, and log them in.

    Raises LinkSpent besides what `register` raises.
    """
    await runtime.limiter.hit(SIGN_UP, "sign-up", network(caller.address))
    email, password_hash = await _checked(runtime, person)
    async with runtime.db.fast.transaction(new_workspace_id()) as conn:
        users = UserRepository(conn)
        await users.lock_hosts()
        await spend_link(conn, token, OneTime.HOST)
        if await users.has_host():
            raise LinkSpent
        user_id = await users.add(
            email=email, name=_name(person, email), password_hash=password_hash,
            locale=caller.locale, is_host=True, confirmed=True,
        )  # fmt: skip
        return await _settle(runtime, conn, person, user_id=user_id, caller=caller, kind=kind)


async def first_link(runtime: Runtime) -> str | None:
    """Return a new one-time address at which the first person becomes the host; None when there is one."""
    async with runtime.db.fast.transaction(NOWHERE) as conn:
        if await UserRepository(conn).has_host():
            return None
        return await one_time_link(conn, runtime.settings, kind=OneTime.HOST)


async def create_host(
    runtime: Runtime, *, email: str, name: str = "", company: str = "", existing: bool = False
) -> str:
    """Make a host, or make an existing person one; return the address where they set a password.

    A new one gets a workspace: a company's when it is named, else their own. Raises BadEmail, and PersonExists
    unless `existing` says that a person with an account is meant.
    """
    address = normalise_email(email)
    async with runtime.db.fast.transaction(new_workspace_id()) as conn:
        users = UserRepository(conn)
        found = await users.find_by_email(address)
        if found is not None and not existing:
            raise PersonExists(email=address)
        if found is not None:
            user_id = UserId(found["id"])
            await users.make_host(user_id)
        else:
            person = NewPerson(email=address, password="", name=name, company=company)
            user_id = await users.add(
                email=address, name=_name(person, address), password_hash=None, locale=None,
                is_host=True, confirmed=True,
            )  # fmt: skip
            await _found(conn, person, user_id)
        return await one_time_link(conn, runtime.settings, kind=OneTime.JOIN, user_id=user_id)


async def send_confirmation(
    runtime: Runtime, conn: TenantConn, user_id: UserId, *, email: str, locale: str | None
) -> None:
    """Send the letter with the link that confirms an address."""
    link = await one_time_link(
        conn, runtime.settings, kind=OneTime.CONFIRM, user_id=user_id, data={"email": email}
    )
    await letters.send(conn, to=email, letter="confirm_email", locale=locale, link=link)


async def _checked(runtime: Runtime, person: NewPerson) -> tuple[str, str]:
    email = normalise_email(person.email)
    check_strength(person.password, runtime.settings.minimum_password)
    return email, await runtime.get(Accounts).passwords.hash(person.password)


async def _settle(
    runtime: Runtime, conn: TenantConn, person: NewPerson, *, user_id: UserId, caller: Caller,
    kind: SessionKind,
) -> Login:  # fmt: skip
    """Give a new user a workspace and a session."""
    await _found(conn, person, user_id)
    return await open_session(
        conn, runtime.get(Accounts), user_id=user_id, workspace=conn.workspace, caller=caller, kind=kind
    )  # fmt: skip


async def _found(conn: TenantConn, person: NewPerson, user_id: UserId) -> None:
    """Make a new user's workspace: a company's, or their own."""
    name, company = _name(person, person.email.strip()), tidy(person.company)
    await create_workspace(
        conn, name=company or name, owner=user_id, owner_name=name,
        kind=WorkspaceKind.COMPANY if company else WorkspaceKind.PERSONAL,
    )  # fmt: skip


def _name(person: NewPerson, email: str) -> str:
    return tidy(person.name) or email.partition("@")[0]
