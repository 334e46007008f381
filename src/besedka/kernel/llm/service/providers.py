"""The provider that somebody's calls go to: their own, the workspace's own, else one of the installation's, else none."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import SecretStr

from besedka.core.db.connection import TenantConn
from besedka.core.ids import ActorId, WorkspaceId, new_id
from besedka.core.runtime import Runtime
from besedka.core.security.secretbox import SecretUnreadable
from besedka.kernel.llm.catalog import Catalog
from besedka.kernel.llm.errors import AuthFailed, FolderMissing
from besedka.kernel.llm.repository import LlmRepository, StoredProvider
from besedka.kernel.llm.service.inside import HostsHttp
from besedka.kernel.llm.service.installation import Key
from besedka.kernel.llm.service.servers import ServedModel, Server, list_order
from besedka.kernel.llm.types import ShownProvider, WantedProvider, WireKind
from besedka.kernel.llm.wires.base import Endpoint, Wire
from besedka.kernel.llm.wires.choosing import make_wire, recognize
from besedka.kernel.llm.wires.memory import WireMemory
from besedka.kernel.llm.wires.retry import Retry

ONCE = Retry(attempts=1)
OWN_KEY = "personal"
"""What calls by a member's own key are recorded under."""


class Whose(StrEnum):
    """Who brought the key of a provider."""

    PERSON = "person"
    WORKSPACE = "workspace"
    INSTALLATION = "installation"


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider that can be called. `own` says that the workspace or a member brought the key, `kind` what it speaks.

    Without `embedding_model` nothing is searched by meaning, without `rerank_model` nothing is put into another order.
    A server that a host connected offers what is in `served`, and nothing else.
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
    whose: Whose = Whose.INSTALLATION
    served: tuple[ServedModel, ...] = ()
    title: str = ""

    def wire(self, runtime: Runtime, *, once: bool = False) -> Wire:
        """Return the protocol to speak with it; `once`: a failure is not tried again, because another provider is asked."""
        endpoint = Endpoint(self.base_url, self.api_key, folder=self.folder)
        http = runtime.get(HostsHttp).of(runtime) if self.served else runtime.http
        memory = runtime.get(WireMemory)
        retry = ONCE if once else None
        return make_wire(self.kind, http=http, endpoint=endpoint, memory=memory, retry=retry)

    def find_served(self, model: str) -> ServedModel | None:
        """Return a model of a server that a host connected."""
        return next((each for each in self.served if each.id == model), None)


async def find_provider(
    runtime: Runtime, workspace: WorkspaceId, *, model: str = "", person: ActorId | None = None
) -> Provider | None:
    """Return the provider of a workspace, or None when answers have to do without a model.

    Of the installation's several it is the first that has `model`, else the first. A member's own is for `person` alone.
    """
    found = await find_providers(runtime, workspace, person=person)
    if model and len(found) > 1:
        found = sorted(found, key=lambda each: not has_model(runtime, each, model))
    return found[0] if found else None


def has_model(runtime: Runtime, provider: Provider, model: str) -> bool:
    """Whether a provider is likely to have a model: a server's are known, others' are told by the name."""
    if provider.served:
        return provider.find_served(model) is not None
    if model == provider.default_model:
        return True
    return runtime.get(Catalog).kind_of(model) is provider.kind


async def find_providers(
    runtime: Runtime, workspace: WorkspaceId, *, person: ActorId | None = None
) -> Sequence[Provider]:
    """Return the providers that may be used, the first one first: a member's own, then the workspace's, else the installation's."""

    async def read() -> Sequence[StoredProvider]:
        async with runtime.db.fast.acquire(workspace) as conn:
            return await LlmRepository(conn).list_providers(person)

    stored = await runtime.reads.one(("provider", workspace, person), read)
    own = [_opened(runtime, workspace, each) for each in stored]
    if any(each.whose is Whose.WORKSPACE for each in own):
        return own
    return [*own, *await installed_providers(runtime)]


async def installed_providers(runtime: Runtime) -> Sequence[Provider]:
    """Return the providers of the installation, in the host's order."""
    return [installed(each) for each in await list_order(runtime)]


async def shown_provider(
    runtime: Runtime, workspace: WorkspaceId, *, person: ActorId | None = None
) -> ShownProvider | None:
    """Return what may be shown of the workspace's own provider, or of a member's: everything but the key."""
    async with runtime.db.fast.acquire(workspace) as conn:
        stored = await LlmRepository(conn).find_provider(person)
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


async def set_provider(
    runtime: Runtime, conn: TenantConn, wanted: WantedProvider, *, person: ActorId | None = None
) -> None:
    """Set the workspace's provider, or a member's own. Raises FolderMissing.

    A stored key never moves to another address: with a changed `base_url` the key has to be given again.
    """
    address = wanted.base_url.rstrip("/")
    kind = wanted.kind or recognize(address)
    if kind is WireKind.YANDEX and not wanted.folder and "://" not in wanted.default_model:
        raise FolderMissing
    repository = LlmRepository(conn)
    before = await repository.find_provider(person)
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
            rerank_model=wanted.rerank_model, folder=wanted.folder, actor_id=person,
        )
    )  # fmt: skip


async def embeds(conn: TenantConn) -> bool:
    """Whether the workspace has a model that makes vectors of texts."""
    stored = await LlmRepository(conn).find_provider()
    return stored is not None and bool(stored.embedding_model)


async def delete_provider(conn: TenantConn, *, person: ActorId | None = None) -> None:
    """Forget the workspace's provider and its key, or a member's."""
    await LlmRepository(conn).delete_providers(person)


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
    personal = stored.actor_id is not None
    return Provider(
        name=OWN_KEY if personal else stored.name, base_url=stored.base_url, default_model=stored.default_model,
        own=True, api_key=SecretStr(key), embedding_model=stored.embedding_model, rerank_model=stored.rerank_model,
        kind=WireKind(stored.kind), folder=stored.folder, whose=Whose.PERSON if personal else Whose.WORKSPACE,
        title=urlsplit(stored.base_url).hostname or "",
    )  # fmt: skip


async def key_owners(conn: TenantConn) -> Sequence[ActorId]:
    """Return the members who have a provider of their own."""
    return await LlmRepository(conn).list_owners()


def installed(found: Key | Server) -> Provider:
    """Return the provider that a key of the installation or a server is."""
    if isinstance(found, Key):
        return Provider(
            name=found.name, base_url=found.base_url, default_model=found.model, own=False, api_key=found.secret,
            kind=found.kind, folder=found.folder, title=urlsplit(found.base_url).hostname or "",
        )  # fmt: skip
    return Provider(
        name=found.provider, base_url=found.base_url, default_model=found.models[0].id if found.models else "",
        own=False, api_key=found.api_key, kind=found.kind, served=found.models, title=found.name,
    )  # fmt: skip


def _place(workspace: WorkspaceId, provider_id: UUID) -> str:
    return f"{workspace}/llm_provider/{provider_id}/api_key"
