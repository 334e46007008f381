"""SQL of jobs: what callers write within their transaction, and what workers do to the queue."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

import asyncpg
from pydantic import JsonValue

from besedka.core.db.connection import Conn, Row, SystemConn, TenantConn
from besedka.kernel.jobs.errors import JobNotRetriable
from besedka.kernel.jobs.types import (
    Backlog,
    Claimed,
    Failure,
    JobId,
    JobState,
    JobView,
    NewJob,
    Outcome,
    Progress,
    Queue,
    Want,
)

_VIEW = (
    "SELECT id, name, state, attempts, progress, error, run_at, created_at, finished_at FROM job"
)

_EXCHANGE = """
WITH settled AS (
  UPDATE job SET state = o.state, error = o.error, worker = NULL, lease_until = NULL,
    run_at = CASE o.state WHEN 'queued' THEN now() + make_interval(secs => o.delay) ELSE run_at END,
    finished_at = CASE o.state WHEN 'queued' THEN NULL ELSE now() END
  FROM unnest($2::bigint[], $3::int[], $4::text[], $5::text[], $6::float8[])
    AS o(id, attempt, state, error, delay)
  WHERE job.id = o.id AND job.worker = $1 AND job.attempts = o.attempt AND job.state = 'running'
), due AS MATERIALIZED (
  SELECT id FROM job
  WHERE state = 'queued' AND run_at <= now() AND name = ANY($7) AND priority >= $8
  ORDER BY priority DESC, run_at, id LIMIT $9 FOR UPDATE SKIP LOCKED
)
UPDATE job SET state = 'running', attempts = attempts + 1, worker = $1,
  lease_until = now() + make_interval(secs => $10)
FROM due WHERE job.id = due.id
RETURNING job.id, name, args, workspace_id, attempts,
  extract(epoch FROM clock_timestamp() - run_at)::float8 AS waited
"""


async def insert(conn: Conn, job: NewJob) -> JobId:
    """Queue a job; when an unfinished one has the same key, return that one instead."""
    while True:
        job_id = await conn.fetchval(
            "INSERT INTO job (name, args, workspace_id, run_at, priority, unique_key)"
            " VALUES ($1, $2, $3, coalesce($4, now()), $5, $6)"
            " ON CONFLICT (workspace_id, unique_key)"
            " WHERE unique_key IS NOT NULL AND state IN ('queued', 'running')"
            " DO NOTHING RETURNING id",
            job.name, dict(job.args), job.workspace_id, job.run_at, job.priority, job.unique_key,
        )  # fmt: skip
        if job_id is None:
            # It may finish between the two statements: then there is room for a new one.
            job_id = await conn.fetchval(
                "SELECT id FROM job WHERE unique_key = $1 AND workspace_id IS NOT DISTINCT FROM $2"
                " AND state IN ('queued', 'running')",
                job.unique_key, job.workspace_id,
            )  # fmt: skip
        if job_id is not None:
            return JobId(job_id)


class JobRepository:
    """Jobs of one workspace."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def find(self, job_id: JobId) -> JobView | None:
        """Return a job of the workspace."""
        row = await self._conn.fetchrow(
            _VIEW + " WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, job_id,
        )  # fmt: skip
        return None if row is None else _view(row)

    async def page(
        self, *, state: JobState | None, before: JobId | None, limit: int
    ) -> list[JobView]:
        """Return jobs, newest first."""
        rows = await self._conn.fetch(
            _VIEW + " WHERE workspace_id = $1 AND ($2::text IS NULL OR state = $2)"
            " AND ($3::bigint IS NULL OR id < $3) ORDER BY id DESC LIMIT $4",
            self._conn.workspace, state, before, limit,
        )  # fmt: skip
        return [_view(row) for row in rows]

    async def latest(self, unique_key: str) -> JobView | None:
        """Return the newest job that had a key, an unfinished one before those that have ended."""
        row = await self._conn.fetchrow(
            _VIEW + " WHERE workspace_id = $1 AND unique_key = $2"
            " ORDER BY state IN ('queued', 'running') DESC, id DESC LIMIT 1",
            self._conn.workspace, unique_key,
        )  # fmt: skip
        return None if row is None else _view(row)

    async def counts(self) -> Mapping[JobState, int]:
        """Return how many jobs are in each state that occurs."""
        rows = await self._conn.fetch(
            "SELECT state, count(*) AS n FROM job WHERE workspace_id = $1 GROUP BY state",
            self._conn.workspace,
        )
        return {JobState(row["state"]): row["n"] for row in rows}

    async def insert_several(
        self, name: str, args: Mapping[str, Mapping[str, JsonValue]], *, run_at: datetime
    ) -> None:
        """Queue jobs by their unique keys, but for those that are unfinished."""
        await self._conn.execute(
            "INSERT INTO job (name, args, workspace_id, run_at, unique_key)"
            " SELECT $2, new.args, $1, $3, new.key FROM unnest($4::text[], $5::jsonb[]) AS new(key, args)"
            " ON CONFLICT (workspace_id, unique_key)"
            " WHERE unique_key IS NOT NULL AND state IN ('queued', 'running') DO NOTHING",
            self._conn.workspace, name, run_at, list(args), [dict(each) for each in args.values()],
        )  # fmt: skip

    async def drop(self, unique_keys: Sequence[str]) -> None:
        """Delete queued jobs that have become needless."""
        await self._conn.execute(
            "DELETE FROM job WHERE workspace_id = $1 AND unique_key = ANY($2) AND state = 'queued'",
            self._conn.workspace, unique_keys,
        )  # fmt: skip

    async def cancel(self, job_id: JobId) -> bool:
        """Cancel a job that has not ended; its worker finds out when it renews the lease."""
        return bool(
            await self._conn.fetchval(
                "UPDATE job SET state = 'cancelled', finished_at = now(), lease_until = NULL, worker = NULL"
                " WHERE workspace_id = $1 AND id = $2 AND state IN ('queued', 'running') RETURNING true",
                self._conn.workspace,
                job_id,
            )
        )

    async def retry(self, job_id: JobId) -> bool:
        """Queue a dead or cancelled job again, with all its attempts. Raises JobNotRetriable."""
        try:
            return bool(
                await self._conn.fetchval(
                    "UPDATE job SET state = 'queued', run_at = now(), attempts = 0, finished_at = NULL,"
                    " progress = NULL WHERE workspace_id = $1 AND id = $2"
                    " AND state IN ('dead', 'cancelled') RETURNING true",
                    self._conn.workspace,
                    job_id,
                )
            )
        except asyncpg.UniqueViolationError as error:
            raise JobNotRetriable from error


class JobQueue:
    """The queue as one worker sees it, over all workspaces."""

    def __init__(self, conn: SystemConn, worker: str) -> None:
        self._conn, self._worker = conn, worker

    async def exchange(self, settling: Sequence[Outcome], want: Want) -> list[Claimed]:
        """Record how attempts ended and take due jobs, in one statement, so at the price of one commit.

        Outcomes of jobs that were taken from this worker meanwhile are dropped. Of the due jobs those with the highest
        priority and the longest wait go first; claiming counts the attempt.
        """
        rows = await self._conn.fetch(
            _EXCHANGE,
            self._worker,
            [ended.job.id for ended in settling],
            [ended.job.attempt for ended in settling],
            [ended.state for ended in settling],
            [ended.error for ended in settling],
            [ended.delay for ended in settling],
            want.names, want.least_priority, want.limit, want.lease,
        )  # fmt: skip
        return [
            Claimed(
                id=JobId(row["id"]), name=row["name"], args=row["args"],
                workspace_id=row["workspace_id"], attempt=row["attempts"], waited=row["waited"],
            )
            for row in rows
        ]  # fmt: skip

    async def hand_back(self, settling: Sequence[Outcome]) -> None:
        """Record how attempts ended, and queue the worker's other jobs again without counting the attempt.

        These are found by the worker's name: a claim that was cut off may have taken some that it does not know of.
        """
        if settling:
            await self.exchange(settling, Want())
        await self._conn.execute(
            "UPDATE job SET state = 'queued', worker = NULL, lease_until = NULL, error = NULL,"
            " attempts = attempts - 1, run_at = now() WHERE worker = $1 AND state = 'running'",
            self._worker,
        )

    async def renew(self, held: Iterable[JobId], *, lease: float) -> set[JobId]:
        """Renew the leases of held jobs and return those that are still this worker's."""
        rows = await self._conn.fetch(
            "UPDATE job SET lease_until = now() + make_interval(secs => $3)"
            " WHERE id = ANY($1) AND worker = $2 AND state = 'running' RETURNING id",
            list(held), self._worker, lease,
        )  # fmt: skip
        return {JobId(row["id"]) for row in rows}

    async def rescue(self, *, most: float) -> list[JobId]:
        """Queue again what lost its worker, after min(2^attempts, `most`) seconds with jitter."""
        rows = await self._conn.fetch(
            "WITH lost AS MATERIALIZED (SELECT id FROM job"
            " WHERE state = 'running' AND lease_until < now() FOR UPDATE SKIP LOCKED)"
            " UPDATE job SET state = 'queued', worker = NULL, lease_until = NULL,"
            " error = 'the worker was lost', run_at = now() + make_interval("
            " secs => least(2.0 ^ least(attempts, 20), $1) * (0.5 + random() / 2))"
            " FROM lost WHERE job.id = lost.id RETURNING job.id",
            most,
        )
        return [JobId(row["id"]) for row in rows]

    async def plan(self, every: Mapping[str, float]) -> None:
        """Enter periodic jobs into the schedule; one that is new or now runs more often comes sooner."""
        await self._conn.execute(
            "INSERT INTO job_schedule (name, next_run)"
            " SELECT name, now() + make_interval(secs => least(every, 60) * random())"
            " FROM unnest($1::text[], $2::float8[]) AS spec(name, every)"
            " ON CONFLICT (name) DO UPDATE SET next_run = least(job_schedule.next_run, excluded.next_run"
            " + make_interval(secs => (SELECT every FROM unnest($1::text[], $2::float8[]) AS s(name, every)"
            " WHERE s.name = excluded.name)))",
            list(every), list(every.values()),
        )  # fmt: skip

    async def queue_periodic(self, every: Mapping[str, float]) -> float:
        """Queue the periodic jobs that are due, each once, and return the seconds until the next one."""
        await self._conn.execute(
            "WITH due AS (UPDATE job_schedule SET next_run = now() + make_interval(secs => spec.every)"
            " FROM unnest($1::text[], $2::float8[]) AS spec(name, every)"
            " WHERE job_schedule.name = spec.name AND next_run <= now() RETURNING job_schedule.name)"
            " INSERT INTO job (name, args, unique_key) SELECT name, '{}', 'periodic:' || name FROM due"
            " ON CONFLICT (workspace_id, unique_key)"
            " WHERE unique_key IS NOT NULL AND state IN ('queued', 'running') DO NOTHING",
            list(every), list(every.values()),
        )  # fmt: skip
        seconds = await self._conn.fetchval(
            "SELECT extract(epoch FROM min(next_run) - now())::float8 FROM job_schedule WHERE name = ANY($1)",
            list(every),
        )
        return float(seconds or 0.0)

    async def record_progress(self, job: Claimed, progress: Progress) -> None:
        """Record how far a job is, unless it is no longer this worker's."""
        await self._conn.execute(
            "UPDATE job SET progress = $4 WHERE id = $1 AND worker = $2 AND attempts = $3"
            " AND state = 'running'",
            job.id, self._worker, job.attempt, asdict(progress),
        )  # fmt: skip


async def backlog(conn: SystemConn) -> Backlog:
    """Return what waits and what failed lately, over all workspaces."""
    row = await conn.fetchrow(
        "SELECT count(*) FILTER (WHERE state = 'queued' AND run_at <= now()) AS due,"
        " coalesce(extract(epoch FROM now() - min(run_at) FILTER (WHERE state = 'queued')), 0)::float8 AS waited,"
        " count(*) FILTER (WHERE state = 'dead' AND finished_at > now() - interval '1 day') AS failed"
        " FROM job WHERE state IN ('queued', 'dead')"
    )
    assert row is not None
    return Backlog(due=row["due"], waited=max(row["waited"], 0.0), failed=row["failed"])


class SystemJobs:
    """The jobs of all workspaces, as the host sees them."""

    def __init__(self, conn: SystemConn) -> None:
        self._conn = conn

    async def queues(self) -> list[Queue]:
        """Return what is unfinished or failed, by name."""
        rows = await self._conn.fetch(
            "SELECT name, count(*) FILTER (WHERE state = 'queued' AND run_at <= now()) AS due,"
            " count(*) FILTER (WHERE state = 'queued' AND run_at > now()) AS later,"
            " count(*) FILTER (WHERE state = 'running') AS running,"
            " count(*) FILTER (WHERE state = 'dead') AS failed,"
            " coalesce(extract(epoch FROM now() - min(run_at) FILTER (WHERE state = 'queued' AND run_at <= now())), 0)::float8"
            " AS waited FROM job WHERE state IN ('queued', 'running', 'dead') GROUP BY name ORDER BY name"
        )
        return [Queue(**dict(row)) for row in rows]

    async def failures(self, *, before: JobId | None, limit: int) -> list[Failure]:
        """Return the jobs that were given up, newest first."""
        rows = await self._conn.fetch(
            "SELECT j.id, j.name, j.state, j.attempts, j.progress, j.error, j.run_at, j.created_at, j.finished_at,"
            " coalesce(w.name, '') AS workspace FROM job j LEFT JOIN workspace w ON w.id = j.workspace_id"
            " WHERE j.state = 'dead' AND ($1::bigint IS NULL OR j.id < $1) ORDER BY j.id DESC LIMIT $2",
            before, limit,
        )  # fmt: skip
        return [Failure(_view(row), row["workspace"]) for row in rows]

    async def retry(self, *, job_id: JobId | None = None, name: str | None = None) -> int:
        """Queue a job that was given up again, or all of a name, of those with the same key the newest; return how many.

        One whose key has an unfinished job already stays. Raises JobNotRetriable when that one came just now.
        """
        try:
            rows = await self._conn.fetch(
                "UPDATE job SET state = 'queued', run_at = now(), attempts = 0, finished_at = NULL, progress = NULL"
                " WHERE state = 'dead' AND id IN ("
                " SELECT DISTINCT ON (j.workspace_id, coalesce(j.unique_key, j.id::text)) j.id FROM job j"
                " WHERE j.state = 'dead' AND (j.id = $1 OR j.name = $2) AND NOT EXISTS (SELECT FROM job o"
                " WHERE o.unique_key = j.unique_key AND o.workspace_id IS NOT DISTINCT FROM j.workspace_id"
                " AND o.state IN ('queued', 'running'))"
                " ORDER BY j.workspace_id, coalesce(j.unique_key, j.id::text), j.id DESC) RETURNING id",
                job_id, name,
            )  # fmt: skip
        except asyncpg.UniqueViolationError as error:
            raise JobNotRetriable from error
        return len(rows)

    async def drop(self, *, job_id: JobId | None = None, name: str | None = None) -> int:
        """Delete a job that was given up, or all of a name; return how many."""
        rows = await self._conn.fetch(
            "DELETE FROM job WHERE state = 'dead' AND (id = $1 OR name = $2) RETURNING id",
            job_id, name,
        )  # fmt: skip
        return len(rows)


async def purge(conn: SystemConn, *, done_days: int, dead_days: int) -> int:
    """Delete jobs that ended long ago; returns how many."""
    status = await conn.execute(
        "DELETE FROM job WHERE (state IN ('done', 'cancelled')"
        " AND finished_at < now() - make_interval(days => $1))"
        " OR (state = 'dead' AND finished_at < now() - make_interval(days => $2))",
        done_days, dead_days,
    )  # fmt: skip
    return int(status.rsplit(" ", 1)[-1])


def _view(row: Row) -> JobView:
    progress = row["progress"]
    return JobView(
        id=JobId(row["id"]), name=row["name"], state=JobState(row["state"]),
        attempts=row["attempts"], progress=None if progress is None else Progress(**progress),
        error=row["error"], run_at=row["run_at"], created_at=row["created_at"],
        finished_at=row["finished_at"],
    )  # fmt: skip
