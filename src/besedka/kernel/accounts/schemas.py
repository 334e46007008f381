"""What the API of accounts takes and gives."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, StringConstraints

from besedka.core.schemas import Read, Write
from besedka.kernel.accounts.types import MOST_PER_MINUTE, Role


def _storable(value: str) -> str:
    if "\x00" in value:
        raise ValueError("a NUL character")
    return value


def _no_id(value: str) -> str:
    """Refuse an address that reads as an id: a workspace can be named by either."""
    try:
        UUID(value)
    except ValueError:
        return value
    raise ValueError("an id")


def _whole(value: object) -> object:
    """Refuse lone surrogates, which JSON can spell and nothing can encode."""
    if isinstance(value, str):
        value.encode()
    return value


Line = Annotated[str, BeforeValidator(_whole), AfterValidator(_storable)]
Email = Annotated[Line, Field(min_length=3, max_length=254, examples=["hr@techcorp.com"])]
Name = Annotated[Line, Field(max_length=100)]
Password = Annotated[
    str,
    StringConstraints(strip_whitespace=False, min_length=1, max_length=2048),
    BeforeValidator(_whole),
]
Token = Annotated[Line, Field(min_length=1, max_length=200)]
Slug = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$"),
    AfterValidator(_no_id),
]


class Register(Write):
    """A person signs up."""

    email: Email
    password: Password
    name: Name = ""


class RegisterCompany(Write):
    """A company signs up."""

    company_name: Annotated[Name, Field(min_length=1)]
    email: Email
    password: Password
    name: Name = ""


class LogIn(Write):
    """A person logs in."""

    email: Email
    password: Password


class SecondFactorAsked(Read):
    """The password was right: answer the challenge `second_factor` with a code within `expires_in` seconds."""

    second_factor: str = Field(validation_alias="challenge")
    expires_in: int


Code = Annotated[Line, Field(min_length=1, max_length=40)]


class SecondFactorGiven(Write):
    """The second step of a log-in: a code of the authenticator, or a recovery code."""

    second_factor: Token
    code: Code


class SecondFactorBegin(Write):
    """A second step is to be set up."""

    password: Password


class SecondFactorBegun(Read):
    """What an authenticator is given: the secret in base32, or the whole address."""

    secret: str
    address: str


class SecondFactorConfirm(Write):
    """A code shows that the authenticator has the secret."""

    code: Code


class SecondFactorProof(Write):
    """Password and code, before the second step is changed."""

    password: Password
    code: Code


class RecoveryCodes(Read):
    """Codes that work once each when the authenticator is lost; shown this once."""

    recovery_codes: list[str]


class SecondFactorRead(Read):
    """Since when logging in takes a second step, and how many recovery codes are left."""

    since: datetime | None
    codes_left: int


class Refresh(Write):
    """Tokens are renewed."""

    refresh_token: Token


class TokensRead(Read):
    """Access and refresh tokens; `expires_in` in seconds."""

    access_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - the name of the scheme
    expires_in: int
    refresh_token: str


class PasswordChange(Write):
    """A password is changed by its owner."""

    current: Password
    new: Password


class PasswordForgot(Write):
    """A link to set a new password is asked for."""

    email: Email


class PasswordReset(Write):
    """A new password is set by a link."""

    token: Token
    password: Password


class EmailConfirm(Write):
    """An address is confirmed by a link."""

    token: Token


class EmailRequest(Write):
    """A person wants to have another address."""

    email: Email
    password: Password


class WorkspaceSwitch(Write):
    """The default workspace of the session changes; slug or id."""

    workspace: Annotated[Line, Field(min_length=1, max_length=60)]


class WorkspaceRead(Read):
    """A workspace that one belongs to."""

    id: UUID
    slug: str
    name: str
    kind: str
    accent: str = ""
    role: str


class WorkspaceCreate(Write):
    """A company is founded."""

    name: Annotated[Name, Field(min_length=1)]


class WorkspaceUpdate(Write):
    """A workspace changes; what is left out stays."""

    name: Annotated[Name, Field(min_length=1)] | None = None
    slug: Slug | None = None
    accent: Annotated[str, StringConstraints(pattern=r"^(#[0-9a-f]{6})?$")] | None = None
    second_factor_required: bool | None = None


class WorkspaceBrief(Read):
    """The workspace of a request."""

    id: UUID
    slug: str
    name: str
    kind: str


class Me(Read):
    """Who asks, and in which workspace."""

    id: UUID
    email: str
    name: str
    locale: Literal["ru", "en"] | None
    email_confirmed: bool
    is_host: bool
    actor: UUID
    role: Role
    permissions: list[str]
    workspace: WorkspaceBrief


class MeUpdate(Write):
    """A person changes their name or language; what is left out stays."""

    name: Annotated[Name, Field(min_length=1)] | None = None
    locale: Literal["ru", "en"] | None = None


class AccountErase(Write):
    """An account is deleted; with `with_companies` so are companies that nobody else is in."""

    password: Password
    with_companies: bool = False


class SessionRead(Read):
    """An open session; `current` is the one that asks."""

    id: UUID
    kind: str
    user_agent: str
    address: str
    created_at: datetime
    last_seen_at: datetime
    current: bool


class PersonRead(Read):
    """A member of the workspace."""

    id: UUID = Field(validation_alias="user_id")
    actor: UUID = Field(validation_alias="actor_id")
    name: str
    email: str
    role: Role
    email_confirmed: bool
    second_factor: bool
    active: bool
    joined_at: datetime


class PersonAdd(Write):
    """Somebody is added to the workspace."""

    email: Email
    name: Name = ""
    role: Role = Role.OPERATOR


class PersonAdded(Read):
    """Who was added; `link` sets the password, and is there only when no letter could be sent."""

    person: PersonRead
    link: str | None = None


class RoleChange(Write):
    """A member gets another role."""

    role: Role


class KeyCreate(Write):
    """An API key is made; `scopes` are permissions of its maker's."""

    name: Annotated[Name, Field(min_length=1)]
    scopes: Annotated[set[Annotated[Line, Field(max_length=60)]], Field(max_length=200)]
    per_minute: Annotated[int, Field(ge=1, le=MOST_PER_MINUTE)] = MOST_PER_MINUTE
    expires_at: AwareDatetime | None = None


class KeyRead(Read):
    """An API key without the key itself; `prefix` is how it begins."""

    id: UUID
    name: str
    prefix: str
    scopes: list[str]
    per_minute: int
    user_id: UUID
    maker: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


class KeyMade(KeyRead):
    """A new API key; `token` is the key, shown this once."""

    token: str
