"""The prompt library: one's own prompts and those that all share."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from pydantic import JsonValue

from besedka.core import clock
from besedka.core.db.connection import SystemConn, TenantConn
from besedka.core.ids import new_id
from besedka.core.module import PersonData
from besedka.kernel.accounts.types import Identity
from besedka.kernel.conversations.types import LONGEST_BODY
from besedka.products.chat.errors import PromptNotFound, PromptNotYours, TooManyPrompts
from besedka.products.chat.repository import PromptRepository
from besedka.products.chat.service.variables import fill
from besedka.products.chat.types import (
    LONGEST_TAG,
    MOST_PROMPTS,
    MOST_TAGS,
    PROMPTS_MANAGE,
    Prompt,
    PromptChange,
    PromptsWanted,
)


async def list_prompts(
    conn: TenantConn, identity: Identity, wanted: PromptsWanted
) -> Sequence[Prompt]:
    """Return the shared prompts and the caller's own, as far as they are wanted."""
    return await _library(conn, identity).list(wanted)


async def prompt_tags(conn: TenantConn, identity: Identity) -> Sequence[str]:
    """Return the tags of the prompts that the caller has."""
    return await _library(conn, identity).tags()


async def get_prompt(conn: TenantConn, identity: Identity, prompt: UUID) -> Prompt:
    """Return a prompt that the caller has. Raises PromptNotFound."""
    found = await _library(conn, identity).find(prompt)
    if found is None:
        raise PromptNotFound
    return found


async def create_prompt(conn: TenantConn, identity: Identity, given: PromptChange) -> Prompt:
    """Keep a prompt. Raises TooManyPrompts."""
    await _check_room(conn, identity, shared=given.shared)
    made = _as_given(new_id(), given, author=identity)
    await _library(conn, identity).save(made)
    return made


async def change_prompt(
    conn: TenantConn, identity: Identity, prompt: UUID, *, given: PromptChange
) -> Prompt:
    """Let a prompt be another. Raises PromptNotFound, PromptNotYours, TooManyPrompts.

    Whoever is not its author cannot take it from the others.
    """
    found = await _changeable(conn, identity, prompt)
    if found.shared and not given.shared and found.author_id != identity.actor_id:
        raise PromptNotYours
    if given.shared is not found.shared:
        await _check_room(conn, identity, shared=given.shared)
    await _library(conn, identity).save(_as_given(prompt, given, author=identity))
    return await get_prompt(conn, identity, prompt)


async def delete_prompt(conn: TenantConn, identity: Identity, prompt: UUID) -> None:
    """Delete a prompt. Raises PromptNotFound, PromptNotYours."""
    await _changeable(conn, identity, prompt)
    await _library(conn, identity).delete(prompt)


async def fill_prompt(
    conn: TenantConn, identity: Identity, prompt: UUID, *, values: Mapping[str, str]
) -> str:
    """Return a prompt's words with its variables filled. Raises PromptNotFound, ValueMissing."""
    return fill((await get_prompt(conn, identity, prompt)).body, values)[:LONGEST_BODY]


def may_change(identity: Identity, prompt: Prompt) -> bool:
    """Whether somebody may change a prompt that they have: its author, or an administrator if it is shared."""
    return prompt.author_id == identity.actor_id or identity.may(PROMPTS_MANAGE)


def tidy_tags(words: Sequence[str]) -> tuple[str, ...]:
    """Return tags on one line each, each once."""
    tags = (" ".join(word.split())[:LONGEST_TAG] for word in words)
    return tuple(dict.fromkeys(tag for tag in tags if tag))[:MOST_TAGS]


async def export_prompts(conn: SystemConn, person: PersonData) -> Sequence[JsonValue]:
    """Return the prompts that a person has written."""
    found: list[JsonValue] = []
    for workspace, actor in person.places:
        written = await PromptRepository(conn, workspace, actor).written()
        found.extend({"workspace": str(workspace), **_spell(each)} for each in written)
    return found


def _spell(prompt: Prompt) -> dict[str, JsonValue]:
    return {
        "id": str(prompt.id), "name": prompt.name, "body": prompt.body, "tags": [*prompt.tags],
        "shared": prompt.shared, "updated_at": prompt.updated_at.isoformat(),
    }  # fmt: skip


async def forget_prompts(conn: SystemConn, person: PersonData) -> None:
    """Delete a person's own prompts; what they shared stays without their name."""
    for workspace, actor in person.places:
        await PromptRepository(conn, workspace, actor).forget_author()


def _library(conn: TenantConn, identity: Identity) -> PromptRepository:
    return PromptRepository(conn, conn.workspace, identity.actor_id)


async def _changeable(conn: TenantConn, identity: Identity, prompt: UUID) -> Prompt:
    found = await get_prompt(conn, identity, prompt)
    if not may_change(identity, found):
        raise PromptNotYours
    return found


async def _check_room(conn: TenantConn, identity: Identity, *, shared: bool) -> None:
    if await _library(conn, identity).count(shared=shared) >= MOST_PROMPTS:
        raise TooManyPrompts(most=MOST_PROMPTS)


def _as_given(prompt: UUID, given: PromptChange, *, author: Identity) -> Prompt:
    return Prompt(
        id=prompt, author_id=author.actor_id, shared=given.shared, name=" ".join(given.name.split()),
        body=given.body.strip(), tags=tidy_tags(given.tags), updated_at=clock.now(),
    )  # fmt: skip
