"""What messages can be found by; labels and links of conversations; merged contacts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from besedka.core.db import rls

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

SECURED = ("label", "conversation_label", "conversation_link")


def _keys() -> list[sa.Column[object]]:
    return [
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
    ]


def _conversation() -> list[sa.Column[object]]:
    return [
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
    ]


def _moment() -> sa.Column[object]:
    now = sa.text("now()")
    return sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False)


def _refers(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["workspace_id", column],
        [f"{other}.workspace_id", f"{other}.id"],
        name=op.f(f"fk_{table}_workspace_id_{column}"),
        ondelete="CASCADE",
    )


def _search() -> None:
    op.add_column("message_ref", sa.Column("words", postgresql.TSVECTOR(), nullable=True))


def _labels() -> None:
    op.create_table(
        "label",
        *_keys(),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("colour", sa.Text(), nullable=False),
        _moment(),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspace.id"], name=op.f("fk_label_workspace_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_label")),
    )  # fmt: skip
    name = [sa.text("workspace_id"), sa.text("lower(name)")]
    op.create_index("uq_label_name", "label", name, unique=True)
    op.create_table(
        "conversation_label",
        *_conversation(),
        sa.Column("label_id", sa.Uuid(), nullable=False),
        _moment(),
        _refers("conversation_label", "conversation_id", "conversation"),
        _refers("conversation_label", "label_id", "label"),
        sa.PrimaryKeyConstraint(
            "workspace_id", "conversation_id", "label_id", name=op.f("pk_conversation_label")
        ),
    )
    columns = ["workspace_id", "label_id"]
    op.create_index("ix_conversation_label_label", "conversation_label", columns)
    op.create_table(
        "conversation_link",
        *_conversation(),
        sa.Column("entity_type", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.Uuid(), nullable=False),
        _moment(),
        _refers("conversation_link", "conversation_id", "conversation"),
        sa.PrimaryKeyConstraint(
            "workspace_id", "conversation_id", "entity_type", "entity_id",
            name=op.f("pk_conversation_link"),
        ),
    )  # fmt: skip
    columns = ["workspace_id", "entity_type", "entity_id"]
    op.create_index("ix_conversation_link_entity", "conversation_link", columns)


def _contacts() -> None:
    op.add_column("contact", sa.Column("merged_into", sa.Uuid(), nullable=True))
    op.add_column("contact", sa.Column("merged_was", postgresql.JSONB(), nullable=True))
    op.create_foreign_key(
        op.f("fk_contact_workspace_id_merged_into"),
        "contact",
        "contact",
        ["workspace_id", "merged_into"],
        ["workspace_id", "id"],
    )
    op.create_index(
        "ix_contact_merged",
        "contact",
        ["workspace_id", "merged_into"],
        postgresql_where=sa.text("merged_into IS NOT NULL"),
    )
    op.create_index("ix_contact_phone", "contact", ["workspace_id", "phone"])


def upgrade() -> None:
    """Apply."""
    _search()
    _labels()
    _contacts()
    for table in SECURED:
        for statement in rls.policy_statements(table):
            op.execute(statement)


def downgrade() -> None:
    """Take back."""
    for index in ("ix_contact_phone", "ix_contact_merged"):
        op.drop_index(index, table_name="contact")
    op.drop_column("contact", "merged_was")
    op.drop_column("contact", "merged_into")
    for table in reversed(SECURED):
        op.drop_table(table)
    op.drop_column("message_ref", "words")
