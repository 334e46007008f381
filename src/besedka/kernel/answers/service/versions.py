"""Versions of an assistant's settings: back to an earlier one, and drafts that wait to be published."""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from besedka.core.db.connection import TenantConn
from besedka.core.ids import ActorId
from besedka.kernel.answers.errors import NoDraft, VersionNotFound
from besedka.kernel.answers.repository.assistants import AssistantRepository
from besedka.kernel.answers.service.assistants import (
    VERSIONS_LIMIT,
    Changes,
    changed,
    get_assistant,
    update_assistant,
)
from besedka.kernel.answers.types import Assistant
from besedka.kernel.answers.versions import snapshot, with_settings


def drafted(who: Assistant) -> Assistant:
    """Return an assistant as its draft would make it; as it is without one."""
    return who if who.draft is None else with_settings(who, who.draft)


async def roll_back(
    conn: TenantConn, assistant_id: ActorId, version_id: UUID, *, author: ActorId | None
) -> Assistant:
    """Make the settings of an earlier version those of the next one. Raises AssistantNotFound, VersionNotFound."""
    who = await get_assistant(conn, assistant_id)
    versions = await AssistantRepository(conn).versions(assistant_id, limit=VERSIONS_LIMIT)
    found = next((each for each in versions if each["id"] == version_id), None)
    if found is None:
        raise VersionNotFound
    settings = found["settings"] if isinstance(found["settings"], Mapping) else {}
    wanted = {**settings, "instructions": found["instructions"]}
    return await _settle(conn, with_settings(who, wanted), author=author)


async def save_draft(conn: TenantConn, assistant_id: ActorId, changes: Changes) -> Assistant:
    """Keep changes beside the settings in use, to be tested and published; none when nothing changes.

    Only what differs is kept, so settings that are changed meanwhile are not taken back. Raises AssistantNotFound.
    """
    who = await get_assistant(conn, assistant_id)
    now = snapshot(who)
    wanted = snapshot(changed(who, changes))
    draft = {name: value for name, value in wanted.items() if value != now[name]} or None
    await AssistantRepository(conn).set_draft(who.id, draft)
    return replace(who, draft=draft)


async def publish_draft(
    conn: TenantConn, assistant_id: ActorId, *, author: ActorId | None
) -> Assistant:
    """Make the draft the settings in use: the next version. Raises AssistantNotFound, NoDraft."""
    who = await get_assistant(conn, assistant_id)
    if who.draft is None:
        raise NoDraft
    await AssistantRepository(conn).set_draft(who.id, None)
    return await _settle(conn, drafted(who), author=author)


async def discard_draft(conn: TenantConn, assistant_id: ActorId) -> Assistant:
    """Forget the draft. Raises AssistantNotFound, NoDraft."""
    who = await get_assistant(conn, assistant_id)
    if who.draft is None:
        raise NoDraft
    await AssistantRepository(conn).set_draft(who.id, None)
    return replace(who, draft=None)


async def _settle(conn: TenantConn, wanted: Assistant, *, author: ActorId | None) -> Assistant:
    changes = Changes(
        instructions=wanted.instructions, guidelines=wanted.guidelines, guardrails=wanted.guardrails,
        tone=wanted.tone, length=wanted.length, threshold=wanted.threshold, model=wanted.model,
        temperature=wanted.temperature, handoff_keywords=wanted.handoff_keywords,
    )  # fmt: skip
    return await update_assistant(conn, wanted.id, changes, author=author)
