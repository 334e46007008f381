"""Who answers: a model of a provider of the asker's, the default one, or an assistant of the workspace."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias
from uuid import UUID

from besedka.core.db.connection import TenantConn
from besedka.core.ids import ActorId, WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.answers import service as answers
from besedka.kernel.answers.types import Assistant
from besedka.kernel.llm import service as llm
from besedka.kernel.llm.errors import NoProvider
from besedka.products.chat.errors import ModelNotUsable
from besedka.products.chat.types import ASSISTANT, Asker

ASSUMED_CONTEXT = 16_000
"""Tokens that a model is taken to read where nobody says how many."""
ANSWER_TOKENS = 4096
"""How long an answer that is paid for gets, and how much of the context is kept free for one."""
ASSISTANT_READS: Final = 10_000
ASSISTANT_WRITES: Final = 2000
"""Tokens that a model takes at most which writes for an assistant: its instructions, passages and what was said before."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A model and who offers it."""

    provider: llm.Provider
    model: llm.UsableModel

    @property
    def id(self) -> str:
        """What it is called where a model is named."""
        return self.model.id

    @property
    def names(self) -> tuple[str, ...]:
        """What it is called by people."""
        return (self.model.name, self.model.id)

    @property
    def answer_tokens(self) -> int:
        """Tokens that are kept free for the answer."""
        return min(ANSWER_TOKENS, self._context // 4)

    @property
    def input_tokens(self) -> int:
        """Tokens that a question may have with all that was said before it."""
        return self._context - self.answer_tokens

    @property
    def _context(self) -> int:
        return self.model.context or ASSUMED_CONTEXT


@dataclass(frozen=True, slots=True)
class Adviser:
    """An assistant, and the model that writes for it; it quotes its documents where there is none."""

    who: Assistant
    writer: Chosen | None

    @property
    def id(self) -> str:
        """What it is called where a model is named."""
        return f"{ASSISTANT}{self.who.id}"

    @property
    def names(self) -> tuple[str, ...]:
        """What it is called by people."""
        return (self.who.name,)


Answerer: TypeAlias = Chosen | Adviser


async def choose(
    runtime: Runtime, workspace: WorkspaceId, wished: str, *, asker: Asker
) -> Answerer:
    """Return who is wished for; "" stands for the default model. Raises NoProvider, ModelNotUsable."""
    if wished.startswith(ASSISTANT):
        return await _choose_assistant(runtime, workspace, wished, asker)
    return await choose_model(runtime, workspace, wished, person=asker.id)


async def choose_model(
    runtime: Runtime, workspace: WorkspaceId, wished: str, *, person: ActorId | None
) -> Chosen:
    """Return the model that is wished for, one that a person may use; "" stands for the default one.

    Raises NoProvider, ModelNotUsable.
    """
    providers = await llm.find_providers(runtime, workspace, person=person)
    if not providers:
        raise NoProvider
    usable = await llm.list_usable(runtime, workspace, providers, person=person)
    found = next((each for each in usable if each.id == wished or not wished), None)
    if found is None:
        raise ModelNotUsable
    return Chosen(found.provider, found)


async def list_assistants(conn: TenantConn, asker: Asker) -> Sequence[Assistant]:
    """Return the assistants that somebody may ask."""
    return await answers.list_assistants(conn) if asker.has_assistants else []


async def _choose_assistant(
    runtime: Runtime, workspace: WorkspaceId, wished: str, asker: Asker
) -> Adviser:
    try:
        wanted = ActorId(UUID(wished.removeprefix(ASSISTANT)))
    except ValueError as error:
        raise ModelNotUsable from error
    if not asker.has_assistants:
        raise ModelNotUsable
    async with runtime.db.fast.acquire(workspace) as conn:
        who = await answers.find_assistant(conn, wanted)
    if who is None or who.is_away:
        raise ModelNotUsable
    try:
        return Adviser(who, await choose_model(runtime, workspace, who.model, person=None))
    except (NoProvider, ModelNotUsable):
        return Adviser(who, None)
