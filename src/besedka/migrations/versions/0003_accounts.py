"""API keys, the second step of logging in, people who are kept out, addresses that change."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from besedka.core.db import rls

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    _add_api_keys()
    _add_second_factor()
    op.add_column(
        "membership", sa.Column("deactivated_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_index(
        "ix_one_time_token_reserved",
        "one_time_token",
        [sa.literal_column("(data ->> 'email')")],
        postgresql_where=sa.text("kind = 'email_undo'"),
    )
    for statement in rls.policy_statements("api_key"):
        op.execute(statement)


def _add_api_keys() -> None:
    op.create_table(
        "api_key",
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("per_minute", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "actor_id"],
            ["membership.workspace_id", "membership.actor_id"],
            name=op.f("fk_api_key_workspace_id_actor_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_api_key")),
    )
    op.create_index("uq_api_key_hash", "api_key", ["workspace_id", "hash"], unique=True)
    op.create_index("ix_api_key_actor", "api_key", ["workspace_id", "actor_id"])
    op.create_index(
        "ix_api_key_expires",
        "api_key",
        ["expires_at"],
        postgresql_where=sa.text("expires_at IS NOT NULL"),
    )


def _add_second_factor() -> None:
    op.add_column(
        "app_user", sa.Column("second_factor_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "workspace",
        sa.Column(
            "second_factor_required",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
        ),
    )
    op.create_table(
        "second_factor",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        *_of_user(),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_second_factor")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        *_of_user(),
        sa.PrimaryKeyConstraint("user_id", "hash", name=op.f("pk_recovery_code")),
    )
    op.create_table(
        "login_challenge",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        *_of_user(),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_login_challenge")),
    )
    op.create_index("ix_login_challenge_user", "login_challenge", ["user_id"])
    op.create_index("ix_login_challenge_expires", "login_challenge", ["expires_at"])


def _of_user() -> tuple[sa.schema.SchemaItem, ...]:
    """Return what tables that hang on a user have in common."""
    return (
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], ondelete="CASCADE"),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_one_time_token_reserved", "one_time_token")
    op.drop_column("membership", "deactivated_at")
    for table in ("login_challenge", "recovery_code", "second_factor"):
        op.drop_table(table)
    op.drop_column("workspace", "second_factor_required")
    op.drop_column("app_user", "second_factor_at")
    op.drop_table("api_key")
