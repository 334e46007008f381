"""Indexes of the tables that grow without end, built while they are in use."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_message_reply": "message (workspace_id, conversation_id, reply_seq) WHERE reply_seq IS NOT NULL",
    "ix_message_pinned": "message (workspace_id, conversation_id, pinned_at) WHERE pinned_at IS NOT NULL",
    "ix_message_thread": "message (workspace_id, conversation_id, thread_root_seq, seq) WHERE thread_root_seq IS NOT NULL",
    "ix_message_deleted": "message (workspace_id, conversation_id, seq) WHERE deleted_at IS NOT NULL",
    "ix_message_ref_words": "message_ref USING gin (words) WITH (gin_pending_list_limit = 512)",
    "ix_message_ref_unread": "message_ref (workspace_id, id) WHERE words IS NULL",
    "ix_reply_run_assistant": "reply_run (workspace_id, assistant_id, id)",
}

# What an interrupted build leaves behind has the name but is no index.
_DROP_INVALID = """
DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('{name}') AND NOT indisvalid) THEN DROP INDEX {name}; END IF;
END $$
"""


def upgrade() -> None:
    """Apply, each index by itself: an interrupted run goes on where it was."""
    with op.get_context().autocommit_block():
        # Waiting for older transactions blocks nobody here, so it may take its time.
        op.execute("SET lock_timeout = 0")
        for name, definition in INDEXES.items():
            op.execute(_DROP_INVALID.format(name=name))
            op.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {definition}")
        op.execute("SET lock_timeout = '5s'")


def downgrade() -> None:
    """Take back."""
    with op.get_context().autocommit_block():
        for name in INDEXES:
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
