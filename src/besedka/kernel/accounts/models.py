"""Tables of accounts. Users, workspaces and sessions stand outside row security: they are what decides it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from besedka.core.db.models import Base, Created, Tenant


class User(Created, Base):
    """A person who can log in. `email` is stored normalised, in lower case."""

    __tablename__ = "app_user"
    __table_args__ = (CheckConstraint("email = lower(email)", name="email_lower"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str | None]
    """Argon2id, or bcrypt of an imported user; none until the person has set one."""
    locale: Mapped[str | None]
    is_host: Mapped[bool] = mapped_column(server_default=text("false"))
    email_confirmed_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    second_factor_at: Mapped[datetime | None]
    """Since when logging in takes a second step."""
    last_seen_at: Mapped[datetime | None]
    """When a session that is deleted by now was last used."""


class Workspace(Created, Base):
    """A company or a person's own room."""

    __tablename__ = "workspace"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[str]
    accent: Mapped[str] = mapped_column(server_default="")
    second_factor_required: Mapped[bool] = mapped_column(server_default=text("false"))
    settings: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))


class Actor(Tenant, Base):
    """Whoever can appear in a workspace's conversations."""

    __tablename__ = "actor"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id"], ["workspace.id"], ondelete="CASCADE"),
        Index(
            "uq_actor_user", "workspace_id", "user_id", unique=True,
            postgresql_where=text("user_id IS NOT NULL"),
        ),
        Index("ix_actor_user", "user_id", postgresql_where=text("user_id IS NOT NULL")),
        Index(
            "uq_actor_system", "workspace_id", unique=True,
            postgresql_where=text("kind = 'system'"),
        ),
    )  # fmt: skip

    kind: Mapped[str]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("app_user.id", ondelete="SET NULL"))
    name: Mapped[str]


class Membership(Created, Base):
    """A user's place in a workspace."""

    __tablename__ = "membership"
    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "actor_id"], ["actor.workspace_id", "actor.id"], ondelete="CASCADE"
        ),
        Index("uq_membership_workspace_user", "workspace_id", "user_id", unique=True),
        Index("ix_membership_user", "user_id"),
    )

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    actor_id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("app_user.id", ondelete="CASCADE"))
    role: Mapped[str]
    deactivated_at: Mapped[datetime | None]
    """Since when the person is kept out; what they wrote keeps its author."""


class Session(Created, Base):
    """A log-in, on one device. `secret_hash` is the SHA-256 of the cookie, empty for bearers."""

    __tablename__ = "session"
    __table_args__ = (
        Index(
            "uq_session_secret", "secret_hash", unique=True,
            postgresql_where=text("secret_hash IS NOT NULL"),
        ),
        Index("ix_session_user", "user_id"),
        Index("ix_session_expires", "expires_at"),
    )  # fmt: skip

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("app_user.id", ondelete="CASCADE"))
    kind: Mapped[str]
    secret_hash: Mapped[bytes | None]
    default_workspace_id: Mapped[UUID] = mapped_column(
        ForeignKey("workspace.id", ondelete="CASCADE")
    )
    user_agent: Mapped[str] = mapped_column(server_default="")
    address: Mapped[str] = mapped_column(server_default="")
    last_seen_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class ApiKey(Tenant, Base):
    """A program's way in, for one workspace and with rights within its maker's.

    It goes with the membership that made it. `hash` is the SHA-256 of the key, which is random; `prefix` is what is
    shown of it.
    """

    __tablename__ = "api_key"
    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "actor_id"],
            ["membership.workspace_id", "membership.actor_id"],
            ondelete="CASCADE",
        ),
        Index("uq_api_key_hash", "workspace_id", "hash", unique=True),
        Index("ix_api_key_actor", "workspace_id", "actor_id"),
        Index("ix_api_key_expires", "expires_at", postgresql_where=text("expires_at IS NOT NULL")),
    )

    actor_id: Mapped[UUID]
    name: Mapped[str]
    prefix: Mapped[str]
    hash: Mapped[bytes]
    scopes: Mapped[list[Any]]
    per_minute: Mapped[int]
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]


class RefreshToken(Created, Base):
    """One link of a session's chain of refresh tokens; only the hash is kept."""

    __tablename__ = "refresh_token"
    __table_args__ = (Index("ix_refresh_token_session", "session_id"),)

    hash: Mapped[bytes] = mapped_column(primary_key=True)
    session_id: Mapped[UUID] = mapped_column(ForeignKey("session.id", ondelete="CASCADE"))
    used_at: Mapped[datetime | None]
    successor_hash: Mapped[bytes | None]
    expires_at: Mapped[datetime]


class SecondFactor(Created, Base):
    """What an authenticator shares with us, sealed. It counts once the user's `second_factor_at` is set.

    `last_step` is the last half minute whose code was used: no code works twice.
    """

    __tablename__ = "second_factor"

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("app_user.id", ondelete="CASCADE"), primary_key=True
    )
    secret: Mapped[bytes]
    last_step: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))


class RecoveryCode(Created, Base):
    """A code for the day when the authenticator is lost, as an HMAC; a used one is deleted."""

    __tablename__ = "recovery_code"

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("app_user.id", ondelete="CASCADE"), primary_key=True
    )
    hash: Mapped[bytes] = mapped_column(primary_key=True)


class LoginChallenge(Created, Base):
    """A log-in whose password was right and whose second step is awaited; only the hash is kept."""

    __tablename__ = "login_challenge"
    __table_args__ = (
        Index("ix_login_challenge_user", "user_id"),
        Index("ix_login_challenge_expires", "expires_at"),
    )

    hash: Mapped[bytes] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("app_user.id", ondelete="CASCADE"))
    kind: Mapped[str]
    tries: Mapped[int] = mapped_column(server_default=text("0"))
    expires_at: Mapped[datetime]


class OneTimeToken(Created, Base):
    """A link that works once; only the hash is kept."""

    __tablename__ = "one_time_token"
    __table_args__ = (
        Index("ix_one_time_token_user", "user_id"),
        Index("ix_one_time_token_expires", "expires_at"),
        Index(
            "ix_one_time_token_reserved",
            text("(data ->> 'email')"),
            postgresql_where=text("kind = 'email_undo'"),
        ),
    )

    hash: Mapped[bytes] = mapped_column(primary_key=True)
    kind: Mapped[str]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("app_user.id", ondelete="CASCADE"))
    data: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class IdempotencyKey(Created, Base):
    """A request that is sent once or more, and what was answered, sealed; without a status it still runs.

    The one who works on it is `holder`, until `lease_until`: a process that died keeps nobody out for long.
    """

    __tablename__ = "idempotency_key"
    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "actor_id"], ["actor.workspace_id", "actor.id"], ondelete="CASCADE"
        ),
        Index("ix_idempotency_key_created", "created_at"),
    )

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    actor_id: Mapped[UUID] = mapped_column(primary_key=True)
    route: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    request_hash: Mapped[bytes]
    holder: Mapped[UUID]
    lease_until: Mapped[datetime]
    status: Mapped[int | None]
    headers: Mapped[dict[str, Any] | None]
    body: Mapped[bytes | None]
