"""Sites: their rounds, their pages, and sources that are read again by themselves; models that serve searches."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from besedka.core.db import rls

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

SECURED = ("site", "site_page")
MODELS = ("embedding_model", "rerank_model")


def _own() -> list[sa.Column[object]]:
    return [
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
    ]


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=True)


def _number(name: str, kind: type[sa.Integer] = sa.Integer) -> sa.Column[object]:
    return sa.Column(name, kind(), server_default=sa.text("0"), nullable=False)


def _widen_source() -> None:
    op.add_column("source", sa.Column("parent_id", sa.Uuid(), nullable=True))
    op.add_column("source", _number("done"))
    op.add_column("source", _number("total"))
    op.add_column("source", sa.Column("refresh_hours", sa.Integer(), nullable=True))
    op.add_column("source", _moment("refresh_at"))
    op.add_column("source", sa.Column("hash", sa.LargeBinary(), nullable=True))
    op.create_foreign_key(
        op.f("fk_source_workspace_id_parent_id"), "source", "source",
        ["workspace_id", "parent_id"], ["workspace_id", "id"], ondelete="CASCADE",
    )  # fmt: skip
    op.create_index(
        "ix_source_parent", "source", ["workspace_id", "parent_id"],
        postgresql_where=sa.text("parent_id IS NOT NULL"),
    )  # fmt: skip
    op.create_index(
        "ix_source_refresh", "source", ["refresh_at"],
        postgresql_where=sa.text("refresh_at IS NOT NULL"),
    )  # fmt: skip


def _make_site() -> None:
    op.create_table(
        "site",
        sa.Column("include", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("exclude", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("max_pages", sa.Integer(), nullable=False),
        sa.Column("max_depth", sa.Integer(), nullable=False),
        sa.Column("is_preview", sa.Boolean(), nullable=False),
        sa.Column("is_visiting", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        _number("part"),
        _moment("began_at"),
        _number("fetched", sa.BigInteger),
        _number("failures"),
        sa.Column("robots", sa.LargeBinary(), nullable=True),
        *_own(),
        sa.ForeignKeyConstraint(
            ["workspace_id", "id"], ["source.workspace_id", "source.id"],
            name=op.f("fk_site_workspace_id_id"), ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_site")),
    )  # fmt: skip


def _make_page() -> None:
    op.create_table(
        "site_page",
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("depth", sa.SmallInteger(), nullable=False),
        _number("tries", sa.SmallInteger),
        _number("missed", sa.SmallInteger),
        sa.Column("etag", sa.Text(), server_default="", nullable=False),
        sa.Column("modified", sa.Text(), server_default="", nullable=False),
        _moment("changed_at"),
        _moment("visited_at"),
        sa.Column("hash", sa.LargeBinary(), nullable=True),
        sa.Column("error", postgresql.JSONB(), nullable=True),
        *_own(),
        sa.ForeignKeyConstraint(
            ["workspace_id", "site_id"], ["site.workspace_id", "site.id"],
            name=op.f("fk_site_page_workspace_id_site_id"), ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_site_page")),
    )  # fmt: skip
    columns = ["workspace_id", "site_id", "url"]
    op.create_index("uq_site_page_url", "site_page", columns, unique=True)
    op.create_index("ix_site_page_hash", "site_page", ["workspace_id", "site_id", "hash"])


def upgrade() -> None:
    """Apply."""
    _widen_source()
    _make_site()
    _make_page()
    for name in MODELS:
        op.add_column("llm_provider", sa.Column(name, sa.Text(), server_default="", nullable=False))
    for table in SECURED:
        for statement in rls.policy_statements(table):
            op.execute(statement)


def downgrade() -> None:
    """Take back; the pages of sites go with them."""
    op.execute("DROP SCHEMA IF EXISTS besedka_vectors CASCADE")
    for name in MODELS:
        op.drop_column("llm_provider", name)
    op.execute(
        "UPDATE collection SET chunks = collection.chunks - gone.chunks, words = collection.words - gone.words"
        " FROM (SELECT workspace_id, collection_id, sum(chunks)::int AS chunks, sum(words)::bigint AS words"
        "  FROM source WHERE parent_id IS NOT NULL GROUP BY workspace_id, collection_id) AS gone"
        " WHERE collection.workspace_id = gone.workspace_id AND collection.id = gone.collection_id"
    )
    op.execute("DELETE FROM source WHERE kind IN ('site', 'page')")
    op.drop_table("site_page")
    op.drop_table("site")
    op.drop_index("ix_source_refresh", table_name="source")
    op.drop_index("ix_source_parent", table_name="source")
    op.drop_constraint(op.f("fk_source_workspace_id_parent_id"), "source", type_="foreignkey")
    for name in ("hash", "refresh_at", "refresh_hours", "total", "done", "parent_id"):
        op.drop_column("source", name)
