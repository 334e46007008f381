"""`@name question`: a turn that somebody else answers than the chat's own model."""

from collections.abc import Iterable, Sequence
from typing import Final

from besedka.core.ids import WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.llm import service as llm
from besedka.products.chat.service.choosing import list_assistants
from besedka.products.chat.types import ASSISTANT, Asker

SIGN: Final = "@"
_AFTER: Final = " \t\n,:;.!?"


async def find_named(
    runtime: Runtime, workspace: WorkspaceId, words: str, asker: Asker
) -> str | None:
    """Return the model or the assistant that a question begins with, as it is named to `choose`; the longest name counts."""
    if not words.lstrip().startswith(SIGN):
        return None
    known = await _known(runtime, workspace, asker)
    named = [(len(name), found) for name, found in known if _rest(words, name) is not None]
    return max(named, key=lambda each: each[0])[1] if named else None


def without_mention(words: str, names: Iterable[str]) -> str:
    """Return a question without the name that it begins with, if it is one of these and something follows it."""
    rests = [rest for name in names if (rest := _rest(words, name)) is not None]
    return min(rests, key=len, default="") or words


async def _known(
    runtime: Runtime, workspace: WorkspaceId, asker: Asker
) -> Sequence[tuple[str, str]]:
    usable = await llm.list_usable(runtime, workspace, person=asker.id)
    async with runtime.db.fast.acquire(workspace) as conn:
        advisers = await list_assistants(conn, asker)
    models = [(name, each.id) for each in usable for name in (each.name, each.id)]
    return [*models, *((who.name, f"{ASSISTANT}{who.id}") for who in advisers)]


def _rest(words: str, name: str) -> str | None:
    """Return what follows a name at the beginning, None where it is not there."""
    said = words.lstrip().removeprefix(SIGN)
    end = len(name)
    if not name or said[:end].casefold() != name.casefold() or said[end : end + 1].strip(_AFTER):
        return None
    return said[end:].lstrip(_AFTER)
