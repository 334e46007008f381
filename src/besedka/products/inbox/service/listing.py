"""The list of the inbox: filters as people give them become the engine's."""

from besedka.core.ids import ActorId
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Identity
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.service import Search
from besedka.kernel.conversations.types import (
    ConversationId,
    DialogFilter,
    DialogSummary,
    Kind,
)
from besedka.products.inbox.schemas import DialogFilters, DialogQuery
from besedka.products.inbox.types import MOST_FOUND


async def find_dialogs(
    runtime: Runtime, identity: Identity, query: DialogQuery
) -> list[DialogSummary]:
    """Return a page of the list."""
    wanted = await _wanted(runtime, identity, query)
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        return await conversations.find_dialogs(conn, wanted, limit=query.limit)


async def find_ids(
    runtime: Runtime, identity: Identity, filters: DialogFilters, *, most: int
) -> list[ConversationId]:
    """Return which dialogs filters choose, no more than `most`."""
    wanted = await _wanted(runtime, identity, filters)
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        return await conversations.find_dialog_ids(conn, wanted, limit=most)


async def _wanted(runtime: Runtime, identity: Identity, given: DialogFilters) -> DialogFilter:
    found: set[ConversationId] = set()
    people: list[ActorId] = []
    if given.q:
        search = Search(text=given.q, kind=Kind.DIALOG, limit=MOST_FOUND)
        results = await conversations.search_messages(
            runtime, identity.workspace_id, identity, search
        )
        found = {each.message.conversation_id for each in results.found}
        people = await conversations.find_contact_ids(
            runtime, identity.workspace_id, given.q, limit=MOST_FOUND
        )
    return DialogFilter(
        states=(given.state,) if given.state else conversations.UNRESOLVED,
        assignee=identity.actor_id if given.mine else given.assignee,
        unassigned=given.unassigned, team=given.team, label=given.label, priority=given.priority,
        channel=given.channel, text=given.q, found=tuple(found), people=tuple(people), sort=given.order,
        before=given.before if isinstance(given, DialogQuery) else None,
    )  # fmt: skip
