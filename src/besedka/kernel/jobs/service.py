"""Use cases of jobs: put off, look at, cancel, try again."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import JsonValue

from besedka.core.db.connection import Conn, SystemConn, TenantConn, workspace_of
from besedka.core.ids import WorkspaceId
from besedka.kernel.jobs import alarm, repository
from besedka.kernel.jobs.errors import JobFinished, JobNotFound, JobNotRetriable
from besedka.kernel.jobs.repository import JobRepository, SystemJobs
from besedka.kernel.jobs.types import Backlog, Failure, JobId, JobState, JobView, NewJob, Queue

DONE_DAYS, DEAD_DAYS = 7, 30


async def defer(
    conn: Conn, name: str, args: Mapping[str, JsonValue] | None = None, *,
    workspace_id: WorkspaceId | None = None, run_at: datetime | None = None,
    priority: int = 0, unique_key: str | None = None,
) -> JobId:  # fmt: skip
    """Queue a job in the caller's transaction; after the commit the local worker wakes.

    On a connection of a workspace the job belongs to that workspace. While a job with the same `unique_key` is
    queued or running in the workspace, nothing is added and that job's id returned. Higher priorities go first.
    """
    bound = workspace_of(conn)
    if bound is not None and workspace_id not in {None, bound}:
        raise ValueError("a job of another workspace")
    job = NewJob(
        name, args or {}, workspace_id=workspace_id or bound, run_at=run_at,
        priority=priority, unique_key=unique_key,
    )  # fmt: skip
    job_id = await repository.insert(conn, job)
    if run_at is None:
        conn.on_commit(alarm.ring)
    return job_id


async def get_job(conn: TenantConn, job_id: JobId) -> JobView:
    """Return a job of the workspace. Raises JobNotFound."""
    found = await JobRepository(conn).find(job_id)
    if found is None:
        raise JobNotFound
    return found


async def list_jobs(
    conn: TenantConn, *, state: JobState | None = None, before: JobId | None = None, limit: int = 50
) -> list[JobView]:
    """Return the workspace's jobs, newest first, those older than `before` when that is given."""
    return await JobRepository(conn).page(state=state, before=before, limit=limit)


async def find_latest(conn: TenantConn, unique_key: str) -> JobView | None:
    """Return the workspace's newest job that had a key, an unfinished one before those that have ended."""
    return await JobRepository(conn).latest(unique_key)


async def summary(conn: TenantConn) -> Mapping[JobState, int]:
    """Return how many of the workspace's jobs are in each state, zeros included."""
    counts = await JobRepository(conn).counts()
    return {state: counts.get(state, 0) for state in JobState}


async def cancel(conn: TenantConn, job_id: JobId) -> None:
    """Cancel a job; a running one is interrupted within seconds. Raises JobNotFound, JobFinished."""
    if not await JobRepository(conn).cancel(job_id):
        job = await get_job(conn, job_id)
        raise JobFinished(state=job.state)


async def defer_several(
    conn: TenantConn, name: str, args: Mapping[str, Mapping[str, JsonValue]], *, run_at: datetime
) -> None:
    """Queue jobs of a name for later in the caller's transaction, by unique keys, but for those that are unfinished."""
    await JobRepository(conn).insert_several(name, args, run_at=run_at)


async def drop(conn: TenantConn, *unique_keys: str) -> None:
    """Delete queued jobs whose work was done otherwise; one that runs already goes on."""
    await JobRepository(conn).drop(unique_keys)


async def retry(conn: TenantConn, job_id: JobId) -> None:
    """Queue a dead or cancelled job again. Raises JobNotFound, JobNotRetriable."""
    if not await JobRepository(conn).retry(job_id):
        job = await get_job(conn, job_id)
        raise JobNotRetriable(state=job.state)
    conn.on_commit(alarm.ring)


async def list_queues(conn: SystemConn) -> list[Queue]:
    """Return what is unfinished or failed in the whole installation, by name: for its host."""
    return await SystemJobs(conn).queues()


async def list_failures(
    conn: SystemConn, *, before: JobId | None = None, limit: int = 50
) -> list[Failure]:
    """Return the jobs of the whole installation that were given up, newest first: for its host."""
    return await SystemJobs(conn).failures(before=before, limit=limit)


async def retry_failed(
    conn: SystemConn, *, job_id: JobId | None = None, name: str | None = None
) -> int:
    """Queue a job that was given up again, or all of a name; return how many. Raises JobNotRetriable."""
    count = await SystemJobs(conn).retry(job_id=job_id, name=name)
    if count:
        conn.on_commit(alarm.ring)
    return count


async def drop_failed(
    conn: SystemConn, *, job_id: JobId | None = None, name: str | None = None
) -> int:
    """Delete a job that was given up, or all of a name; return how many."""
    return await SystemJobs(conn).drop(job_id=job_id, name=name)


async def purge(conn: SystemConn) -> int:
    """Delete jobs of all workspaces that ended more than a week ago, failed ones after a month."""
    return await repository.purge(conn, done_days=DONE_DAYS, dead_days=DEAD_DAYS)


async def backlog(conn: SystemConn) -> Backlog:
    """Return what waits and what failed lately, over all workspaces."""
    return await repository.backlog(conn)
