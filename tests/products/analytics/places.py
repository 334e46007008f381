"""What happened in dialogs, written as it would have been."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from besedka.core.ids import ActorId, new_id
from besedka.core.runtime import Runtime
from besedka.kernel.conversations import service as conversations
from besedka.kernel.hours import service as hours
from besedka.kernel.hours.types import ScheduleDraft
from tests.factories import MadeWorkspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A round of a dialog; minutes after its beginning."""

    started: datetime
    handed: int | None = None
    replied: int | None = None
    by: ActorId | None = None
    resolved: int | None = None
    score: int | None = None
    comment: str = ""
    mode: str = ""
    question: str = ""


async def set_zone(runtime: Runtime, workspace: MadeWorkspace, zone: str) -> None:
    """Give a workspace a time zone."""
    async with runtime.db.fast.transaction(workspace.id) as conn:
        draft = ScheduleDraft(name="Office", zone=zone)
        await hours.create_schedule(conn, draft, by=workspace.owner.actor_id)


async def tell(runtime: Runtime, workspace: MadeWorkspace, assistant: ActorId, told: Told) -> UUID:
    """Write what happened."""

    def at(minutes: int | None) -> datetime | None:
        return None if minutes is None else told.started + timedelta(minutes=minutes)

    async with runtime.db.fast.transaction(workspace.id) as conn:
        contact = await conversations.create_contact(conn, name="Vera")
        dialog = await conversations.create_dialog(
            runtime, conn, contact=contact.id, assistant=assistant
        )
        handler = told.by or assistant
        await conn.execute(
            "UPDATE dialog_round SET started_at = $2, handed_at = $3, replied_at = $4, replied_by = $5, resolved_at = $6,"
            " handler_id = $7, state = $8 WHERE conversation_id = $1",
            dialog.id, told.started, at(told.handed), at(told.replied), told.by, at(told.resolved), handler,
            "pending" if told.resolved is None else "resolved",
        )  # fmt: skip
        if told.replied is not None and told.handed is not None:
            await conn.execute(
                "INSERT INTO dialog_reply VALUES ($1, $2, 9, 1, $3, $4, $5, true)",
                workspace.id, dialog.id, told.by, at(told.replied), (told.replied - told.handed) * 60,
            )  # fmt: skip
        if told.score is not None:
            await conn.execute(
                "INSERT INTO dialog_rating (workspace_id, conversation_id, number, score, comment, handler_id, created_at,"
                " changed_at) VALUES ($1, $2, 1, $3, $4, $5, $6, $6)",
                workspace.id, dialog.id, told.score, told.comment, handler, at(told.resolved),
            )  # fmt: skip
        if told.mode:
            run = UUID(
                int=(int(told.started.timestamp() * 1000) << 80) + (new_id().int & (1 << 79) - 1)
            )
            await conn.execute(
                "INSERT INTO message (workspace_id, conversation_id, seq, id, mod, sender_id, client_key, body)"
                " VALUES ($1, $2, 1, $3, 1, $4, 'q', $5)",
                workspace.id, dialog.id, new_id(), contact.id, told.question or "Hello there",
            )  # fmt: skip
            await conn.execute(
                "INSERT INTO reply_run (workspace_id, id, conversation_id, question_seq, assistant_id, epoch, state, mode,"
                " created_at) VALUES ($1, $2, $3, 1, $4, 0, 'done', $5, $6)",
                workspace.id, run, dialog.id, assistant, told.mode, told.started,
            )  # fmt: skip
    return dialog.id
