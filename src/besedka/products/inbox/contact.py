"""The pane beside a dialog: who writes, what else they wrote, and what one does about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request, Response
from pydantic import BaseModel, ConfigDict

from besedka.core.db.connection import TenantConn
from besedka.core.deps import CurrentRuntime
from besedka.core.ids import ActorId
from besedka.core.routing import LateRoute
from besedka.kernel.accounts.deps import require_on_page
from besedka.kernel.accounts.types import Identity
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.schemas import ContactUpdate
from besedka.kernel.conversations.types import (
    STAFF_WRITES,
    Alike,
    Contact,
    ContactChange,
    ContactIdentity,
    ConversationId,
    DialogSummary,
    Label,
    Merged,
    PastDialog,
)
from besedka.web import render

PATH = "/dashboard/contacts/{contact_id}"
DIALOG = "/dashboard/inbox"

router = APIRouter(route_class=LateRoute)

Writer = Annotated[Identity, Depends(require_on_page(STAFF_WRITES))]


@dataclass(frozen=True, slots=True)
class Known:
    """An address of a contact, and whether somebody vouches for it."""

    channel: str
    address: str
    verified: bool


@dataclass(frozen=True, slots=True)
class About:
    """What the pane shows of a dialog's contact."""

    contact: Contact
    known: Sequence[Known]
    alike: Sequence[Alike]
    merged: Sequence[Merged]
    history: Sequence[PastDialog]
    labels: Sequence[Label]


class ContactForm(ContactUpdate):
    """The form of a contact, and the dialog that it stands beside. It also carries its CSRF token."""

    model_config = ConfigDict(extra="ignore")

    dialog: ConversationId


class MergeForm(BaseModel):
    """Who is the same person, and the dialog that the question stands beside."""

    contact: UUID
    dialog: ConversationId


class BlockForm(BaseModel):
    """Whether the contact may write, and the dialog that the button stands beside."""

    blocked: bool
    dialog: ConversationId


async def about(conn: TenantConn, dialog: DialogSummary, labels: Sequence[Label]) -> About | None:
    """Return what is known of a dialog's contact, None for a dialog without one; `labels` are the workspace's."""
    if dialog.contact is None:
        return None
    card = await conversations.get_card(conn, dialog.contact.id)
    known = {label.id: label for label in labels}
    return About(
        card.contact,
        _known(card.contact, card.identities),
        card.alike,
        card.merged,
        await conversations.contact_history(conn, card.contact.id),
        [known[each] for each in dialog.labels if each in known],
    )


def _known(contact: Contact, identities: Sequence[ContactIdentity]) -> list[Known]:
    """Return how a contact is known; an address that was only typed is verified by nobody."""
    found = [Known(each.channel, _address(each), each.verified) for each in identities]
    vouched = {(each.channel, each.address) for each in found}
    typed = {"email": contact.email, "phone": contact.phone}
    return found + [
        Known(channel, address, verified=False)
        for channel, address in typed.items()
        if address and (channel, address) not in vouched
    ]


def _address(known: ContactIdentity) -> str:
    """Return what an identity says to people: nothing of a browser's, of a site's account its name there."""
    if known.channel == "widget":
        return ""
    return known.external_id.partition(":")[2] if known.channel == "signed" else known.external_id


def _back(request: Request, dialog: UUID, flash: str) -> Response:
    return render.redirect(request, f"{DIALOG}/{dialog}?pane=context", flash=flash)


@router.post(PATH)
async def change(
    request: Request, contact_id: UUID, runtime: CurrentRuntime, identity: Writer, form: Annotated[ContactForm, Form()]
) -> Response:  # fmt: skip
    """Change a contact's name, addresses, or the note about it."""
    given = ContactChange(name=form.name, email=form.email, phone=form.phone, note=form.note)
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await conversations.dialog_summary(conn, form.dialog)
        await conversations.update_contact(runtime, conn, ActorId(contact_id), change=given)
    return _back(request, form.dialog, "inbox.contact_saved")


@router.post(PATH + "/merge")
async def merge(
    request: Request, contact_id: UUID, runtime: CurrentRuntime, identity: Writer, form: Annotated[MergeForm, Form()]
) -> Response:  # fmt: skip
    """Say that another contact is this one."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await conversations.dialog_summary(conn, form.dialog)
        await conversations.merge_contacts(
            runtime, conn, survivor=ActorId(contact_id), merged=ActorId(form.contact), by=identity.actor_id
        )  # fmt: skip
    return _back(request, form.dialog, "inbox.contact_merged")


@router.post(PATH + "/merge/undo")
async def part(
    request: Request, contact_id: UUID, runtime: CurrentRuntime, identity: Writer, form: Annotated[MergeForm, Form()]
) -> Response:  # fmt: skip
    """Say that a merged contact is somebody else after all."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await conversations.dialog_summary(conn, form.dialog)
        await conversations.part_contacts(
            runtime, conn, survivor=ActorId(contact_id), merged=ActorId(form.contact), by=identity.actor_id
        )  # fmt: skip
    return _back(request, form.dialog, "inbox.contact_parted")


@router.post(PATH + "/block")
async def block(
    request: Request, contact_id: UUID, runtime: CurrentRuntime, identity: Writer, form: Annotated[BlockForm, Form()]
) -> Response:  # fmt: skip
    """Refuse what a contact writes, or take it again."""
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        await conversations.dialog_summary(conn, form.dialog)
        await conversations.set_blocked(
            runtime, conn, ActorId(contact_id), blocked=form.blocked, by=identity.actor_id
        )
    said = "inbox.contact_blocked" if form.blocked else "inbox.contact_unblocked"
    return _back(request, form.dialog, said)
