"""Resolved dialogs in the order of their list, and contacts by parts of their names and addresses."""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

LISTED = """
UPDATE conversation SET listed_at = coalesce(last_message_at, created_at)
WHERE kind = 'dialog' AND state = 'resolved' AND listed_at IS NULL
"""

# Every three signs on end, and how each word begins; `repository.finding` asks for the same. Parts begin with a few
# letters of the workspace's id: otherwise what is frequent anywhere would be slow everywhere.
PARTS = """
CREATE OR REPLACE FUNCTION contact_parts(workspace uuid, name text, email text, phone text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  salt text := right(workspace::text, 4);
  whole text := lower(translate(name || E'\\n' || coalesce(email, '') || E'\\n' || coalesce(phone, ''), 'ёЁ', 'ее'));
  parts text[] := '{}';
  word text[];
BEGIN
  FOR place IN 1 .. length(whole) - 2 LOOP
    parts := parts || (salt || substr(whole, place, 3));
  END LOOP;
  FOR word IN SELECT regexp_matches(whole, '[[:alnum:]]+', 'g') LOOP
    parts := parts || (salt || '^' || left(word[1], 1)) || (salt || '^' || left(word[1], 2));
  END LOOP;
  RETURN parts;
END $$
"""

INDEXES = {
    "ix_conversation_listed": "conversation (workspace_id, listed_at, id) WHERE listed_at IS NOT NULL",
    "ix_conversation_listed_priority": "conversation (workspace_id, priority, listed_at, id) WHERE listed_at IS NOT NULL",
    "ix_contact_parts": "contact USING gin (contact_parts(workspace_id, name, email, phone))",
}

# What an interrupted build leaves behind has the name but is no index.
_DROP_INVALID = """
DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('{name}') AND NOT indisvalid) THEN DROP INDEX {name}; END IF;
END $$
"""


def upgrade() -> None:
    """Apply, each step by itself: an interrupted run goes on where it was."""
    with op.get_context().autocommit_block():
        op.execute("ALTER TABLE conversation ADD COLUMN IF NOT EXISTS listed_at timestamptz")
        op.execute(LISTED)
        op.execute(PARTS)
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
        op.execute("DROP FUNCTION IF EXISTS contact_parts(uuid, text, text, text)")
        op.execute("ALTER TABLE conversation DROP COLUMN IF EXISTS listed_at")
