"""Assistants: making and changing them. A change of what they say or how is a new version of the prompt."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import JsonValue

from besedka.core import clock, events
from besedka.core.db.connection import TenantConn
from besedka.core.i18n import LOCALES, Locale, text
from besedka.core.ids import ActorId, new_id
from besedka.kernel.accounts import service as accounts
from besedka.kernel.accounts.types import ActorKind
from besedka.kernel.answers.errors import AssistantNotFound
from besedka.kernel.answers.events import AssistantCreated
from besedka.kernel.answers.repository.assistants import AssistantRepository
from besedka.kernel.answers.types import (
    DEFAULT_THRESHOLD,
    Assistant,
    Guardrails,
    Guideline,
    Length,
    Tone,
    Wanted,
)
from besedka.kernel.answers.versions import snapshot
from besedka.kernel.audit import service as audit
from besedka.kernel.conversations.types import UNSET, Unset
from besedka.kernel.knowledge import service as knowledge

LIST_LIMIT = 200
VERSIONS_LIMIT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """New settings of an assistant; None leaves one as it is. A temperature of None is the model's own."""

    name: str | None = None
    greeting: Mapping[str, str] | None = None
    instructions: str | None = None
    tone: Tone | None = None
    length: Length | None = None
    model: str | None = None
    temperature: float | Unset | None = UNSET
    threshold: float | None = None
    handoff_keywords: tuple[str, ...] | None = None
    guidelines: tuple[Guideline, ...] | None = None
    guardrails: Guardrails | None = None


async def create_assistant(
    conn: TenantConn, *, name: str, author: ActorId | None, locale: Locale, instructions: str = "",
    settings: Changes | None = None,
) -> Assistant:  # fmt: skip
    """Make an assistant with an empty collection of its own, and with what is given of its other settings."""
    actor = await accounts.create_actor(conn, kind=ActorKind.ASSISTANT, name=name)
    collection = await knowledge.create_collection(conn, name=name)
    made = Assistant(
        id=actor, name=name, greeting={each: text(each, "answers.default_greeting") for each in LOCALES},
        instructions=instructions or text(locale, "answers.default_instructions"), tone=Tone.FRIENDLY,
        length=Length.MEDIUM, model="", temperature=None, threshold=DEFAULT_THRESHOLD, collection_id=collection,
        handoff_keywords=(), prompt_version_id=new_id(), prompt_number=1, created_at=clock.now(),
    )  # fmt: skip
    made = changed(made, settings) if settings else made
    repository = AssistantRepository(conn)
    made = await repository.add_version(made.prompt_version_id, made, author=author)
    await repository.insert(made)
    await audit.record(
        conn, actor_id=author, action="assistant.create", target_type="assistant", target_id=actor
    )
    await events.publish(
        conn, AssistantCreated(workspace_id=conn.workspace, assistant_id=actor, name=name)
    )
    return await get_assistant(conn, actor)


async def update_assistant(
    conn: TenantConn, assistant_id: ActorId, changes: Changes, *, author: ActorId | None
) -> Assistant:
    """Change an assistant. Raises AssistantNotFound."""
    before = await get_assistant(conn, assistant_id)
    given = _given(changes)
    after = replace(before, **given)
    repository = AssistantRepository(conn)
    if snapshot(after) != snapshot(before):
        after = await repository.add_version(new_id(), after, author=author)
    if after.name != before.name:
        await accounts.rename_actor(conn, assistant_id, after.name)
    await repository.update(after)
    await audit.record(
        conn, actor_id=author, action="assistant.update", target_type="assistant", target_id=assistant_id,
        detail={"fields": list[JsonValue](sorted(given))},
    )  # fmt: skip
    return after


def changed(who: Assistant, changes: Changes) -> Assistant:
    """Return an assistant as it would be; nothing is stored."""
    return replace(who, **_given(changes))


def _given(changes: Changes) -> dict[str, Any]:
    """Return the settings that are to change, by name."""
    settings = {name: getattr(changes, name) for name in changes.__slots__}
    temperature = settings.pop("temperature")
    given = {name: value for name, value in settings.items() if value is not None}
    return given if temperature is UNSET else given | {"temperature": temperature}


async def get_assistant(conn: TenantConn, assistant_id: ActorId) -> Assistant:
    """Return an assistant, one that was put away too. Raises AssistantNotFound."""
    found = await find_assistant(conn, assistant_id)
    if found is None:
        raise AssistantNotFound
    return found


async def find_assistant(conn: TenantConn, assistant_id: ActorId) -> Assistant | None:
    """Return an assistant, if the workspace has it; none that lies in the trash."""
    found = await AssistantRepository(conn).find(assistant_id)
    return None if found is None or found.deleted_at is not None else found


async def list_assistants(conn: TenantConn, wanted: Wanted = Wanted.ACTIVE) -> list[Assistant]:
    """Return the workspace's assistants, oldest first: those that answer, unless others are wanted."""
    return await AssistantRepository(conn).list_all(wanted, limit=LIST_LIMIT)


def named(known: Iterable[Assistant], wanted: str) -> Assistant | None:
    """Return the first assistant that has an id or, in whatever case, a name."""
    wanted = wanted.casefold()
    return next((each for each in known if wanted in {str(each.id), each.name.casefold()}), None)


async def prompt_versions(conn: TenantConn, assistant_id: ActorId) -> list[Mapping[str, object]]:
    """Return the history of an assistant's instructions and settings, newest first."""
    return await AssistantRepository(conn).versions(assistant_id, limit=VERSIONS_LIMIT)
