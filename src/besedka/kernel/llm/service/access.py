"""Who may use which model: everybody, unless it is limited to roles and members."""

from collections.abc import Sequence
from dataclasses import dataclass

from besedka.core.db.connection import TenantConn
from besedka.core.ids import ActorId, new_id
from besedka.kernel.accounts.types import Role
from besedka.kernel.llm.errors import NoMember
from besedka.kernel.llm.repository import LlmRepository


@dataclass(frozen=True, slots=True)
class Limited:
    """A model that only some may use: whoever has one of the roles or is one of the members. With neither nobody may."""

    model: str
    roles: tuple[Role, ...]
    members: tuple[ActorId, ...]


async def list_limits(conn: TenantConn) -> Sequence[Limited]:
    """Return the models that are limited, and to whom."""
    found: dict[str, tuple[list[Role], list[ActorId]]] = {}
    for row in await LlmRepository(conn).list_rules():
        roles, members = found.setdefault(row["model"], ([], []))
        if row["role"] is not None:
            roles.append(Role(row["role"]))
        if row["actor_id"] is not None:
            members.append(row["actor_id"])
    return [
        Limited(model, tuple(roles), tuple(members)) for model, (roles, members) in found.items()
    ]


async def limit_model(conn: TenantConn, wanted: Limited) -> None:
    """Limit a model, in place of how it was limited. Raises NoMember."""
    repository, members = LlmRepository(conn), list(dict.fromkeys(wanted.members))
    if await repository.count_members(members) < len(members):
        raise NoMember
    rules = [(new_id(), role.value, None) for role in dict.fromkeys(wanted.roles)]
    rules_of_members = [(new_id(), None, member) for member in members]
    await repository.put_rules(wanted.model, [*rules, *rules_of_members] or [(new_id(), None, None)])  # fmt: skip


async def open_model(conn: TenantConn, model: str) -> None:
    """Let everybody use a model again."""
    await LlmRepository(conn).put_rules(model, [])
