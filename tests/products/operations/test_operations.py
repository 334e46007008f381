"""What a host looks at and sets while the installation runs: queues, failures, the level of the logs."""

from collections.abc import AsyncIterator
from pathlib import Path
from secrets import token_hex

import httpx
import pytest
import structlog

from besedka.core import logging
from besedka.core.clock import now
from besedka.core.runtime import Runtime
from besedka.kernel.jobs import service as jobs
from besedka.products.operations import service
from besedka.products.operations.types import Level
from tests.cli.shell import Shell
from tests.factories import MadeWorkspace, make_workspace
from tests.fakes.jobs import eventually
from tests.products.account.test_records import read

PAGE, LEVEL = "/dashboard/settings/operation", "/api/v1/operations/log-level"


@pytest.fixture
async def firm(runtime: Runtime) -> MadeWorkspace:
    return await make_workspace(runtime, is_host=True)


@pytest.fixture(autouse=True)
async def usual_level(runtime: Runtime) -> AsyncIterator[None]:
    yield
    async with runtime.db.system.transaction() as conn:
        await service.reset_level(conn)
    logging.set_level(runtime.settings.log_level)


async def dead(runtime: Runtime, firm: MadeWorkspace, name: str, key: str | None = None) -> int:
    """Have a job that was given up. Nobody runs jobs of this name, so what is queued again stays there."""
    async with runtime.db.fast.transaction(firm.id) as conn:
        job = await jobs.defer(conn, name, unique_key=key)
    async with runtime.db.system.acquire() as conn:
        await conn.execute(
            "UPDATE job SET state = 'dead', attempts = 5, error = 'the printer is on fire', finished_at = now()"
            " WHERE id = $1",
            job,
        )  # fmt: skip
    return job


async def state(runtime: Runtime, job: int) -> str | None:
    async with runtime.db.system.acquire() as conn:
        found: str | None = await conn.fetchval("SELECT state FROM job WHERE id = $1", job)
    return found


async def test_host_sees_failures_of_all_workspaces_and_tries_or_drops_them(
    client: httpx.AsyncClient, runtime: Runtime, firm: MadeWorkspace
) -> None:
    other = await make_workspace(runtime, name="Other & Co")
    name = f"test.{token_hex(4)}"
    first, second = await dead(runtime, other, name), await dead(runtime, firm, name)
    shown = await read(client, firm.owner, PAGE)
    assert "the printer is on fire" in shown
    assert "Other &amp; Co" in shown
    assert "failed: 2" in shown
    assert "не удалось: 2" in await read(client, firm.owner, PAGE, language="ru")
    await client.post(f"{PAGE}/failures/{first}/retry", headers=firm.headers)
    await client.post(f"{PAGE}/failures/{second}/drop", headers=firm.headers)
    assert (await state(runtime, first), await state(runtime, second)) == ("queued", None)
    again = await client.post(f"{PAGE}/failures/{first}/retry", headers=firm.headers)
    assert again.status_code == 303


async def test_all_failures_of_a_name_are_tried_again_one_of_each_key(
    client: httpx.AsyncClient, runtime: Runtime, firm: MadeWorkspace
) -> None:
    name = f"test.{token_hex(4)}"
    old, new = await dead(runtime, firm, name, "same"), await dead(runtime, firm, name, "same")
    alone = await dead(runtime, firm, name)
    busy = await dead(runtime, firm, name, "busy")
    async with runtime.db.fast.transaction(firm.id) as conn:
        await jobs.defer(conn, name, unique_key="busy")
    await client.post(f"{PAGE}/queues/retry", data={"name": name}, headers=firm.headers)
    found = [await state(runtime, job) for job in (old, new, alone, busy)]
    assert found == ["dead", "queued", "queued", "dead"]
    await client.post(f"{PAGE}/queues/drop", data={"name": name}, headers=firm.headers)
    found = [await state(runtime, job) for job in (old, new, alone, busy)]
    assert found == [None, "queued", "queued", None]


async def test_owner_of_a_company_is_no_host(client: httpx.AsyncClient, runtime: Runtime) -> None:
    firm = await make_workspace(runtime)
    for path in (PAGE, LEVEL):
        assert (await client.get(path, headers=firm.headers)).status_code == 403


def debugs() -> bool:
    """Whether this process writes debug messages now."""
    enabled: bool = structlog.get_logger("tests").is_enabled_for(10)
    return enabled


async def test_level_is_followed_and_returns_by_itself(
    client: httpx.AsyncClient, runtime: Runtime, firm: MadeWorkspace
) -> None:
    follower = service.Follower(runtime)
    await follower.look()
    assert not debugs()
    body = {"level": "debug", "minutes": 5}
    answer = await client.put(LEVEL, json=body, headers=firm.headers)
    assert answer.json()["level"] == "debug"
    await follower.look()
    assert debugs()
    async with runtime.db.system.acquire() as conn:
        await conn.execute("UPDATE log_level SET until = now() - interval '1 second'")
    await follower.look()
    assert not debugs()


async def test_process_follows_within_seconds_and_the_page_resets(
    client: httpx.AsyncClient, runtime: Runtime, firm: MadeWorkspace
) -> None:
    form = {"level": "debug", "minutes": "5"}
    await client.post(f"{PAGE}/log-level", data=form, headers=firm.headers)

    async def followed() -> bool | None:
        return debugs() or None

    assert await eventually(followed, within=15.0)
    await client.post(f"{PAGE}/log-level/reset", headers=firm.headers)
    answer = await client.get(LEVEL, headers=firm.headers)
    assert answer.json() == {"level": None, "until": None}


async def test_level_ends_while_the_database_is_away(runtime: Runtime) -> None:
    async with runtime.db.system.transaction() as conn:
        wanted = await service.set_level(conn, Level.DEBUG, minutes=5)
    follower = service.Follower(runtime)
    await follower.look()
    follower.wanted = type(wanted)(Level.DEBUG, now())
    follower.follow()
    assert not debugs()


async def test_command_sets_it_for_all(runtime: Runtime, database_url: str, data_dir: Path) -> None:
    shell = Shell({"DATABASE_URL": database_url, "BESEDKA_DATA_DIR": str(data_dir)})
    told = await shell.besedka("log-level", "debug", "--minutes", "7")
    assert "from debug on until" in told.text
    async with runtime.db.system.acquire() as conn:
        found = await service.find_level(conn)
    assert found is not None
    assert found.level is Level.DEBUG
