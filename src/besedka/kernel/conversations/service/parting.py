"""Taking contacts apart again that were merged: what both had goes back, what came since stays with the survivor."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from pydantic import JsonValue

from besedka.core import events
from besedka.core.db.connection import TenantConn
from besedka.core.ids import ActorId
from besedka.core.runtime import Runtime
from besedka.kernel.accounts import service as accounts
from besedka.kernel.audit import service as audit
from besedka.kernel.conversations.errors import NotMerged
from besedka.kernel.conversations.events import ContactParted
from besedka.kernel.conversations.repository.blocking import BlockingRepository
from besedka.kernel.conversations.repository.merging import MergingRepository
from besedka.kernel.conversations.repository.parting import PartingRepository, fields_of
from besedka.kernel.conversations.service.merging import (
    KEPT_FOR,
    ContactPorts,
    announce_contacts,
)
from besedka.kernel.conversations.types import Contact

Fields = Mapping[str, JsonValue]


async def part_contacts(
    runtime: Runtime, conn: TenantConn, *, survivor: ActorId, merged: ActorId, by: ActorId
) -> Contact:
    """Let a contact that was merged in the last 30 days be somebody of its own again, and return it.

    Its identities, dialogs and visits of then go back, and so does what the survivor had got from it and nobody has changed
    since. Later dialogs, words and changes stay with the survivor. Raises NotMerged.
    """
    parting, merging = PartingRepository(conn), MergingRepository(conn)
    locked = {each.id: each for each in await parting.lock(survivor, merged)}
    was = await parting.find_was(survivor, merged, kept_for=KEPT_FOR)
    if was is None:
        raise NotMerged
    everywhere = await merging.lock_chats([survivor])
    went = {str(each) for each in _list(was, "chats")}
    chats = [each for each in everywhere if str(each) in went]
    await parting.part(survivor, merged, was=was, chats=chats)
    moved = [UUID(str(each)) for each in _list(was, "moved")]
    for give_back in runtime.get(ContactPorts).give_back:
        await give_back(conn, merged, moved)
    now = fields_of(locked[survivor])
    kept = _without(now, _fields(was, "before"), _fields(was, "after"))
    await parting.put_back(locked[survivor], kept)
    blocked = _fields(was, "after").get("blocked")
    if now["blocked"] or blocked:
        is_as_merged = now["blocked"] == blocked
        theirs = locked[merged].blocked_at if is_as_merged else locked[survivor].blocked_at
        blocking = BlockingRepository(conn)
        await blocking.set(survivor, moment=_moment(kept["blocked"]), chats=everywhere)
        await blocking.set(merged, moment=theirs, chats=chats)
    for whom, name in ((survivor, kept["name"]), (merged, locked[merged].name)):
        for each in (whom, *await merging.aliases(whom)):
            await accounts.rename_actor(conn, each, str(name))
    await _tell(conn, survivor, merged, by=by, count=len(chats))
    announce_contacts(runtime, conn, [survivor], everywhere)
    return locked[merged]


async def _tell(
    conn: TenantConn, survivor: ActorId, merged: ActorId, *, by: ActorId, count: int
) -> None:
    await audit.record(
        conn, actor_id=by, action="contact.part", target_type="contact", target_id=survivor,
        detail={"merged": str(merged), "chats": count},
    )  # fmt: skip
    await events.publish(
        conn, ContactParted(workspace_id=conn.workspace, survivor_id=survivor, merged_id=merged)
    )


def _without(now: Fields, before: Fields, after: Fields) -> dict[str, JsonValue]:
    """Return what a contact is without what another one had brought; what was changed since stays."""
    kept = {
        name: before.get(name) if name != "meta" and value == after.get(name) else value
        for name, value in now.items()
    }
    had, got, meta = _fields(before, "meta"), _fields(after, "meta"), _fields(now, "meta")
    kept["meta"] = {
        key: value for key, value in meta.items() if key in had or got.get(key) != value
    }
    return kept


def _moment(value: JsonValue) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else None


def _list(was: Fields, name: str) -> list[JsonValue]:
    found = was.get(name)
    return found if isinstance(found, list) else []


def _fields(was: Fields, name: str) -> Fields:
    found = was.get(name)
    return found if isinstance(found, dict) else {}
