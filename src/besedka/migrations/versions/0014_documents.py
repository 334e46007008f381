"""Passages that are edited, switched off and counted; documents in the trash, and what they said before."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from besedka.core.db import rls

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

SECURED = ("passage_use", "source_version", "duplicate")
ON_PASSAGES = ("is_off", "original", "edited_at", "found", "cited", "found_at")


def _own(table: str) -> list[sa.Column[object] | sa.PrimaryKeyConstraint]:
    return [
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f(f"pk_{table}")),
    ]


def _widen() -> None:
    off: sa.Column[bool] = sa.Column(
        "is_off", sa.Boolean(), server_default=sa.text("false"), nullable=False
    )
    op.add_column("chunk", off)
    op.add_column("chunk", sa.Column("original", sa.Text(), nullable=True))
    for table, name in (
        ("chunk", "edited_at"),
        ("chunk", "found_at"),
        ("source", "deleted_at"),
        ("source", "found_at"),
    ):
        op.add_column(table, sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    for table, name in (("chunk", "found"), ("chunk", "cited"), ("source", "found")):
        number = sa.Column(name, sa.Integer(), server_default=sa.text("0"), nullable=False)
        op.add_column(table, number)
    op.create_index(
        "ix_source_deleted", "source", ["deleted_at"],
        postgresql_where=sa.text("deleted_at IS NOT NULL"),
    )  # fmt: skip


def _make_duplicate() -> None:
    collection = sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True)
    op.add_column("collection", collection)
    op.create_table(
        "duplicate",
        sa.Column("twin_id", sa.Uuid(), nullable=False),
        sa.Column("likeness", sa.SmallInteger(), nullable=False),
        *_own("duplicate"),
        *(
            sa.ForeignKeyConstraint(
                ["workspace_id", column], ["chunk.workspace_id", "chunk.id"],
                name=op.f(f"fk_duplicate_workspace_id_{column}"), ondelete="CASCADE",
            )
            for column in ("id", "twin_id")
        ),
    )  # fmt: skip
    op.create_index("ix_duplicate_twin", "duplicate", ["workspace_id", "twin_id"])


def upgrade() -> None:
    """Apply."""
    _widen()
    _make_duplicate()
    op.create_table(
        "passage_use",
        sa.Column("found", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("cited", postgresql.ARRAY(sa.Uuid()), nullable=False),
        *_own("passage_use"),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_passage_use_workspace_id"), ondelete="CASCADE",
        ),
    )  # fmt: skip
    op.create_table(
        "source_version",
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("chars", sa.Integer(), nullable=False),
        sa.Column("chunks", sa.Integer(), nullable=False),
        sa.Column("passages", postgresql.JSONB(), nullable=False),
        *_own("source_version"),
        sa.ForeignKeyConstraint(
            ["workspace_id", "source_id"], ["source.workspace_id", "source.id"],
            name=op.f("fk_source_version_workspace_id_source_id"), ondelete="CASCADE",
        ),
    )  # fmt: skip
    op.create_index(
        "ix_source_version_source", "source_version", ["workspace_id", "source_id", "id"]
    )
    op.create_index("ix_source_version_created", "source_version", ["created_at"])
    for table in SECURED:
        for statement in rls.policy_statements(table):
            op.execute(statement)


def downgrade() -> None:
    """Take back; what lies in the trash is gone."""
    op.drop_table("duplicate")
    op.drop_column("collection", "checked_at")
    op.drop_table("source_version")
    op.drop_table("passage_use")
    op.execute("DELETE FROM source WHERE deleted_at IS NOT NULL")
    op.drop_index("ix_source_deleted", "source")
    for name in ("deleted_at", "found", "found_at"):
        op.drop_column("source", name)
    for name in ON_PASSAGES:
        op.drop_column("chunk", name)
