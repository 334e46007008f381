"""What the pages of an assistant share."""

from dataclasses import dataclass
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Depends, Form
from markupsafe import Markup

from besedka.core import markup
from besedka.core.deps import CurrentRuntime
from besedka.core.ids import ActorId, WorkspaceId
from besedka.kernel.accounts.deps import require_on_page
from besedka.kernel.accounts.types import Identity
from besedka.kernel.answers import service as answers
from besedka.kernel.answers.types import ASSISTANTS_MANAGE, ASSISTANTS_READ, Assistant
from besedka.kernel.knowledge.errors import CollectionNotFound

PATH: Final = "/dashboard/assistants"

Reader = Annotated[Identity, Depends(require_on_page(ASSISTANTS_READ))]
Manager = Annotated[Identity, Depends(require_on_page(ASSISTANTS_MANAGE))]
Words = Annotated[str, Form(max_length=100_000)]


def written(answer: str) -> Markup:
    """Return an answer's Markdown as a page shows it."""
    return markup.to_html(answer)


@dataclass(frozen=True, slots=True)
class Desk:
    """A person before an assistant: what the pages of one assistant start from."""

    identity: Identity
    who: Assistant

    @property
    def workspace(self) -> WorkspaceId:
        """Where both are."""
        return self.identity.workspace_id

    @property
    def path(self) -> str:
        """The assistant's first page."""
        return f"{PATH}/{self.who.id}"

    def collection(self, wanted: UUID | None) -> UUID:
        """Return the collection that is meant: a shared one, or the assistant's own. Raises CollectionNotFound."""
        if wanted is None:
            return self.who.collection_id
        if wanted not in self.who.collection_ids:
            raise CollectionNotFound
        return wanted

    def place(self, collection: UUID, page: str = "") -> str:
        """Return the address of a page about one of the assistant's collections."""
        own = collection == self.who.collection_id
        return self.path + page + ("" if own else f"?of={collection}")

    def shown(self) -> dict[str, Any]:
        """Return what every template of an assistant is given."""
        return {"who": self.who, "may_manage": self.identity.may(ASSISTANTS_MANAGE)}


async def _sit(assistant_id: UUID, runtime: CurrentRuntime, identity: Reader) -> Desk:
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        return Desk(identity, await answers.get_assistant(conn, ActorId(assistant_id)))


async def _sit_to_change(runtime: CurrentRuntime, assistant_id: UUID, identity: Manager) -> Desk:
    return await _sit(assistant_id, runtime, identity)


Shown = Annotated[Desk, Depends(_sit)]
"""For those who may look."""
Managed = Annotated[Desk, Depends(_sit_to_change)]
"""For those who may change it."""
