"""Servers of models that hosts connect and their order, keys of single persons, and who may use which model."""

import sqlalchemy as sa
from alembic import op

from besedka.core.db import rls

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def _created() -> sa.Column[object]:
    return sa.Column(
        "created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
    )


def _servers() -> None:
    op.create_table(
        "llm_server",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("base_url", sa.Text(), nullable=False),
        sa.Column("api_key", sa.LargeBinary(), nullable=True),
        _created(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_llm_server")),
        sa.UniqueConstraint("name", name=op.f("uq_llm_server_name")),
    )
    op.create_table(
        "llm_server_model",
        sa.Column("server_id", sa.Uuid(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("upstream", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("context", sa.Integer(), nullable=True),
        sa.Column("abilities", sa.ARRAY(sa.Text()), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("input", sa.BigInteger(), nullable=True),
        sa.Column("output", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(currency IS NULL) = (input IS NULL) AND (input IS NULL) = (output IS NULL)",
            name=op.f("ck_llm_server_model_price_whole"),
        ),
        sa.CheckConstraint(
            "coalesce(input, 0) >= 0 AND coalesce(output, 0) >= 0",
            name=op.f("ck_llm_server_model_price_positive"),
        ),
        sa.ForeignKeyConstraint(
            ["server_id"], ["llm_server.id"], name=op.f("fk_llm_server_model_server_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("server_id", "model", name=op.f("pk_llm_server_model")),
    )  # fmt: skip
    op.create_table(
        "llm_place",
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("provider", name=op.f("pk_llm_place")),
    )


def _rules() -> None:
    op.create_table(
        "llm_model_rule",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        _created(),
        sa.CheckConstraint(
            "role IS NULL OR actor_id IS NULL", name=op.f("ck_llm_model_rule_one_whom")
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "actor_id"],
            ["membership.workspace_id", "membership.actor_id"],
            name=op.f("fk_llm_model_rule_workspace_id_actor_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_llm_model_rule")),
    )


def _persons() -> None:
    op.add_column("llm_provider", sa.Column("actor_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_llm_provider_workspace_id_actor_id"), "llm_provider", "membership",
        ["workspace_id", "actor_id"], ["workspace_id", "actor_id"], ondelete="CASCADE",
    )  # fmt: skip
    op.drop_constraint(op.f("uq_llm_provider_workspace_id_name"), "llm_provider")
    op.create_index(
        "uq_llm_provider_name", "llm_provider", ["workspace_id", "name"], unique=True,
        postgresql_where=sa.text("actor_id IS NULL"),
    )  # fmt: skip
    op.create_index(
        "uq_llm_provider_whose", "llm_provider", ["workspace_id", "actor_id"], unique=True,
        postgresql_where=sa.text("actor_id IS NOT NULL"),
    )  # fmt: skip


def upgrade() -> None:
    """Apply."""
    _servers()
    _rules()
    _persons()
    # Hosts look at the calls of the last hours, of all workspaces; rows come in the order of their time.
    op.create_index("ix_llm_run_recent", "llm_run", ["created_at"], postgresql_using="brin")
    for statement in rls.policy_statements("llm_model_rule"):
        op.execute(statement)


def downgrade() -> None:
    """Take back; keys of persons and servers of hosts are forgotten."""
    op.drop_index("ix_llm_run_recent", "llm_run")
    op.execute("DELETE FROM llm_provider WHERE actor_id IS NOT NULL")
    op.drop_index("uq_llm_provider_whose", "llm_provider")
    op.drop_index("uq_llm_provider_name", "llm_provider")
    op.create_unique_constraint(
        op.f("uq_llm_provider_workspace_id_name"), "llm_provider", ["workspace_id", "name"]
    )
    op.drop_constraint(op.f("fk_llm_provider_workspace_id_actor_id"), "llm_provider")
    op.drop_column("llm_provider", "actor_id")
    for table in ("llm_model_rule", "llm_place", "llm_server_model", "llm_server"):
        op.drop_table(table)
