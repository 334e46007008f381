"""Which model answers: the one that is wished for, if a provider of the asker's offers it and they may use it, else the default one."""

from dataclasses import dataclass

from besedka.core.ids import ActorId, WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.llm import service as llm
from besedka.kernel.llm.errors import NoProvider
from besedka.products.chat.errors import ModelNotUsable

ASSUMED_CONTEXT = 16_000
"""Tokens that a model is taken to read where nobody says how many."""
ANSWER_TOKENS = 4096
"""How long an answer that is paid for gets, and how much of the context is kept free for one."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A model and who offers it."""

    provider: llm.Provider
    model: llm.UsableModel

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


async def choose(
    runtime: Runtime, workspace: WorkspaceId, wished: str, *, asker: ActorId
) -> Chosen:
    """Return the model that somebody wishes for; "" stands for the default one. Raises NoProvider, ModelNotUsable."""
    providers = await llm.find_providers(runtime, workspace, person=asker)
    if not providers:
        raise NoProvider
    usable = await llm.list_usable(runtime, workspace, providers, person=asker)
    found = next((each for each in usable if each.id == wished or not wished), None)
    if found is None:
        raise ModelNotUsable
    return Chosen(found.provider, found)
