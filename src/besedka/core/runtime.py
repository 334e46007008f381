"""What one process shares: settings, database, clients, and the kernel's own objects by type."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar, cast

from besedka.core.background import Background
from besedka.core.config import Settings
from besedka.core.db.database import Database
from besedka.core.db.reads import Reads
from besedka.core.http.guard import Guard
from besedka.core.module import Manifest, load
from besedka.core.sandbox.pool import Sandbox
from besedka.core.security.ratelimit import RateLimiter
from besedka.core.security.secretbox import SecretBox

if TYPE_CHECKING:
    from besedka.core.bus import Bus
    from besedka.core.http.client import OutgoingHttp

T = TypeVar("T")


@dataclass(slots=True)
class Runtime:
    """The shared objects of a process."""

    settings: Settings
    db: Database
    sandbox: Sandbox
    secrets: SecretBox
    limiter: RateLimiter
    manifests: tuple[Manifest, ...] = ()
    """Every module, for the ones that gather from all: jobs, letters, permissions."""
    works: bool = True
    """Whether this process runs jobs."""
    background: Background = field(default_factory=Background)
    reads: Reads = field(init=False)
    """Reads that are shared by those who want them at the same moment."""
    bus: "Bus | None" = None
    """The bus to other processes, where there are any."""
    _http: "OutgoingHttp | None" = None
    _objects: dict[type, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Let reads run beside the requests."""
        self.reads = Reads(self.background)

    @property
    def http(self) -> "OutgoingHttp":
        """The guarded client for everything outside; its library is loaded with the first request."""
        if self._http is None:
            guard = Guard(allow_private=self.settings.outgoing_private)
            made: OutgoingHttp = load("besedka.core.http.client").OutgoingHttp(guard)
            self._http = made
        return self._http

    async def close_http(self) -> None:
        """Close the client's connections, if it was ever used."""
        if self._http is not None:
            await self._http.close()

    def put(self, thing: object) -> None:
        """Register a module's shared object under its type."""
        self._objects[type(thing)] = thing

    def get(self, kind: type[T]) -> T:
        """Return a module's shared object. Raises LookupError when its module is not there."""
        try:
            return cast(T, self._objects[kind])
        except KeyError as error:
            raise LookupError(f"no {kind.__name__} in this process") from error
