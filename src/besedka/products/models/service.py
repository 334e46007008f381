"""Use cases of the pages about models: what a person is told of their own key."""

from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Identity
from besedka.kernel.llm import service as llm
from besedka.products.models.schemas import KeyRead


async def shown_key(runtime: Runtime, identity: Identity) -> KeyRead:
    """Return one's own provider as it is shown."""
    workspace, person = identity.workspace_id, identity.actor_id
    found = await llm.shown_provider(runtime, workspace, person=person)
    providers = await llm.find_providers(runtime, workspace, person=person)
    pays = providers[0].whose if providers else None
    if found is None:
        return KeyRead(is_set=False, pays=pays)
    return KeyRead(
        is_set=True, pays=pays, kind=found.kind, base_url=found.base_url, default_model=found.default_model,
        folder=found.folder, has_key=found.has_key, tested_at=found.tested_at, test_failure=found.test_failure,
    )  # fmt: skip
