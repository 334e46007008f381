"""The people of a workspace: who they are, what they may, who joins and who leaves."""

from dataclasses import dataclass
from functools import partial

from besedka.core.db.connection import Row, TenantConn
from besedka.core.ids import ActorId, UserId
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.errors import (
    AlreadyMember,
    EmailUnconfirmed,
    LastOwner,
    OwnerOnly,
    PersonNotFound,
    PersonUnconfirmed,
    RegistrationClosed,
)
from besedka.kernel.accounts.repository.keys import KeyRepository
from besedka.kernel.accounts.repository.people import (
    PeopleRepository,
    UserRepository,
)
from besedka.kernel.accounts.service import letters
from besedka.kernel.accounts.service.links import one_time_link
from besedka.kernel.accounts.service.names import normalise_email, tidy
from besedka.kernel.accounts.service.sessions import revoke_in
from besedka.kernel.accounts.service.state import Accounts
from besedka.kernel.accounts.types import Identity, OneTime, Person, Role
from besedka.kernel.mail import service as mail


@dataclass(frozen=True, slots=True, kw_only=True)
class Joining:
    """Somebody who is added to a workspace."""

    email: str
    role: Role
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """A person who was added, and the link to hand over when no letter can be sent."""

    person: Person
    link: str | None = None


async def people(conn: TenantConn) -> list[Person]:
    """Return everybody of the workspace, the eldest first."""
    return await PeopleRepository(conn).list_people()


async def get_person(conn: TenantConn, user_id: UserId) -> Person:
    """Return one member. Raises PersonNotFound."""
    found = await PeopleRepository(conn).find_person(user_id)
    if found is None:
        raise PersonNotFound
    return found


async def set_role(
    runtime: Runtime, conn: TenantConn, identity: Identity, *, user_id: UserId, role: Role
) -> Person:
    """Give a member another role. Raises PersonNotFound, OwnerOnly, LastOwner."""
    person = await _change(conn, identity, user_id, owners_after=role is Role.OWNER)
    repository = PeopleRepository(conn)
    await repository.set_role(user_id, role)
    await letters.record(
        conn,
        identity.actor_id,
        "accounts.role_changed",
        person=person,
        before=person.role,
        after=role,
    )
    _announce(runtime, conn, person.actor_id)
    return await get_person(conn, user_id)


async def remove_member(
    runtime: Runtime, conn: TenantConn, identity: Identity, *, user_id: UserId
) -> None:
    """Take somebody out of the workspace, or leave it. Raises PersonNotFound, OwnerOnly, LastOwner."""
    person = await _change(conn, identity, user_id, owners_after=False)
    await PeopleRepository(conn).remove_member(user_id)
    await UserRepository(conn).forget_newcomer(user_id)
    await letters.record(
        conn, identity.actor_id, "accounts.member_removed", person=person, before=person.role
    )
    _announce(runtime, conn, person.actor_id)


async def deactivate(
    runtime: Runtime, conn: TenantConn, identity: Identity, *, user_id: UserId
) -> Person:
    """Keep a member out without removing them; their keys and the sessions that open here end at once.

    Raises PersonNotFound, OwnerOnly, LastOwner.
    """
    person = await _change(conn, identity, user_id, owners_after=False)
    await PeopleRepository(conn).set_active(user_id, active=False)
    await KeyRepository(conn).delete_of(person.actor_id)
    await revoke_in(conn, runtime.get(Accounts), user_id)
    await letters.record(conn, identity.actor_id, "accounts.member_deactivated", person=person)
    _announce(runtime, conn, person.actor_id)
    return await get_person(conn, user_id)


async def activate(
    runtime: Runtime, conn: TenantConn, identity: Identity, *, user_id: UserId
) -> Person:
    """Let a member in again, in their old role. Raises PersonNotFound; OwnerOnly for an owner."""
    person = await get_person(conn, user_id)
    if person.role == Role.OWNER and identity.role != Role.OWNER:
        raise OwnerOnly
    await PeopleRepository(conn).set_active(user_id, active=True)
    await letters.record(conn, identity.actor_id, "accounts.member_activated", person=person)
    _announce(runtime, conn, person.actor_id)
    return await get_person(conn, user_id)


