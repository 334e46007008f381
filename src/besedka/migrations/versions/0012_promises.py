"""Working hours, policies, the rounds and clocks of dialogs, breaches and ratings."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from besedka.core.db import rls

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

SECURED = (
    "hours_schedule", "sla_policy", "dialog_round", "dialog_reply", "dialog_clock", "dialog_breach", "dialog_rating",
)  # fmt: skip

ROUNDS = """
INSERT INTO dialog_round (workspace_id, conversation_id, number, state, started_at, assistant_id, handed_at, people_since,
                          resolved_at, handler_id)
SELECT c.workspace_id, c.id, 1, c.state, c.created_at, who.actor_id, handed.at,
       CASE WHEN c.state IN ('open', 'snoozed') THEN coalesce(handed.at, c.created_at) END,
       CASE WHEN c.state = 'resolved' THEN coalesce(c.last_message_at, c.created_at) END,
       CASE WHEN c.state = 'resolved' THEN coalesce(c.assignee_id, who.actor_id) END
FROM conversation c
LEFT JOIN LATERAL (
  SELECT p.actor_id FROM participant p
  WHERE p.workspace_id = c.workspace_id AND p.conversation_id = c.id AND p.role = 'assistant'
  ORDER BY p.joined_at LIMIT 1
) who ON true
LEFT JOIN LATERAL (
  SELECT min(m.created_at) AS at FROM message m
  WHERE m.workspace_id = c.workspace_id AND m.conversation_id = c.id AND m.kind = 'system'
    AND m.meta ->> 'event' = 'handoff'
) handed ON true
WHERE c.kind = 'dialog' AND c.state IS NOT NULL
"""
"""Dialogs of older versions are in their first round: what was not written down then is not known."""


def upgrade() -> None:
    """Apply."""
    _hours()
    _policies()
    _rounds()
    _clocks()
    _ratings()
    for table in SECURED:
        for statement in rls.policy_statements(table):
            op.execute(statement)
    op.execute(ROUNDS)


def _moment(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _created() -> sa.Column[object]:
    now = sa.text("now()")
    return sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False)


def _id(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid(), nullable=nullable)


def _of_dialog(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["workspace_id", "conversation_id"],
        ["conversation.workspace_id", "conversation.id"],
        name=op.f(f"fk_{table}_workspace_id_conversation_id"),
        ondelete="CASCADE",
    )


def _of_workspace(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["workspace_id"], ["workspace.id"], name=op.f(f"fk_{table}_workspace_id"), ondelete="CASCADE"
    )  # fmt: skip


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint("workspace_id", *columns, name=op.f(f"pk_{table}"))


def _hours() -> None:
    op.create_table(
        "hours_schedule",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("week", postgresql.JSONB(), nullable=False),
        sa.Column("holidays", postgresql.JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False),
        sa.Column("is_default", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        _id("workspace_id"),
        _id("id"),
        _created(),
        _of_workspace("hours_schedule"),
        _key("hours_schedule", "id"),
    )  # fmt: skip
    op.create_index(
        "uq_hours_schedule_default", "hours_schedule", ["workspace_id"], unique=True,
        postgresql_where=sa.text("is_default"),
    )  # fmt: skip


def _policies() -> None:
    op.create_table(
        "sla_policy",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("is_default", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        _id("label_id", nullable=True),
        sa.Column("first", sa.Integer(), nullable=True),
        sa.Column("reply", sa.Integer(), nullable=True),
        sa.Column("resolution", sa.Integer(), nullable=True),
        sa.Column("warning", sa.Integer(), nullable=False),
        sa.Column("by_hours", sa.Boolean(), nullable=False),
        _id("schedule_id", nullable=True),
        _id("workspace_id"),
        _id("id"),
        _created(),
        _of_workspace("sla_policy"),
        sa.ForeignKeyConstraint(
            ["workspace_id", "label_id"], ["label.workspace_id", "label.id"],
            name=op.f("fk_sla_policy_workspace_id_label_id"), ondelete="CASCADE",
        ),
        _key("sla_policy", "id"),
    )  # fmt: skip
    op.create_index(
        "uq_sla_policy_default", "sla_policy", ["workspace_id"], unique=True,
        postgresql_where=sa.text("is_default"),
    )  # fmt: skip


def _rounds() -> None:
    op.create_table(
        "dialog_round",
        _id("workspace_id"),
        _id("conversation_id"),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        _moment("started_at", nullable=False),
        _id("assistant_id", nullable=True),
        _moment("handed_at"),
        _moment("people_since"),
        _moment("waiting_since"),
        _moment("replied_at"),
        _id("replied_by", nullable=True),
        _moment("resolved_at"),
        _id("handler_id", nullable=True),
        _of_dialog("dialog_round"),
        _key("dialog_round", "conversation_id", "number"),
        postgresql_with={"fillfactor": "80"},
    )
    op.create_index("ix_dialog_round_started", "dialog_round", ["workspace_id", "started_at"])
    op.create_table(
        "dialog_reply",
        _id("workspace_id"),
        _id("conversation_id"),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        _id("actor_id"),
        _moment("replied_at", nullable=False),
        sa.Column("waited_s", sa.Integer(), nullable=True),
        sa.Column("is_first", sa.Boolean(), nullable=False),
        _of_dialog("dialog_reply"),
        _key("dialog_reply", "conversation_id", "seq"),
    )
    op.create_index("ix_dialog_reply_time", "dialog_reply", ["workspace_id", "replied_at"])


def _clocks() -> None:
    op.create_table(
        "dialog_clock",
        _id("workspace_id"),
        _id("conversation_id"),
        _id("policy_id", nullable=True),
        sa.Column("clocks", postgresql.JSONB(), nullable=False),
        _moment("next_due"),
        sa.Column("next_promise", sa.Text(), nullable=True),
        _moment("warn_at"),
        _moment("alert_at"),
        _of_dialog("dialog_clock"),
        _key("dialog_clock", "conversation_id"),
    )
    op.create_index(
        "ix_dialog_clock_due", "dialog_clock", ["workspace_id", "next_due", "conversation_id"],
        postgresql_where=sa.text("next_due IS NOT NULL"),
    )  # fmt: skip
    op.create_index(
        "ix_dialog_clock_alert", "dialog_clock", ["alert_at"],
        postgresql_where=sa.text("alert_at IS NOT NULL"),
    )  # fmt: skip
    op.create_table(
        "dialog_breach",
        _id("workspace_id"),
        _id("conversation_id"),
        sa.Column("promise", sa.Text(), nullable=False),
        _moment("since", nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        _moment("due_at", nullable=False),
        _moment("noticed_at", nullable=False),
        _of_dialog("dialog_breach"),
        _key("dialog_breach", "conversation_id", "promise", "since", "kind"),
    )
    op.create_index("ix_dialog_breach_time", "dialog_breach", ["workspace_id", "due_at"])


def _ratings() -> None:
    op.create_table(
        "dialog_rating",
        _id("workspace_id"),
        _id("conversation_id"),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        _id("handler_id", nullable=True),
        _moment("changed_at", nullable=False),
        _created(),
        sa.CheckConstraint("score BETWEEN 1 AND 5", name=op.f("ck_dialog_rating_score")),
        _of_dialog("dialog_rating"),
        _key("dialog_rating", "conversation_id", "number"),
    )
    op.create_index("ix_dialog_rating_time", "dialog_rating", ["workspace_id", "created_at"])


def downgrade() -> None:
    """Take back."""
    for table in reversed(SECURED):
        op.drop_table(table)
