"""Files: pictures' smaller copies, what is known of content, the room that a workspace's files take."""

import sqlalchemy as sa
from alembic import op

from besedka.core.db import rls

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

SECURED = ("file_variant", "file_space", "file_resumable")
LOOK = ("width", "height", "placeholder", "duration_ms", "scan")


def _moment() -> sa.Column[object]:
    now = sa.text("now()")
    return sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False)


def upgrade() -> None:
    """Apply."""
    op.add_column("file_blob", sa.Column("width", sa.Integer(), nullable=True))
    op.add_column("file_blob", sa.Column("height", sa.Integer(), nullable=True))
    op.add_column("file_blob", sa.Column("placeholder", sa.LargeBinary(), nullable=True))
    op.add_column("file_blob", sa.Column("duration_ms", sa.BigInteger(), nullable=True))
    op.add_column("file_blob", sa.Column("scan", sa.Text(), server_default="off", nullable=False))
    op.create_table(
        "file_variant",
        sa.Column("blob_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        _moment(),
        sa.ForeignKeyConstraint(
            ["workspace_id", "blob_id"],
            ["file_blob.workspace_id", "file_blob.id"],
            name=op.f("fk_file_variant_workspace_id_blob_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_file_variant")),
        sa.UniqueConstraint("key", name=op.f("uq_file_variant_key")),
    )
    op.create_index(
        "uq_file_variant_name", "file_variant", ["workspace_id", "blob_id", "name"], unique=True
    )
    op.create_table(
        "file_space",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("used_bytes", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("quota_bytes", sa.BigInteger(), nullable=True),
        sa.Column("keep_days", sa.Integer(), nullable=True),
        _moment(),
        sa.CheckConstraint("used_bytes >= 0", name=op.f("ck_file_space_used_not_negative")),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspace.id"],
            name=op.f("fk_file_space_workspace_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", name=op.f("pk_file_space")),
    )
    _create_resumable()
    op.execute(
        "INSERT INTO file_space (workspace_id, used_bytes)"
        " SELECT workspace_id, sum(size) FROM file_blob GROUP BY workspace_id"
    )
    for table in SECURED:
        for statement in rls.policy_statements(table):
            op.execute(statement)


def _create_resumable() -> None:
    op.create_table(
        "file_resumable",
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        _moment(),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspace.id"],
            name=op.f("fk_file_resumable_workspace_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "actor_id"],
            ["actor.workspace_id", "actor.id"],
            name=op.f("fk_file_resumable_workspace_id_actor_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "file_id"],
            ["file.workspace_id", "file.id"],
            name=op.f("fk_file_resumable_workspace_id_file_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_file_resumable")),
    )
    for name, columns in (
        ("actor", ["workspace_id", "actor_id"]),
        ("file", ["workspace_id", "file_id"]),
        ("expires", ["expires_at"]),
    ):
        op.create_index(f"ix_file_resumable_{name}", "file_resumable", columns)


def downgrade() -> None:
    """Take back."""
    op.drop_table("file_resumable")
    op.drop_table("file_space")
    op.drop_table("file_variant")
    for column in LOOK:
        op.drop_column("file_blob", column)
