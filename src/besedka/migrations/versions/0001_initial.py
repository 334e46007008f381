"""The first schema."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from besedka.core.db import rls

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SECURED = (
    "audit_event",
    "collection",
    "letter",
    "llm_model_price",
    "llm_provider",
    "llm_run",
    "message_ref",
    "prompt_version",
    "actor",
    "file_blob",
    "word",
    "assistant",
    "contact",
    "conversation",
    "file",
    "membership",
    "contact_identity",
    "demo_company",
    "message",
    "participant",
    "reply_run",
    "source",
    "widget",
    "chunk",
    "widget_visitor",
    "posting",
)


def upgrade() -> None:
    """Apply."""
    op.execute(rls.ROLES)
    op.create_table(
        "app_user",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("locale", sa.Text(), nullable=True),
        sa.Column("is_host", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("email_confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_app_user_email_lower")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_app_user")),
        sa.UniqueConstraint("email", name=op.f("uq_app_user_email")),
    )
    op.create_table(
        "audit_event",
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("target_type", sa.Text(), server_default="", nullable=False),
        sa.Column("target_id", sa.Uuid(), nullable=True),
        sa.Column(
            "detail", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_audit_event")),
    )
    op.create_index(
        "ix_audit_event_target", "audit_event", ["workspace_id", "target_id", "id"], unique=False
    )
    op.create_table(
        "job",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("args", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), server_default="queued", nullable=False),
        sa.Column("priority", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column(
            "run_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("progress", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("unique_key", sa.Text(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        info={"row_security": False},
        postgresql_with={
            "fillfactor": 70,
            "autovacuum_vacuum_scale_factor": 0.01,
            "autovacuum_vacuum_threshold": 500,
        },
    )
    op.create_index(
        "ix_job_due",
        "job",
        [sa.literal_column("priority DESC"), "run_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.create_index(
        "ix_job_running", "job", ["id"], unique=False, postgresql_where=sa.text("state = 'running'")
    )
    op.create_index("ix_job_workspace", "job", ["workspace_id", "id"], unique=False)
    op.create_index(
        "uq_job_unfinished",
        "job",
        ["workspace_id", "unique_key"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("unique_key IS NOT NULL AND state IN ('queued', 'running')"),
    )
    op.create_table(
        "job_schedule",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("next_run", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_job_schedule")),
    )
    op.create_table(
        "letter",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("to_address", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body_text", sa.Text(), nullable=False),
        sa.Column("body_html", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="queued", nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter")),
    )
    op.create_index(
        "ix_letter_state",
        "letter",
        ["state", "id"],
        unique=False,
        postgresql_where=sa.text("state <> 'sent'"),
    )
    op.create_table(
        "llm_model_price",
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("input", sa.Numeric(), nullable=False),
        sa.Column("output", sa.Numeric(), nullable=False),
        sa.Column("cached_input", sa.Numeric(), nullable=True),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_llm_model_price")),
        sa.UniqueConstraint(
            "workspace_id", "model", name=op.f("uq_llm_model_price_workspace_id_model")
        ),
    )
    op.create_table(
        "llm_provider",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("base_url", sa.Text(), nullable=False),
        sa.Column("default_model", sa.Text(), nullable=False),
        sa.Column("api_key", sa.LargeBinary(), nullable=True),
        sa.Column("tested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("test_failure", sa.Text(), nullable=True),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_llm_provider")),
        sa.UniqueConstraint("workspace_id", "name", name=op.f("uq_llm_provider_workspace_id_name")),
    )
    op.create_table(
        "llm_run",
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("input_tokens", sa.Integer(), nullable=True),
        sa.Column("output_tokens", sa.Integer(), nullable=True),
        sa.Column("cached_tokens", sa.Integer(), nullable=True),
        sa.Column("usage_estimated", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("cost_micro", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("first_ms", sa.Integer(), nullable=True),
        sa.Column("total_ms", sa.Integer(), nullable=True),
        sa.Column("finish", sa.Text(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_llm_run")),
    )
    op.create_index("ix_llm_run_time", "llm_run", ["workspace_id", "created_at"], unique=False)
    op.create_table(
        "mail_server",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("port", sa.Integer(), nullable=False),
        sa.Column("security", sa.Text(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("password", sa.LargeBinary(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_mail_server_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_server")),
    )
    op.create_table(
        "message_ref",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_message_ref")),
    )
    op.create_table(
        "prompt_version",
        sa.Column("assistant_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("instructions", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_prompt_version")),
        sa.UniqueConstraint(
            "workspace_id",
            "assistant_id",
            "number",
            name=op.f("uq_prompt_version_workspace_id_assistant_id_number"),
        ),
    )
    op.create_table(
        "workspace",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("accent", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "settings",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workspace")),
        sa.UniqueConstraint("slug", name=op.f("uq_workspace_slug")),
    )
    op.create_table(
        "actor",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["app_user.id"], name=op.f("fk_actor_user_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspace.id"],
            name=op.f("fk_actor_workspace_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_actor")),
    )
    op.create_index(
        "ix_actor_user",
        "actor",
        ["user_id"],
        unique=False,
        postgresql_where=sa.text("user_id IS NOT NULL"),
    )
    op.create_index(
        "uq_actor_system",
        "actor",
        ["workspace_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'system'"),
    )
    op.create_index(
        "uq_actor_user",
        "actor",
        ["workspace_id", "user_id"],
        unique=True,
        postgresql_where=sa.text("user_id IS NOT NULL"),
    )
    op.create_table(
        "file_blob",
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("refs", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("refs > 0", name=op.f("ck_file_blob_refs_positive")),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspace.id"],
            name=op.f("fk_file_blob_workspace_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_file_blob")),
        sa.UniqueConstraint("key", name=op.f("uq_file_blob_key")),
    )
    op.create_index("uq_file_blob_sha256", "file_blob", ["workspace_id", "sha256"], unique=True)
    op.create_table(
        "one_time_token",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column(
            "data",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["app_user.id"], name=op.f("fk_one_time_token_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_one_time_token")),
    )
    op.create_index("ix_one_time_token_expires", "one_time_token", ["expires_at"], unique=False)
    op.create_index("ix_one_time_token_user", "one_time_token", ["user_id"], unique=False)
    op.create_table(
        "session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=True),
        sa.Column("default_workspace_id", sa.Uuid(), nullable=False),
        sa.Column("user_agent", sa.Text(), server_default="", nullable=False),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "last_seen_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["default_workspace_id"],
            ["workspace.id"],
            name=op.f("fk_session_default_workspace_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["app_user.id"], name=op.f("fk_session_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
    )
    op.create_index("ix_session_expires", "session", ["expires_at"], unique=False)
    op.create_index("ix_session_user", "session", ["user_id"], unique=False)
    op.create_index(
        "uq_session_secret",
        "session",
        ["secret_hash"],
        unique=True,
        postgresql_where=sa.text("secret_hash IS NOT NULL"),
    )
    op.create_table(
        "collection",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("chunks", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("words", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("vocabulary", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspace.id"],
            name=op.f("fk_collection_workspace_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_collection")),
    )
    op.create_table(
        "word",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("collection_id", sa.Uuid(), nullable=False),
        sa.Column("lexeme", sa.Text(collation="C"), nullable=False),
        sa.Column("spelling", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "collection_id"],
            ["collection.workspace_id", "collection.id"],
            name=op.f("fk_word_workspace_id_collection_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "collection_id", "lexeme", name=op.f("pk_word")),
    )
    op.create_index(
        "ix_word_end",
        "word",
        ["workspace_id", "collection_id", sa.literal_column("reverse(lexeme)")],
        unique=False,
    )
    op.create_table(
        "assistant",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("greeting", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("instructions", sa.Text(), nullable=False),
        sa.Column("tone", sa.Text(), nullable=False),
        sa.Column("length", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("temperature", sa.Double(), nullable=True),
        sa.Column("threshold", sa.Double(), nullable=False),
        sa.Column("collection_id", sa.Uuid(), nullable=False),
        sa.Column("handoff_keywords", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("prompt_version_id", sa.Uuid(), nullable=False),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "collection_id"],
            ["collection.workspace_id", "collection.id"],
            name=op.f("fk_assistant_workspace_id_collection_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "id"],
            ["actor.workspace_id", "actor.id"],
            name=op.f("fk_assistant_workspace_id_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_assistant")),
    )
    op.create_table(
        "contact",
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("locale", sa.Text(), nullable=True),
        sa.Column(
            "meta",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "id"],
            ["actor.workspace_id", "actor.id"],
            name=op.f("fk_contact_workspace_id_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_contact")),
    )
    op.create_index("ix_contact_email", "contact", ["workspace_id", "email"], unique=False)
    op.create_table(
        "conversation",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("assignee_id", sa.Uuid(), nullable=True),
        sa.Column("epoch", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("members_epoch", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("direct_key", sa.Text(), nullable=True),
        sa.Column("last_seq", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_public_seq", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("mod", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_message_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("preview", sa.Text(), server_default="", nullable=False),
        sa.Column("public_preview", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "meta",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "assignee_id"],
            ["actor.workspace_id", "actor.id"],
            name=op.f("fk_conversation_workspace_id_assignee_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspace.id"],
            name=op.f("fk_conversation_workspace_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_conversation")),
        postgresql_with={"fillfactor": "70"},
    )
    op.create_index(
        "ix_conversation_state",
        "conversation",
        ["workspace_id", "kind", "state"],
        unique=False,
        postgresql_where=sa.text("state IS NOT NULL"),
    )
    op.create_index(
        "uq_conversation_direct",
        "conversation",
        ["workspace_id", "direct_key"],
        unique=True,
        postgresql_where=sa.text("direct_key IS NOT NULL"),
    )
    op.create_table(
        "file",
        sa.Column("blob_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("uploader_id", sa.Uuid(), nullable=True),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "blob_id"],
            ["file_blob.workspace_id", "file_blob.id"],
            name=op.f("fk_file_workspace_id_blob_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "uploader_id"],
            ["actor.workspace_id", "actor.id"],
            name=op.f("fk_file_workspace_id_uploader_id"),
            ondelete="SET NULL (uploader_id)",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspace.id"],
            name=op.f("fk_file_workspace_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_file")),
    )
    op.create_index("ix_file_blob", "file", ["workspace_id", "blob_id"], unique=False)
    op.create_index("ix_file_uploader", "file", ["workspace_id", "uploader_id"], unique=False)
    op.create_table(
        "membership",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["app_user.id"], name=op.f("fk_membership_user_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "actor_id"],
            ["actor.workspace_id", "actor.id"],
            name=op.f("fk_membership_workspace_id_actor_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "actor_id", name=op.f("pk_membership")),
    )
    op.create_index("ix_membership_user", "membership", ["user_id"], unique=False)
    op.create_index(
        "uq_membership_workspace_user", "membership", ["workspace_id", "user_id"], unique=True
    )
    op.create_table(
        "refresh_token",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("successor_hash", sa.LargeBinary(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["session.id"],
            name=op.f("fk_refresh_token_session_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_refresh_token")),
    )
    op.create_index("ix_refresh_token_session", "refresh_token", ["session_id"], unique=False)
    op.create_table(
        "contact_identity",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("verified", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "contact_id"],
            ["contact.workspace_id", "contact.id"],
            name=op.f("fk_contact_identity_workspace_id_contact_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "workspace_id", "channel", "external_id", name=op.f("pk_contact_identity")
        ),
    )
    op.create_index(
        "ix_contact_identity_contact",
        "contact_identity",
        ["workspace_id", "contact_id"],
        unique=False,
    )
    op.create_table(
        "demo_company",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("assistant_id", sa.Uuid(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "assistant_id"],
            ["assistant.workspace_id", "assistant.id"],
            name=op.f("fk_demo_company_workspace_id_assistant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspace.id"],
            name=op.f("fk_demo_company_workspace_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", name=op.f("pk_demo_company")),
    )
    op.create_table(
        "message",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("mod", sa.BigInteger(), nullable=False),
        sa.Column("sender_id", sa.Uuid(), nullable=False),
        sa.Column("client_key", sa.Text(), nullable=False),
        sa.Column("reply_seq", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.Text(), server_default="text", nullable=False),
        sa.Column("visibility", sa.Text(), server_default="public", nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column(
            "meta",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "conversation_id"],
            ["conversation.workspace_id", "conversation.id"],
            name=op.f("fk_message_workspace_id_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "sender_id"],
            ["actor.workspace_id", "actor.id"],
            name=op.f("fk_message_workspace_id_sender_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "conversation_id", "seq", name=op.f("pk_message")),
    )
    op.create_index(
        "ix_message_mod", "message", ["workspace_id", "conversation_id", "mod"], unique=False
    )
    op.create_index(
        "uq_message_client_key",
        "message",
        ["workspace_id", "conversation_id", "sender_id", "client_key"],
        unique=True,
    )
    op.create_table(
        "participant",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("read_seq", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("delivered_seq", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("visible_from_seq", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("left_seq", sa.BigInteger(), nullable=True),
        sa.Column("is_favorite", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "joined_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "actor_id"],
            ["actor.workspace_id", "actor.id"],
            name=op.f("fk_participant_workspace_id_actor_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "conversation_id"],
            ["conversation.workspace_id", "conversation.id"],
            name=op.f("fk_participant_workspace_id_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "workspace_id", "conversation_id", "actor_id", name=op.f("pk_participant")
        ),
        postgresql_with={"fillfactor": "80"},
    )
    op.create_index(
        "ix_participant_actor", "participant", ["workspace_id", "actor_id"], unique=False
    )
    op.create_table(
        "reply_run",
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("question_seq", sa.Integer(), nullable=False),
        sa.Column("assistant_id", sa.Uuid(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("confidence", sa.Double(), nullable=True),
        sa.Column("passages", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("llm_run_id", sa.Uuid(), nullable=True),
        sa.Column("prompt_version_id", sa.Uuid(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "conversation_id"],
            ["conversation.workspace_id", "conversation.id"],
            name=op.f("fk_reply_run_workspace_id_conversation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_reply_run")),
        sa.UniqueConstraint(
            "workspace_id",
            "conversation_id",
            "question_seq",
            name=op.f("uq_reply_run_workspace_id_conversation_id_question_seq"),
        ),
    )
    op.create_index(
        "ix_reply_run_unfinished",
        "reply_run",
        ["lease_until"],
        unique=False,
        postgresql_where=sa.text("state IN ('queued', 'working')"),
    )
    op.create_table(
        "source",
        sa.Column("collection_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="queued", nullable=False),
        sa.Column("progress", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("error", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column(
            "notices",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        sa.Column("chars", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("chunks", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("words", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("question", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("indexed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "collection_id"],
            ["collection.workspace_id", "collection.id"],
            name=op.f("fk_source_workspace_id_collection_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "file_id"],
            ["file.workspace_id", "file.id"],
            name=op.f("fk_source_workspace_id_file_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_source")),
    )
    op.execute("ALTER TABLE source ALTER body SET STORAGE EXTERNAL")
    op.create_index(
        "ix_source_collection", "source", ["workspace_id", "collection_id", "id"], unique=False
    )
    op.create_index(
        "ix_source_unfinished",
        "source",
        ["updated_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('queued', 'working')"),
    )
    op.create_table(
        "widget",
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("assistant_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("accent", sa.Text(), nullable=False),
        sa.Column("allowed_origins", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "assistant_id"],
            ["assistant.workspace_id", "assistant.id"],
            name=op.f("fk_widget_workspace_id_assistant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_widget")),
        sa.UniqueConstraint("public_key", name=op.f("uq_widget_public_key")),
    )
    op.create_table(
        "chunk",
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("heading", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("page", sa.Integer(), nullable=True),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "source_id"],
            ["source.workspace_id", "source.id"],
            name=op.f("fk_chunk_workspace_id_source_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_chunk")),
    )
    op.create_index(
        "uq_chunk_ordinal", "chunk", ["workspace_id", "source_id", "ordinal"], unique=True
    )
    op.create_table(
        "widget_visitor",
        sa.Column("widget_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=True),
        sa.Column(
            "last_seen_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "contact_id"],
            ["contact.workspace_id", "contact.id"],
            name=op.f("fk_widget_visitor_workspace_id_contact_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "conversation_id"],
            ["conversation.workspace_id", "conversation.id"],
            name=op.f("fk_widget_visitor_workspace_id_conversation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "widget_id"],
            ["widget.workspace_id", "widget.id"],
            name=op.f("fk_widget_visitor_workspace_id_widget_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_widget_visitor")),
        sa.UniqueConstraint(
            "workspace_id", "token_hash", name=op.f("uq_widget_visitor_workspace_id_token_hash")
        ),
    )
    op.create_index(
        "ix_widget_visitor_unused",
        "widget_visitor",
        ["created_at"],
        unique=False,
        postgresql_where="conversation_id IS NULL",
    )
    op.create_table(
        "posting",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("chunk_id", sa.Uuid(), nullable=False),
        sa.Column("keys", sa.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("counts", sa.LargeBinary(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "chunk_id"],
            ["chunk.workspace_id", "chunk.id"],
            name=op.f("fk_posting_workspace_id_chunk_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "chunk_id", name=op.f("pk_posting")),
    )
    op.create_index(
        "ix_posting_keys",
        "posting",
        ["keys"],
        unique=False,
        postgresql_using="gin",
        postgresql_with={"gin_pending_list_limit": "1024"},
    )
    for table in SECURED:
        for statement in rls.policy_statements(table):
            op.execute(statement)
    for statement in rls.grant_statements():
        op.execute(statement)


def downgrade() -> None:
    """Take back."""
    op.drop_index(
        "ix_posting_keys",
        table_name="posting",
        postgresql_using="gin",
        postgresql_with={"gin_pending_list_limit": "1024"},
    )
    op.drop_table("posting")
    op.drop_index(
        "ix_widget_visitor_unused",
        table_name="widget_visitor",
        postgresql_where="conversation_id IS NULL",
    )
    op.drop_table("widget_visitor")
    op.drop_index("uq_chunk_ordinal", table_name="chunk")
    op.drop_table("chunk")
    op.drop_table("widget")
    op.drop_index(
        "ix_source_unfinished",
        table_name="source",
        postgresql_where=sa.text("state IN ('queued', 'working')"),
    )
    op.drop_index("ix_source_collection", table_name="source")
    op.drop_table("source")
    op.drop_index(
        "ix_reply_run_unfinished",
        table_name="reply_run",
        postgresql_where=sa.text("state IN ('queued', 'working')"),
    )
    op.drop_table("reply_run")
    op.drop_index("ix_participant_actor", table_name="participant")
    op.drop_table("participant")
    op.drop_index("uq_message_client_key", table_name="message")
    op.drop_index("ix_message_mod", table_name="message")
    op.drop_table("message")
    op.drop_table("demo_company")
    op.drop_index("ix_contact_identity_contact", table_name="contact_identity")
    op.drop_table("contact_identity")
    op.drop_index("ix_refresh_token_session", table_name="refresh_token")
    op.drop_table("refresh_token")
    op.drop_index("uq_membership_workspace_user", table_name="membership")
    op.drop_index("ix_membership_user", table_name="membership")
    op.drop_table("membership")
    op.drop_index("ix_file_uploader", table_name="file")
    op.drop_index("ix_file_blob", table_name="file")
    op.drop_table("file")
    op.drop_index(
        "uq_conversation_direct",
        table_name="conversation",
        postgresql_where=sa.text("direct_key IS NOT NULL"),
    )
    op.drop_index(
        "ix_conversation_state",
        table_name="conversation",
        postgresql_where=sa.text("state IS NOT NULL"),
    )
    op.drop_table("conversation")
    op.drop_index("ix_contact_email", table_name="contact")
    op.drop_table("contact")
    op.drop_table("assistant")
    op.drop_index("ix_word_end", table_name="word")
    op.drop_table("word")
    op.drop_table("collection")
    op.drop_index(
        "uq_session_secret",
        table_name="session",
        postgresql_where=sa.text("secret_hash IS NOT NULL"),
    )
    op.drop_index("ix_session_user", table_name="session")
    op.drop_index("ix_session_expires", table_name="session")
    op.drop_table("session")
    op.drop_index("ix_one_time_token_user", table_name="one_time_token")
    op.drop_index("ix_one_time_token_expires", table_name="one_time_token")
    op.drop_table("one_time_token")
    op.drop_index("uq_file_blob_sha256", table_name="file_blob")
    op.drop_table("file_blob")
    op.drop_index(
        "uq_actor_user", table_name="actor", postgresql_where=sa.text("user_id IS NOT NULL")
    )
    op.drop_index(
        "uq_actor_system", table_name="actor", postgresql_where=sa.text("kind = 'system'")
    )
    op.drop_index(
        "ix_actor_user", table_name="actor", postgresql_where=sa.text("user_id IS NOT NULL")
    )
    op.drop_table("actor")
    op.drop_table("workspace")
    op.drop_table("prompt_version")
    op.drop_table("message_ref")
    op.drop_table("mail_server")
    op.drop_index("ix_llm_run_time", table_name="llm_run")
    op.drop_table("llm_run")
    op.drop_table("llm_provider")
    op.drop_table("llm_model_price")
    op.drop_index(
        "ix_letter_state", table_name="letter", postgresql_where=sa.text("state <> 'sent'")
    )
    op.drop_table("letter")
    op.drop_table("job_schedule")
    op.drop_index(
        "uq_job_unfinished",
        table_name="job",
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("unique_key IS NOT NULL AND state IN ('queued', 'running')"),
    )
    op.drop_index("ix_job_workspace", table_name="job")
    op.drop_index("ix_job_running", table_name="job", postgresql_where=sa.text("state = 'running'"))
    op.drop_index("ix_job_due", table_name="job", postgresql_where=sa.text("state = 'queued'"))
    op.drop_table("job")
    op.drop_index("ix_audit_event_target", table_name="audit_event")
    op.drop_table("audit_event")
    op.drop_table("app_user")
