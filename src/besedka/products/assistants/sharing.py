"""Which assistants answer from which collections."""

from collections.abc import Sequence
from dataclasses import dataclass

from besedka.core.db.connection import TenantConn
from besedka.kernel.answers import service as answers
from besedka.kernel.answers.types import Assistant, Wanted
from besedka.kernel.knowledge import service as knowledge
from besedka.kernel.knowledge.types import Collection


@dataclass(frozen=True, slots=True)
class Lent:
    """A collection, the assistant whose own it is, and those that answer from it beside their own."""

    collection: Collection
    owner: Assistant | None
    users: Sequence[Assistant]


async def list_lent(conn: TenantConn) -> list[Lent]:
    """Return the workspace's collections, oldest first."""
    collections = await knowledge.list_collections(conn)
    assistants = await answers.list_assistants(conn, Wanted.ALL)
    owners = {each.collection_id: each for each in assistants}
    return [
        Lent(each, owners.get(each.id), [who for who in assistants if each.id in who.shared])
        for each in collections
    ]


async def shared_only(conn: TenantConn) -> list[Lent]:
    """Return the collections that are no assistant's own, oldest first."""
    return [each for each in await list_lent(conn) if each.owner is None]
