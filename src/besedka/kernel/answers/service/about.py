"""What modules above may tell a model of the person that it answers, by that person's own leave."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from besedka.core.db.connection import TenantConn
from besedka.core.ids import ActorId
from besedka.core.runtime import Runtime

Tell = Callable[[TenantConn, ActorId], Awaitable[str]]


@dataclass(slots=True)
class AboutPorts:
    """Modules that know something of people."""

    tell: list[Tell] = field(default_factory=list)


async def about_person(runtime: Runtime, conn: TenantConn, person: ActorId) -> str:
    """Return the words that are added to the prompt of an answer to a person; empty when there is nothing to tell."""
    told = [await tell(conn, person) for tell in runtime.get(AboutPorts).tell]
    return "\n\n".join(filter(None, told))
