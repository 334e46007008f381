"""Vocabulary of accounts."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from besedka.core.i18n import Locale
from besedka.core.ids import ActorId, SessionId, UserId, WorkspaceId

KeyId = NewType("KeyId", UUID)


class Role(StrEnum):
    """What a person is in a workspace; the manifests say what each role may do."""

    OWNER = "owner"
    ADMIN = "admin"
    OPERATOR = "operator"
    RECRUITER = "recruiter"
    SALES = "sales"
    MEMBER = "member"


ADMINISTRATORS = frozenset({Role.OWNER.value, Role.ADMIN.value})
MOST_PER_MINUTE = 600
"""Requests a minute of a person, and at most of a key."""
ACT = "chats.use"
"""What an API key needs where a person needs no permission: one's own chats, messages and files."""
EVERYBODY = frozenset(role.value for role in Role)


class WorkspaceKind(StrEnum):
    """Whether a workspace is one person's own or a company's."""

    PERSONAL = "personal"
    COMPANY = "company"


class ActorKind(StrEnum):
    """Who an actor is."""

    USER = "user"
    CONTACT = "contact"
    ASSISTANT = "assistant"
    SYSTEM = "system"


class SessionKind(StrEnum):
    """How a session is carried: a token in a header, or a cookie."""

    BEARER = "bearer"
    COOKIE = "cookie"


class OneTime(StrEnum):
    """What a one-time token is for."""

    HOST = "host"
    CONFIRM = "confirm"
    RESET = "reset"
    JOIN = "join"
    EMAIL = "email"
    EMAIL_UNDO = "email_undo"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who makes a request, and in which workspace: a person by a session, or an API key for its maker."""

    user_id: UserId
    session_id: SessionId | None
    workspace_id: WorkspaceId
    workspace_slug: str
    workspace_name: str
    workspace_kind: str
    actor_id: ActorId
    role: str
    permissions: frozenset[str]
    name: str
    email: str
    locale: Locale | None
    email_confirmed: bool
    is_host: bool
    by_cookie: bool
    key_id: KeyId | None = None
    needs_second_factor: bool = False
    """Whether the workspace asks for a second step of logging in that the person has not set up."""

    def may(self, permission: str) -> bool:
        """Whether the role, or the key within it, has a permission."""
        return permission in self.permissions


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What a bearer client gets when it logs in; `expires_in` in seconds."""

    access_token: str
    expires_in: int
    refresh_token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """An opened session: a cookie's value, or the tokens of a bearer."""

    user_id: UserId
    session_id: SessionId
    workspace_id: WorkspaceId
    cookie: str | None = None
    tokens: Tokens | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondStep:
    """A log-in whose password was right: the challenge that a code answers within `expires_in` seconds."""

    challenge: str
    expires_in: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Where a request without identity comes from, for limits and the list of sessions."""

    address: str = "unknown"
    user_agent: str = ""
    device: str = ""
    """The value of the device cookie, empty when there is none."""
    locale: Locale = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A user as a member of a workspace."""

    user_id: UserId
    actor_id: ActorId
    name: str
    email: str
    role: str
    email_confirmed: bool
    second_factor: bool
    active: bool
    joined_at: datetime
    locale: str | None
    """The language that they chose, for what is written to them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSession:
    """A session in the list that its user sees."""

    id: SessionId
    kind: str
    user_agent: str
    address: str
    created_at: datetime
    last_seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """An API key as lists show it; the key itself is kept by nobody but its user."""

    id: KeyId
    name: str
    prefix: str
    scopes: Sequence[str]
    per_minute: int
    user_id: UserId
    maker: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """What a person asks of a new API key."""

    name: str
    scopes: Collection[str]
    per_minute: int
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MyWorkspace:
    """A workspace that a user belongs to."""

    id: WorkspaceId
    slug: str
    name: str
    kind: str
    accent: str
    role: str


@dataclass(frozen=True, slots=True)
class UnusedAccount:
    """An account that nobody has used for long."""

    id: UserId
    email: str
    last_seen: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One of the times that a request with an idempotency key comes. `holder` tells the attempts apart."""

    workspace_id: WorkspaceId
    actor_id: ActorId
    route: str
    key: str
    request_hash: bytes
    holder: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was answered: status, the headers that matter, and the bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes
