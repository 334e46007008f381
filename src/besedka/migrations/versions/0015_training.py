"""Guidelines, guardrails and drafts of assistants; whole settings in their history; gaps and tests of answers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from besedka.core.db import rls

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

SECURED = ("gap", "gap_question", "test_case", "test_run", "test_result")
_LIST = sa.text("'[]'::jsonb")
_OBJECT = sa.text("'{}'::jsonb")


def upgrade() -> None:
    """Apply."""
    _change_answers()
    _make_gaps()
    _make_tests()
    for table in SECURED:
        for statement in rls.policy_statements(table):
            op.execute(statement)


def _change_answers() -> None:
    op.add_column(
        "assistant", sa.Column("guidelines", JSONB(), server_default=_LIST, nullable=False)
    )
    op.add_column(
        "assistant", sa.Column("guardrails", JSONB(), server_default=_OBJECT, nullable=False)
    )
    op.add_column("assistant", sa.Column("draft", JSONB(), nullable=True))
    op.add_column(
        "prompt_version", sa.Column("settings", JSONB(), server_default=_OBJECT, nullable=False)
    )
    op.add_column("reply_run", sa.Column("threshold", sa.Float(), nullable=True))
    op.add_column("reply_run", sa.Column("scores", JSONB(), nullable=True))
    op.add_column("reply_run", sa.Column("guarded", JSONB(), nullable=True))
    op.add_column("reply_run", sa.Column("correction_id", sa.Uuid(), nullable=True))


def _columns() -> list[sa.Column[object]]:
    return [
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
    ]


def _of_assistant(table: str) -> list[sa.Constraint]:
    return [
        sa.ForeignKeyConstraint(
            ["workspace_id", "assistant_id"],
            ["assistant.workspace_id", "assistant.id"],
            name=op.f(f"fk_{table}_workspace_id_assistant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f(f"pk_{table}")),
    ]


def _make_gaps() -> None:
    op.create_table(
        "gap",
        *_columns(),
        sa.Column("assistant_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("stems", JSONB(), nullable=False),
        sa.Column("last_asked", sa.DateTime(timezone=True), nullable=False),
        sa.Column("question", sa.Text(), server_default="", nullable=False),
        sa.Column("answer", sa.Text(), server_default="", nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=True),
        *_of_assistant("gap"),
    )
    op.create_index("ix_gap_assistant", "gap", ["workspace_id", "assistant_id", "state"])
    op.create_table(
        "gap_question",
        *_columns(),
        sa.Column("gap_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "gap_id"],
            ["gap.workspace_id", "gap.id"],
            name=op.f("fk_gap_question_workspace_id_gap_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "id"],
            ["reply_run.workspace_id", "reply_run.id"],
            name=op.f("fk_gap_question_workspace_id_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_gap_question")),
    )
    op.create_index("ix_gap_question_gap", "gap_question", ["workspace_id", "gap_id", "id"])


def _make_tests() -> None:
    op.create_table(
        "test_case",
        *_columns(),
        sa.Column("assistant_id", sa.Uuid(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("expects", sa.Text(), nullable=False),
        sa.Column("facts", JSONB(), server_default=_LIST, nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        *_of_assistant("test_case"),
    )
    op.create_index("ix_test_case_assistant", "test_case", ["workspace_id", "assistant_id", "id"])
    op.create_table(
        "test_run",
        *_columns(),
        sa.Column("assistant_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("draft", JSONB(), nullable=True),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("passed", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        *_of_assistant("test_run"),
    )
    op.create_index("ix_test_run_assistant", "test_run", ["workspace_id", "assistant_id", "id"])
    op.create_table(
        "test_result",
        *_columns(),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("problems", JSONB(), server_default=_LIST, nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "run_id"],
            ["test_run.workspace_id", "test_run.id"],
            name=op.f("fk_test_result_workspace_id_run_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_test_result")),
        sa.UniqueConstraint(
            "workspace_id",
            "run_id",
            "case_id",
            name=op.f("uq_test_result_workspace_id_run_id_case_id"),
        ),
    )


def downgrade() -> None:
    """Take back."""
    for table in reversed(SECURED):
        op.drop_table(table)
    op.execute("DROP INDEX IF EXISTS ix_reply_run_assistant")  # this made it once; 0017 does
    for column in ("correction_id", "guarded", "scores", "threshold"):
        op.drop_column("reply_run", column)
    op.drop_column("prompt_version", "settings")
    for column in ("draft", "guardrails", "guidelines"):
        op.drop_column("assistant", column)
