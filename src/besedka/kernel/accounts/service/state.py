"""What accounts keep in the process: keys, hints, listeners. Nothing here decides anything without the database."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from besedka.core.ids import ActorId, SessionId, WorkspaceId
from besedka.core.security.secretbox import SecretBox
from besedka.kernel.accounts.service.pace import Pace
from besedka.kernel.accounts.service.passwords import Passwords
from besedka.kernel.accounts.service.tokens import AccessTokens

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

MAX_HINTS = 20_000
NO_PERMISSIONS: frozenset[str] = frozenset()

SessionEnd = Callable[[SessionId], None]
AccessChange = Callable[[WorkspaceId, ActorId], None]


class Hints(Generic[K, V]):
    """A bounded memory of guesses that a statement verifies anyway; the oldest go first."""

    def __init__(self, limit: int = MAX_HINTS) -> None:
        self._kept: OrderedDict[K, V] = OrderedDict()
        self._limit = limit

    def get(self, key: K) -> V | None:
        """Return the guess, if there is one."""
        return self._kept.get(key)

    def put(self, key: K, value: V) -> None:
        """Remember a guess."""
        self._kept[key] = value
        if len(self._kept) > self._limit:
            self._kept.popitem(last=False)

    def forget(self, key: K) -> None:
        """Drop a guess that turned out wrong."""
        self._kept.pop(key, None)


@dataclass(slots=True)
class Accounts:
    """The module's shared object in a runtime."""

    tokens: AccessTokens
    passwords: Passwords
    refresh_key: bytes
    device_key: bytes
    recovery_key: bytes
    permissions: Mapping[str, frozenset[str]]
    """Role → what it may do, gathered once from all manifests."""
    own_origin: str
    pace: Pace | None
    """How many requests a person may make; None without limits."""
    """Scheme and authority under which people reach the server."""
    session_workspace: "Hints[Hashable, WorkspaceId]" = field(default_factory=Hints)
    slug_workspace: "Hints[str, WorkspaceId]" = field(default_factory=Hints)
    session_ends: list[SessionEnd] = field(default_factory=list)
    access_changes: list[AccessChange] = field(default_factory=list)

    def may(self, role: str) -> frozenset[str]:
        """Return the permissions of a role."""
        return self.permissions.get(role, NO_PERMISSIONS)

    def announce_end(self, session_id: SessionId) -> None:
        """Tell this process's listeners that a session is over."""
        for listener in self.session_ends:
            listener(session_id)

    def announce_access(self, workspace: WorkspaceId, actor_id: ActorId) -> None:
        """Tell this process's listeners that an actor's rights have changed."""
        for listener in self.access_changes:
            listener(workspace, actor_id)


def make_accounts(
    secrets: SecretBox, *, jwt_key: bytes, permissions: Mapping[str, frozenset[str]], origin: str,
    pace: Pace | None,
) -> Accounts:  # fmt: skip
    """Build the shared object; the keys come from the master key unless one is given for access tokens."""
    return Accounts(
        tokens=AccessTokens(jwt_key or secrets.derive("access-token")),
        passwords=Passwords(),
        refresh_key=secrets.derive("refresh-token"),
        device_key=secrets.derive("device"),
        recovery_key=secrets.derive("recovery-code"),
        permissions=permissions,
        own_origin=origin,
        pace=pace,
    )
