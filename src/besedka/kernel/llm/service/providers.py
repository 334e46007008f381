"""The provider that a workspace's calls go to: its own, else the installation's, else none."""

from dataclasses import dataclass, field
from uuid import UUID

from pydantic import SecretStr

from besedka.core.db.connection import TenantConn
from besedka.core.ids import WorkspaceId, new_id
from besedka.core.module import load
from besedka.core.runtime import Runtime
from besedka.core.security.secretbox import SecretUnreadable
from besedka.kernel.llm.errors import AuthFailed
from besedka.kernel.llm.repository import LlmRepository, StoredProvider
from besedka.kernel.llm.types import ShownProvider
from besedka.kernel.llm.wires.base import Endpoint, Wire
from besedka.kernel.llm.wires.memory import WireMemory

OPENAI = "openai"
INSTALLATION = "installation"
KEY_TAIL = 4


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider that can be called. `own` says that the workspace brought the key.

    Without `embedding_model` nothing is searched by meaning, without `rerank_model` nothing is put into another order.
    """

    name: str
    base_url: str
    default_model: str
    own: bool
    api_key: SecretStr = field(repr=False)
    embedding_model: str = ""
    rerank_model: str = ""

    def wire(self, runtime: Runtime) -> Wire:
        """Return the protocol to speak with it."""
        made: Wire = load("besedka.kernel.llm.wires.openai").OpenAiWire(
            runtime.http, Endpoint(self.base_url, self.api_key), memory=runtime.get(WireMemory)
        )
        return made


async def find_provider(runtime: Runtime, workspace: WorkspaceId) -> Provider | None:
    """Return the provider of a workspace, or None when answers have to do without a model."""
    async with runtime.db.fast.acquire(workspace) as conn:
        stored = await LlmRepository(conn).find_provider()
    if stored is not None:
        return _opened(runtime, workspace, stored)
    settings = runtime.settings
    if not settings.openai_api_key.get_secret_value():
        return None
    return Provider(
        name=INSTALLATION, base_url=settings.openai_base_url, default_model=settings.openai_model, own=False,
        api_key=settings.openai_api_key,
    )  # fmt: skip


async def shown_provider(runtime: Runtime, workspace: WorkspaceId) -> ShownProvider | None:
    """Return what may be shown of the workspace's own provider: everything but the key."""
    async with runtime.db.fast.acquire(workspace) as conn:
        stored = await LlmRepository(conn).find_provider()
    if stored is None:
        return None
    return ShownProvider(
        name=stored.name, base_url=stored.base_url, default_model=stored.default_model,
        embedding_model=stored.embedding_model, rerank_model=stored.rerank_model,
        has_key=stored.api_key is not None, tested_at=stored.tested_at, test_failure=stored.test_failure,
    )  # fmt: skip


async def save_provider(
    runtime: Runtime, conn: TenantConn, *, base_url: str, default_model: str, api_key: str | None,
    embedding_model: str = "", rerank_model: str = "",
) -> None:  # fmt: skip
    """Set the workspace's provider; `api_key` None keeps the stored key, an empty one means that none is needed.

    A stored key never moves to another address: with a changed `base_url` the key has to be given again.
    """
    repository = LlmRepository(conn)
    before = await repository.find_provider()
    provider_id = before.id if before else new_id()
    address = base_url.rstrip("/")
    if api_key is None and before is not None and before.base_url == address:
        sealed = before.api_key
    else:
        sealed = (
            runtime.secrets.seal(api_key, _place(conn.workspace, provider_id)) if api_key else None
        )
    await repository.put_provider(
        StoredProvider(
            id=provider_id, kind=OPENAI, name=OPENAI, base_url=address, default_model=default_model,
            api_key=sealed, tested_at=None, test_failure=None, embedding_model=embedding_model,
            rerank_model=rerank_model,
        )
    )  # fmt: skip


async def embeds(conn: TenantConn) -> bool:
    """Whether the workspace has a model that makes vectors of texts."""
    stored = await LlmRepository(conn).find_provider()
    return stored is not None and bool(stored.embedding_model)


async def delete_provider(conn: TenantConn) -> None:
    """Forget the workspace's provider and its key."""
    await LlmRepository(conn).delete_providers()


def _opened(runtime: Runtime, workspace: WorkspaceId, stored: StoredProvider) -> Provider:
    try:
        key = (
            runtime.secrets.open(stored.api_key, _place(workspace, stored.id))
            if stored.api_key
            else ""
        )
    except SecretUnreadable as error:
        raise AuthFailed(
            "the stored key cannot be read with this installation's master key"
        ) from error
    return Provider(
        name=stored.name, base_url=stored.base_url, default_model=stored.default_model, own=True,
        api_key=SecretStr(key), embedding_model=stored.embedding_model, rerank_model=stored.rerank_model,
    )  # fmt: skip


def _place(workspace: WorkspaceId, provider_id: UUID) -> str:
    return f"{workspace}/llm_provider/{provider_id}/api_key"
