"""SQL of tests: cases, runs and results."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from pydantic import JsonValue

from besedka.core.db.connection import Row, TenantConn
from besedka.core.ids import ActorId, new_id
from besedka.products.training.types import Case, Expect, Problem, Result, TestRun, TestState

_CASE = "SELECT id, question, expects, facts, source FROM test_case WHERE workspace_id = $1 AND assistant_id = $2"
_RUN = (
    "SELECT id, assistant_id, state, draft, total, done, passed, created_at, finished_at FROM test_run"
    " WHERE workspace_id = $1"
)


class CaseRepository:
    """Cases of one assistant."""

    def __init__(self, conn: TenantConn, assistant_id: ActorId) -> None:
        self._conn, self._assistant = conn, assistant_id

    async def list_all(self) -> list[Case]:
        """Return the cases, oldest first."""
        rows = await self._conn.fetch(_CASE + " ORDER BY id", self._conn.workspace, self._assistant)
        return [_case(row) for row in rows]

    async def count(self) -> int:
        """Return how many cases there are."""
        return int(
            await self._conn.fetchval(
                "SELECT count(*) FROM test_case WHERE workspace_id = $1 AND assistant_id = $2",
                self._conn.workspace, self._assistant,
            )
            or 0
        )  # fmt: skip

    async def insert(self, case: Case) -> None:
        """Add a case."""
        await self._conn.execute(
            "INSERT INTO test_case (workspace_id, id, assistant_id, question, expects, facts, source)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7)",
            self._conn.workspace, case.id, self._assistant, case.question, case.expects,
            list(case.facts), case.source,
        )  # fmt: skip

    async def find(self, case_id: UUID) -> Case | None:
        """Return a case."""
        row = await self._conn.fetchrow(
            _CASE + " AND id = $3", self._conn.workspace, self._assistant, case_id
        )
        return None if row is None else _case(row)

    async def update(self, case: Case) -> bool:
        """Change a case; False when there is none."""
        return bool(
            await self._conn.fetchval(
                "UPDATE test_case SET question = $4, expects = $5, facts = $6, source = $7"
                " WHERE workspace_id = $1 AND assistant_id = $2 AND id = $3 RETURNING true",
                self._conn.workspace, self._assistant, case.id, case.question, case.expects,
                list(case.facts), case.source,
            )
        )  # fmt: skip

    async def delete(self, case_id: UUID) -> bool:
        """Delete a case; False when there is none."""
        return bool(
            await self._conn.fetchval(
                "DELETE FROM test_case WHERE workspace_id = $1 AND assistant_id = $2 AND id = $3 RETURNING true",
                self._conn.workspace, self._assistant, case_id,
            )
        )  # fmt: skip


class TestRepository:
    """Runs of one workspace's tests."""

    __test__ = False

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def insert(
        self, assistant_id: ActorId, *, draft: Mapping[str, JsonValue] | None, total: int
    ) -> UUID:
        """Add a run that waits."""
        made = new_id()
        await self._conn.execute(
            "INSERT INTO test_run (workspace_id, id, assistant_id, state, draft, total)"
            " VALUES ($1, $2, $3, 'queued', $4, $5)",
            self._conn.workspace, made, assistant_id, None if draft is None else dict(draft), total,
        )  # fmt: skip
        return made

    async def find(self, run_id: UUID) -> TestRun | None:
        """Return a run."""
        row = await self._conn.fetchrow(_RUN + " AND id = $2", self._conn.workspace, run_id)
        return None if row is None else _run(row)

    async def page(self, assistant_id: ActorId, *, limit: int) -> list[TestRun]:
        """Return an assistant's runs, newest first."""
        rows = await self._conn.fetch(
            _RUN + " AND assistant_id = $2 ORDER BY id DESC LIMIT $3",
            self._conn.workspace, assistant_id, limit,
        )  # fmt: skip
        return [_run(row) for row in rows]

    async def before(self, run: TestRun) -> TestRun | None:
        """Return the run before one that came to its end."""
        row = await self._conn.fetchrow(
            _RUN + " AND assistant_id = $2 AND id < $3 AND state = 'done' ORDER BY id DESC LIMIT 1",
            self._conn.workspace, run.assistant_id, run.id,
        )  # fmt: skip
        return None if row is None else _run(row)

    async def add_result(self, run_id: UUID, result: Result) -> None:
        """Keep what came of a case, once, and count it."""
        await self._conn.execute(
            "WITH made AS (INSERT INTO test_result"
            "  (workspace_id, id, run_id, case_id, question, answer, mode, confidence, passed, problems)"
            "  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING RETURNING passed)"
            " UPDATE test_run SET state = 'running', done = done + 1, passed = test_run.passed + made.passed::int"
            " FROM made WHERE workspace_id = $1 AND id = $3",
            self._conn.workspace, new_id(), run_id, result.case_id, result.question, result.answer,
            result.mode, result.confidence, result.passed,
            [{"code": each.code, "about": each.about} for each in result.problems],
        )  # fmt: skip

    async def results(self, run_id: UUID) -> Sequence[Result]:
        """Return what came of a run's cases, in the order of the cases."""
        rows = await self._conn.fetch(
            "SELECT case_id, question, answer, mode, confidence, passed, problems FROM test_result"
            " WHERE workspace_id = $1 AND run_id = $2 ORDER BY case_id",
            self._conn.workspace, run_id,
        )  # fmt: skip
        return [_result(row) for row in rows]

    async def finish(self, run_id: UUID) -> None:
        """Say that a run came to its end."""
        await self._conn.execute(
            "UPDATE test_run SET state = 'done', total = done, finished_at = now() WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, run_id,
        )  # fmt: skip


def _case(row: Row) -> Case:
    return Case(
        row["id"], row["question"], Expect(row["expects"]), tuple(row["facts"]), row["source"]
    )


def _run(row: Row) -> TestRun:
    return TestRun(
        id=row["id"], assistant_id=ActorId(row["assistant_id"]), state=TestState(row["state"]),
        draft=row["draft"], total=row["total"], done=row["done"], passed=row["passed"],
        created_at=row["created_at"], finished_at=row["finished_at"],
    )  # fmt: skip


def _result(row: Row) -> Result:
    return Result(
        case_id=row["case_id"], question=row["question"], answer=row["answer"], mode=row["mode"],
        confidence=row["confidence"], passed=row["passed"],
        problems=[Problem(**each) for each in row["problems"]],
    )  # fmt: skip
