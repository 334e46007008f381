"""`/contacts`: people outside, who may be the same person, putting them together, forgetting them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from besedka.core.deps import CurrentRuntime
from besedka.core.ids import ActorId
from besedka.core.pagination import Limit, add_next
from besedka.core.schemas import problems
from besedka.kernel.accounts.deps import require
from besedka.kernel.accounts.deps.keyed import KeyedRoute
from besedka.kernel.accounts.types import Identity
from besedka.kernel.conversations import service
from besedka.kernel.conversations.schemas import (
    AlikeRead,
    ContactCardRead,
    ContactMerge,
    ContactQuery,
    ContactRead,
    ContactUpdate,
    IdentityRead,
    MergedRead,
    PastDialogRead,
)
from besedka.kernel.conversations.types import (
    MODERATES,
    STAFF_READS,
    STAFF_WRITES,
    Contact,
    ContactChange,
)

router = APIRouter(prefix="/contacts", tags=["contacts"], route_class=KeyedRoute)

Reader = Annotated[Identity, Depends(require(STAFF_READS))]
Writer = Annotated[Identity, Depends(require(STAFF_WRITES))]
Moderator = Annotated[Identity, Depends(require(MODERATES))]


def _read(contact: Contact) -> ContactRead:
    return ContactRead(
        id=contact.id, name=contact.name, email=contact.email, phone=contact.phone, locale=contact.locale,
        created_at=contact.created_at, note=contact.note, blocked_at=contact.blocked_at,
    )  # fmt: skip


@router.get("", responses=problems(401, 403, 422))
async def list_contacts(
    request: Request,
    response: Response,
    runtime: CurrentRuntime,
    identity: Reader,
    wanted: Annotated[ContactQuery, Query()],
) -> list[ContactRead]:
    """List people outside, the newest first: all, those with an e-mail address or a telephone, or with a part of them."""
    if wanted.q:
        found = await service.find_contacts(
            runtime, identity.workspace_id, wanted.q, limit=wanted.limit
        )
        return [_read(contact) for contact in found]
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        contacts = await service.list_contacts(
            conn, before=None if wanted.before is None else ActorId(wanted.before), email=wanted.email,
            phone=wanted.phone, limit=wanted.limit,
        )  # fmt: skip
    more = {"before": str(contacts[-1].id)} if len(contacts) == wanted.limit else None
    add_next(request, response, more)
    return [_read(contact) for contact in contacts]


@router.get("/{contact_id}", responses=problems(401, 403, 404))
async def read_contact(
    contact_id: UUID, runtime: CurrentRuntime, identity: Reader
) -> ContactCardRead:
    """Show a contact; one that was merged shows whom it turned out to be."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        card = await service.get_card(conn, ActorId(contact_id))
    return ContactCardRead(
        **_read(card.contact).model_dump(),
        identities=[
            IdentityRead(channel=i.channel, external_id=i.external_id, verified=i.verified)
            for i in card.identities
        ],
        suggestions=[AlikeRead(contact=_read(each.contact), by=each.by) for each in card.alike],
        merged=[
            MergedRead(contact=_read(each.contact), merged_at=each.merged_at, until=each.until)
            for each in card.merged
        ],
    )


@router.patch("/{contact_id}", responses=problems(401, 403, 404, 422))
async def change_contact(
    contact_id: UUID, body: ContactUpdate, runtime: CurrentRuntime, identity: Writer
) -> ContactRead:
    """Change a contact's name, e-mail address, telephone, or the note about it."""
    change = ContactChange(name=body.name, email=body.email, phone=body.phone, note=body.note)
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        return _read(
            await service.update_contact(runtime, conn, ActorId(contact_id), change=change)
        )


@router.get("/{contact_id}/dialogs", responses=problems(401, 403, 404, 422))
async def list_dialogs_of_contact(
    contact_id: UUID, runtime: CurrentRuntime, identity: Reader, limit: Limit = 20
) -> list[PastDialogRead]:
    """List a contact's dialogs over all channels, those with the newest messages first."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        found = await service.contact_history(conn, ActorId(contact_id), limit=limit)
    return [PastDialogRead.model_validate(each) for each in found]


@router.put("/{contact_id}/block", status_code=204, responses=problems(401, 403, 404))
async def block_contact(contact_id: UUID, runtime: CurrentRuntime, identity: Writer) -> None:
    """Refuse what a contact writes from now on."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await service.set_blocked(
            runtime, conn, ActorId(contact_id), blocked=True, by=identity.actor_id
        )


@router.delete("/{contact_id}/block", status_code=204, responses=problems(401, 403, 404))
async def unblock_contact(contact_id: UUID, runtime: CurrentRuntime, identity: Writer) -> None:
    """Let a contact write again."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await service.set_blocked(
            runtime, conn, ActorId(contact_id), blocked=False, by=identity.actor_id
        )


@router.post("/{contact_id}/merge", responses=problems(401, 403, 404, 422))
async def merge_contacts(
    contact_id: UUID, body: ContactMerge, runtime: CurrentRuntime, identity: Writer
) -> ContactRead:
    """Say that another contact is this one: it gets the other's identities, dialogs, and what it did not have."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        merged = await service.merge_contacts(
            runtime, conn, survivor=ActorId(contact_id), merged=ActorId(body.contact), by=identity.actor_id
        )  # fmt: skip
    return _read(merged)


@router.post("/{contact_id}/merge/undo", responses=problems(401, 403, 404, 422))
async def part_contacts(
    contact_id: UUID, body: ContactMerge, runtime: CurrentRuntime, identity: Writer
) -> ContactRead:
    """Take a contact out of this one again that was merged in the last 30 days, and show it.

    Its identities and dialogs go back, with what this one had got from it; what came since stays.
    """
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        parted = await service.part_contacts(
            runtime, conn, survivor=ActorId(contact_id), merged=ActorId(body.contact), by=identity.actor_id
        )  # fmt: skip
    return _read(parted)


@router.delete("/{contact_id}", status_code=204, responses=problems(401, 403, 404))
async def erase_contact(contact_id: UUID, runtime: CurrentRuntime, identity: Moderator) -> None:
    """Forget a contact: who it was, and what it wrote. What was said to it stays."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await service.erase_contact(runtime, conn, ActorId(contact_id), by=identity.actor_id)
