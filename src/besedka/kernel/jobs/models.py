"""Tables of jobs. They have no row security: workers serve every workspace, and some jobs belong to none."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from besedka.core.db.models import Base, Created

QUEUED = "state = 'queued'"
RUNNING = "state = 'running'"
UNFINISHED_KEY = "unique_key IS NOT NULL AND state IN ('queued', 'running')"


class Job(Created, Base):
    """A unit of work. `args` carry ids, never secrets or texts of people: workers and hosts can read them."""

    __tablename__ = "job"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    workspace_id: Mapped[UUID | None]
    name: Mapped[str]
    args: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(server_default="queued")
    priority: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    run_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    lease_until: Mapped[datetime | None]
    worker: Mapped[str | None]
    progress: Mapped[dict[str, Any] | None]
    error: Mapped[str | None]
    unique_key: Mapped[str | None]
    finished_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "ix_job_due", text("priority DESC"), "run_at", "id", postgresql_where=text(QUEUED)
        ),
        Index("ix_job_running", "id", postgresql_where=text(RUNNING)),
        Index("ix_job_workspace", "workspace_id", "id"),
        Index(
            "uq_job_unfinished", "workspace_id", "unique_key", unique=True,
            postgresql_nulls_not_distinct=True, postgresql_where=text(UNFINISHED_KEY),
        ),
        {
            "info": {"row_security": False},
            # Every job is written three times and read by its state: dead rows have to go early.
            "postgresql_with": {
                "fillfactor": 70,
                "autovacuum_vacuum_scale_factor": 0.01,
                "autovacuum_vacuum_threshold": 500,
            },
        },
    )  # fmt: skip


class JobSchedule(Base):
    """When a periodic job is due next."""

    __tablename__ = "job_schedule"

    name: Mapped[str] = mapped_column(primary_key=True)
    next_run: Mapped[datetime]