async def add_member(
    runtime: Runtime, conn: TenantConn, identity: Identity, *, joining: Joining
) -> Joined:
    """Add a person by e-mail, making an account without a password when there is none.

    The new person sets a password through a link. It goes by letter; only where no letter can leave is it handed to
    the inviter, and then it proves no address. Somebody who has an account joins at once, if its address is
    confirmed: otherwise whoever registered a stranger's address would be let in with it. Adding somebody again who
    never came in makes a new link.
    Raises EmailUnconfirmed for an inviter whose own address is not, BadEmail, AlreadyMember, PersonUnconfirmed,
    OwnerOnly; RegistrationClosed for somebody new where hosts alone may add them.
    """
    if not identity.email_confirmed:
        raise EmailUnconfirmed
    if joining.role is Role.OWNER and identity.role != Role.OWNER:
        raise OwnerOnly
    email = normalise_email(joining.email)
    found = await UserRepository(conn).find_by_email(email)
    if found is not None and not found["confirmed"]:
        person = await _newcomer(conn, found)
        return Joined(person=person, link=await _invite(runtime, conn, identity, person, new=True))
    may_invite = runtime.settings.open_invitations or identity.is_host
    person = await _place(conn, joining, email=email, found=found, may_invite=may_invite)
    await letters.record(
        conn, identity.actor_id, "accounts.member_added", person=person, after=joining.role
    )
    link = await _invite(runtime, conn, identity, person, new=found is None)
    _announce(runtime, conn, person.actor_id)
    return Joined(person=person, link=link)


async def _newcomer(conn: TenantConn, found: Row) -> Person:
    """Return who was added here before and never came in. Raises PersonUnconfirmed for anybody else."""
    person = await PeopleRepository(conn).find_person(UserId(found["id"]))
    if person is None or found["password_hash"] is not None:
        raise PersonUnconfirmed
    return person


async def _place(
    conn: TenantConn, joining: Joining, *, email: str, found: Row | None, may_invite: bool
) -> Person:
    """Give a person a place in the workspace, and an account when there is none."""
    repository = PeopleRepository(conn)
    name = found["name"] if found else tidy(joining.name) or email.partition("@")[0]
    if found is None:
        if not may_invite:
            raise RegistrationClosed
        user_id = await UserRepository(conn).add(
            email=email, name=name, password_hash=None, locale=None
        )
    else:
        user_id = UserId(found["id"])
        if await repository.find_person(user_id) is not None:
            raise AlreadyMember
    actor_id = await repository.ensure_user_actor(user_id, name)
    await repository.add_member(actor_id, user_id, role=joining.role)
    return await get_person(conn, user_id)


async def _invite(
    runtime: Runtime, conn: TenantConn, identity: Identity, person: Person, *, new: bool
) -> str | None:
    """Write to who was added; return the link when it has to be handed over instead."""
    if not new:
        await letters.send(
            conn, to=person.email, letter="added", locale=identity.locale,
            inviter=identity.name, workspace=identity.workspace_name,
            link=f"{runtime.settings.base_url}/login",
        )  # fmt: skip
        return None
    posted = await mail.has_server(runtime)
    link = await one_time_link(
        conn, runtime.settings, kind=OneTime.JOIN, user_id=person.user_id,
        data={"email": person.email} if posted else {},
    )  # fmt: skip
    await letters.send(
        conn, to=person.email, letter="invited", locale=identity.locale,
        inviter=identity.name, workspace=identity.workspace_name, link=link,
    )  # fmt: skip
    return None if posted else link


async def _change(
    conn: TenantConn, identity: Identity, user_id: UserId, *, owners_after: bool
) -> Person:
    """Check that a membership may change, and hold the owners until it has."""
    owners = await PeopleRepository(conn).lock_owners()
    person = await get_person(conn, user_id)
    touches_owner = owners_after or person.role == Role.OWNER
    if touches_owner and identity.user_id not in owners:
        raise OwnerOnly
    if owners == {user_id} and not owners_after:
        raise LastOwner
    return person


def _announce(runtime: Runtime, conn: TenantConn, actor_id: ActorId) -> None:
    accounts = runtime.get(Accounts)
    conn.on_commit(partial(accounts.announce_access, conn.workspace, actor_id))
