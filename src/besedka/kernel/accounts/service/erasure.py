"""Taking one's data away, and deleting one's account.

What a person wrote in a company stays there under the words "former member"; a workspace that nobody else is in goes
as a whole. The places are left one by one, then all the rest goes in one transaction: whoever is interrupted in
between has left some workspaces, and begins again.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial
from uuid import UUID

from pydantic import JsonValue

from besedka.core.clock import now
from besedka.core.db.connection import Row, SystemConn
from besedka.core.i18n import DEFAULT_LOCALE, text
from besedka.core.ids import ActorId, WorkspaceId
from besedka.core.module import PersonData
from besedka.core.runtime import Runtime
from besedka.core.security.ratelimit import HEAVY
from besedka.kernel.accounts.errors import CompanyAlone, LastHost, OwnerOfOthers
from besedka.kernel.accounts.repository.erasure import ErasureRepository, delete_workspace
from besedka.kernel.accounts.repository.people import (
    PeopleRepository,
    SystemMemberships,
    UserRepository,
)
from besedka.kernel.accounts.service import letters
from besedka.kernel.accounts.service.people import get_person
from besedka.kernel.accounts.service.proof import prove_password
from besedka.kernel.accounts.service.sessions import revoke_others
from besedka.kernel.accounts.service.state import Accounts
from besedka.kernel.accounts.types import Identity, WorkspaceKind


async def export_me(runtime: Runtime, identity: Identity) -> Mapping[str, JsonValue]:
    """Return what every module holds of a person, by module. Raises RateLimited."""
    await runtime.limiter.hit(HEAVY, "export", str(identity.user_id))
    found: dict[str, JsonValue] = {"exported_at": now().isoformat()}
    async with runtime.db.system.acquire() as conn:
        person = await _person(conn, identity)
        for manifest in runtime.manifests:
            if manifest.export_person is not None:
                found[manifest.name] = dict(await manifest.export_person(conn, person))
    return found


async def erase_me(
    runtime: Runtime, identity: Identity, *, password: str, with_companies: bool
) -> None:
    """Delete one's account, with the workspaces that nobody else is in.

    Companies among those go only if `with_companies` says so.
    Raises WrongPassword, RateLimited, OwnerOfOthers, CompanyAlone, LastHost.
    """
    await prove_password(runtime, identity.user_id, password)
    async with runtime.db.system.acquire() as conn:
        person = await _person(conn, identity)
        holdings = await ErasureRepository(conn, identity.user_id).holdings()
        if identity.is_host and not await UserRepository(conn).has_host(besides=identity.user_id):
            raise LastHost
    _check(holdings, with_companies=with_companies)
    actors = dict(person.places)
    for each in holdings:
        if each["others"]:
            await _leave(runtime, identity, each, actor_id=actors[each["id"]])
    async with runtime.db.system.transaction() as conn:
        await _forget(
            runtime, conn, person, alone=[row["id"] for row in holdings if not row["others"]]
        )


def _check(holdings: Iterable[Row], *, with_companies: bool) -> None:
    for each in holdings:
        if each["others"] and each["owns"] and not each["other_owner"]:
            raise OwnerOfOthers(workspace=each["name"])
        if not (each["others"] or with_companies or each["kind"] == WorkspaceKind.PERSONAL):
            raise CompanyAlone(workspace=each["name"])


async def _leave(runtime: Runtime, identity: Identity, holding: Row, *, actor_id: ActorId) -> None:
    """Leave a workspace that others stay in. Raises OwnerOfOthers, if the other owner left meanwhile."""
    workspace = WorkspaceId(holding["id"])
    async with runtime.db.fast.transaction(workspace) as conn:
        people = PeopleRepository(conn)
        if await people.lock_owners() == {identity.user_id}:
            raise OwnerOfOthers(workspace=holding["name"])
        person = await get_person(conn, identity.user_id)
        await people.remove_member(identity.user_id)
        await letters.record(conn, actor_id, "accounts.member_erased", person=person)
        conn.on_commit(partial(runtime.get(Accounts).announce_access, workspace, actor_id))


async def _forget(
    runtime: Runtime, conn: SystemConn, person: PersonData, *, alone: Iterable[WorkspaceId]
) -> None:
    users = UserRepository(conn)
    await users.lock_hosts()
    had_host = await users.has_host()
    await revoke_others(conn, runtime.get(Accounts), user_id=person.user_id, keep=None)
    for manifest in reversed(runtime.manifests):
        if manifest.erase_person is not None:
            await manifest.erase_person(conn, person)
    for workspace in alone:
        await delete_workspace(conn, workspace)
    if had_host and not await users.has_host():
        raise LastHost


async def _person(conn: SystemConn, identity: Identity) -> PersonData:
    places = await ErasureRepository(conn, identity.user_id).places()
    return PersonData(identity.user_id, identity.email, tuple(places))


async def export_person(conn: SystemConn, person: PersonData) -> Mapping[str, JsonValue]:
    """Return what accounts hold of a person."""
    repository = ErasureRepository(conn, person.user_id)
    user = await repository.export_user()
    return {
        "user": _plain(user) if user else None,
        "memberships": [_plain(row) for row in await repository.export_memberships()],
        "sessions": [_plain(row) for row in await repository.export_sessions()],
        "api_keys": [_plain(row) for row in await repository.export_keys()],
    }


async def erase_person(conn: SystemConn, person: PersonData) -> None:
    """Delete the user; the actors stay as authors without a name."""
    user = await UserRepository(conn).find(person.user_id)
    locale = (user["locale"] if user else None) or DEFAULT_LOCALE
    await SystemMemberships(conn).rename(person.user_id, text(locale, "accounts.former"))
    await ErasureRepository(conn, person.user_id).delete_user()


def _plain(row: Row) -> dict[str, JsonValue]:
    return {key: _word(value) for key, value in dict(row).items()}


def _word(value: object) -> JsonValue:
    match value:
        case datetime():
            return value.isoformat()
        case UUID():
            return str(value)
        case list():
            return [_word(each) for each in value]
        case str() | int() | float() | None:
            return value
        case _:
            return str(value)
