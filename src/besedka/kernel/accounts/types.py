"""Vocabulary of accounts."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from besedka.core.i18n import Locale
from besedka.core.ids import ActorId, SessionId, UserId, WorkspaceId


class Role(StrEnum):
    """What a person is in a workspace; the manifests say what each role may do."""

    OWNER = "owner"
    ADMIN = "admin"
    OPERATOR = "operator"
    RECRUITER = "recruiter"
    SALES = "sales"
    MEMBER = "member"


ADMINISTRATORS = frozenset({Role.OWNER.value, Role.ADMIN.value})
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


@dataclass(frozen=True, slots=True)
class Identity:
    """Who makes a request, and in which workspace."""

    user_id: UserId
    session_id: SessionId
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

    def may(self, permission: str) -> bool:
        """Whether the role has a permission."""
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
    joined_at: datetime


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
class MyWorkspace:
    """A workspace that a user belongs to."""

    id: WorkspaceId
    slug: str
    name: str
    kind: str
    accent: str
    role: str
