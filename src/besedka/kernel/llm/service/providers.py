"""The provider that a workspace's calls go to: its own, else one of the installation's, else none."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from pydantic import SecretStr

from besedka.core.db.connection import TenantConn
from besedka.core.ids import WorkspaceId, new_id
from besedka.core.runtime import Runtime
from besedka.core.security.secretbox import SecretUnreadable
from besedka.kernel.llm.catalog import Catalog
from besedka.kernel.llm.errors import AuthFailed, FolderMissing
from besedka.kernel.llm.repository import LlmRepository, StoredProvider
from besedka.kernel.llm.service.installation import Key, list_keys
from besedka.kernel.llm.types import ShownProvider, WantedProvider, WireKind
from besedka.kernel.llm.wires.base import Endpoint, Wire
from besedka.kernel.llm.wires.choosing import make_wire, recognize
from besedka.kernel.llm.wires.memory import WireMemory


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider that can be called. `own` says that the workspace brought the key, `kind` what it speaks.

    Without `embedding_model` nothing is searched by meaning, without `rerank_model` nothing is put into another order.
    """

    name: str
    base_url: str
    default_model: str
    own: bool
    api_key: SecretStr = field(repr=False)
    embedding_model: str = ""
    rerank_model: str = ""
    kind: WireKind = WireKind.OPENAI
    folder: str = ""

    def wire(self, runtime: Runtime) -> Wire:
        """Return the protocol to speak with it."""
        endpoint = Endpoint(self.base_url, self.api_key, folder=self.folder)
        memory = runtime.get(WireMemory)
        return make_wire(self.kind, http=runtime.http, endpoint=endpoint, memory=memory)


async def find_provider(
    runtime: Runtime, workspace: WorkspaceId, *, model: str = ""
) -> Provider | None:
    """Return the provider of a workspace, or None when answers have to do without a model.

    Of the installation's several it is the one that has `model`, else the first.
    """
    found = await find_providers(runtime, workspace)
    if model and len(found) > 1:
        kind = runtime.get(Catalog).kind_of(model)
        found = sorted(found, key=lambda each: each.kind is not kind)
    return found[0] if found else None


async def find_providers(runtime: Runtime, workspace: WorkspaceId) -> Sequence[Provider]:
    """Return the providers that a workspace may use: its own one alone, else all of the installation's."""

    async def read() -> StoredProvider | None:
        async with runtime.db.fast.acquire(workspace) as conn:
            return await LlmRepository(conn).find_provider()

    stored = await runtime.reads.one(("provider", workspace), read)
    if stored is not None:
        return [_opened(runtime, workspace, stored)]
    return [_installed(key) for key in list_keys(runtime.settings)]


async def shown_provider(runtime: Runtime, workspace: WorkspaceId) -> ShownProvider | None:
    """Return what may be shown of the workspace's own provider: everything but the key."""
    async with runtime.db.fast.acquire(workspace) as conn:
        stored = await LlmRepository(conn).find_provider()
    if stored is None:
        return None
    return ShownProvider(
        kind=WireKind(stored.kind), folder=stored.folder, name=stored.name, base_url=stored.base_url, default_model=stored.default_model,
        embedding_model=stored.embedding_model, rerank_model=stored.rerank_model,
        has_key=stored.api_key is not None, tested_at=stored.tested_at, test_failure=stored.test_failure,
    )  # fmt: skip


async def save_provider(
    runtime: Runtime, conn: TenantConn, *, base_url: str, default_model: str, api_key: str | None,
    embedding_model: str = "", rerank_model: str = "",
) -> None:  # fmt: skip
    """Set the workspace's provider, which speaks what its address tells, see `set_provider`."""
    wanted = WantedProvider(base_url, default_model, api_key, embedding_model, rerank_model)
    await set_provider(runtime, conn, wanted)


async def set_provider(runtime: Runtime, conn: TenantConn, wanted: WantedProvider) -> None:
    """Set the workspace's provider. Raises FolderMissing.

    A stored key never moves to another address: with a changed `base_url` the key has to be given again.
    """
    address = wanted.base_url.rstrip("/")
    kind = wanted.kind or recognize(address)
    if kind is WireKind.YANDEX and not wanted.folder and "://" not in wanted.default_model:
        raise FolderMissing
    repository = LlmRepository(conn)
    before = await repository.find_provider()
    provider_id = before.id if before else new_id()
    if wanted.api_key is None and before is not None and before.base_url == address:
        sealed = before.api_key
    else:
        place = _place(conn.workspace, provider_id)
        sealed = runtime.secrets.seal(wanted.api_key, place) if wanted.api_key else None
    await repository.put_provider(
        StoredProvider(
            id=provider_id, kind=kind, name=kind, base_url=address, default_model=wanted.default_model,
            api_key=sealed, tested_at=None, test_failure=None, embedding_model=wanted.embedding_model,
            rerank_model=wanted.rerank_model, folder=wanted.folder,
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
        kind=WireKind(stored.kind), folder=stored.folder,
    )  # fmt: skip


def _installed(key: Key) -> Provider:
    return Provider(
        name=key.name, base_url=key.base_url, default_model=key.model, own=False, api_key=key.secret,
        kind=key.kind, folder=key.folder,
    )  # fmt: skip


def _place(workspace: WorkspaceId, provider_id: UUID) -> str:
    return f"{workspace}/llm_provider/{provider_id}/api_key"
