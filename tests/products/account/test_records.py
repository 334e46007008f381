"""The pages of jobs and of the audit log: what they show, to whom, and what a press does."""

import re
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import JsonValue

import besedka
from besedka.core.clock import now
from besedka.core.events import JOB_PREFIX
from besedka.core.i18n import has_text
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Role
from besedka.kernel.audit import service as audit
from besedka.kernel.jobs import service as jobs
from besedka.kernel.jobs.types import JobState
from besedka.modules import MODULES
from besedka.products.account.pages.records import word_key
from tests.factories import Made, MadeWorkspace, make_person, make_workspace

JOBS, AUDIT = "/dashboard/settings/jobs", "/dashboard/settings/audit"
RECORDED = re.compile(
    r'(?:action=|(?:record|changed|note)\(\s*conn,\s+(?:(?:identity\.)?actor_id,\s+|None, )?)"([a-z_]+\.[a-z_]+)"'
)
FEWEST_DEEDS = 30


async def read(client: httpx.AsyncClient, who: Made, path: str, *, language: str = "en") -> str:
    """Open a page."""
    given = {**who.headers, "Accept": "text/html", "Accept-Language": language}
    answer = await client.get(path, headers=given)
    assert answer.status_code == 200, answer.text
    return answer.text


async def cancelled_job(runtime: Runtime, place: MadeWorkspace) -> int:
    async with runtime.db.fast.transaction(place.id) as conn:
        job = await jobs.defer(conn, "files.erase", {"file_id": "none"}, priority=-9)
        await jobs.cancel(conn, job)
    return job


async def test_job_is_shown_with_its_state_in_both_languages(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    place = await make_workspace(runtime)
    await cancelled_job(runtime, place)
    english = await read(client, place.owner, JOBS)
    assert "Removal of a file" in english
    assert "Try again" in english
    assert "Удаление файла" in await read(client, place.owner, JOBS, language="ru")
    assert "Removal of a file" not in await read(client, place.owner, f"{JOBS}?state=dead")


async def test_retry_queues_the_job_again(client: httpx.AsyncClient, runtime: Runtime) -> None:
    place = await make_workspace(runtime)
    job = await cancelled_job(runtime, place)
    answer = await client.post(f"{JOBS}/{job}/retry", headers=place.headers)
    assert answer.status_code == 303
    async with runtime.db.fast.acquire(place.id) as conn:
        (found,) = await jobs.list_jobs(conn)
    assert found.state is not JobState.CANCELLED


async def test_cancel_ends_a_waiting_job(client: httpx.AsyncClient, runtime: Runtime) -> None:
    place = await make_workspace(runtime)
    async with runtime.db.fast.transaction(place.id) as conn:
        job = await jobs.defer(
            conn, "files.erase", {"key": "none"}, run_at=now() + timedelta(hours=1)
        )
    assert "Cancel" in await read(client, place.owner, JOBS)
    answer = await client.post(f"{JOBS}/{job}/cancel", headers=place.headers)
    assert answer.status_code == 303
    async with runtime.db.fast.acquire(place.id) as conn:
        assert (await jobs.get_job(conn, job)).state is JobState.CANCELLED
    again = await client.post(f"{JOBS}/{job}/cancel", headers=place.headers)
    assert again.status_code == 409


async def test_seal_of_the_log_is_shown(client: httpx.AsyncClient, runtime: Runtime) -> None:
    place = await make_workspace(runtime)
    async with runtime.db.fast.transaction(place.id) as conn:
        await audit.record(conn, actor_id=None, action="something.new")
    assert "waiting to be sealed: 1" in await read(client, place.owner, AUDIT)
    async with runtime.db.fast.transaction(place.id) as conn:
        await audit.seal(conn)
    assert "Records sealed: 1" in await read(client, place.owner, AUDIT)


async def test_deed_is_shown_with_its_doer(client: httpx.AsyncClient, runtime: Runtime) -> None:
    place = await make_workspace(runtime)
    async with runtime.db.fast.transaction(place.id) as conn:
        await audit.record(
            conn,
            actor_id=place.owner.actor_id,
            action="assistant.create",
            detail={"name": "<Anna>"},
        )
        await audit.record(conn, actor_id=None, action="something.new")
    page = await read(client, place.owner, AUDIT)
    assert "Assistant created" in page
    assert place.owner.name in page
    assert "&lt;Anna&gt;" in page
    assert "something.new" in page
    assert "Создан ассистент" in await read(client, place.owner, AUDIT, language="ru")


async def test_changed_fields_and_roles_are_told_in_words(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    place = await make_workspace(runtime)
    deeds: list[tuple[str, dict[str, JsonValue]]] = [
        ("assistant.update", {"fields": ["greeting", "tone", "novelty"]}),
        ("accounts.role_changed", {"before": "operator", "after": "admin"}),
        ("accounts.workspace_changed", {"name": "Daisy", "slug": None}),
        ("accounts.key_created", {"prefix": "bsd_x", "scopes": ["webhooks.manage"]}),
        ("contact.merge", {"merged": "0192f0c4", "chats": 2}),
    ]
    async with runtime.db.fast.transaction(place.id) as conn:
        for action, detail in deeds:
            await audit.record(conn, actor_id=place.owner.actor_id, action=action, detail=detail)
    russian = await read(client, place.owner, AUDIT, language="ru")
    assert "Изменён ассистент" in russian
    assert "Что: приветствие, тон, novelty" in russian
    assert "Было: Оператор · Стало: Администратор" in russian
    assert "Имя: Daisy<" in russian
    assert "Диалогов: 2" in russian
    assert "Начало ключа: bsd_x · Права: Настраивать вебхуки" in russian
    assert "0192f0c4" not in russian
    english = await read(client, place.owner, AUDIT)
    assert "What: greeting, tone, novelty" in english


async def test_records_of_another_workspace_are_not_there(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    place, other = await make_workspace(runtime), await make_workspace(runtime)
    job = await cancelled_job(runtime, place)
    async with runtime.db.fast.transaction(place.id) as conn:
        await audit.record(conn, actor_id=place.owner.actor_id, action="assistant.create")
    assert "Assistant created" not in await read(client, other.owner, AUDIT)
    assert "Removal of a file" not in await read(client, other.owner, JOBS)
    assert (await client.post(f"{JOBS}/{job}/retry", headers=other.headers)).status_code == 404


@pytest.mark.parametrize("path", [JOBS, AUDIT])
async def test_operator_is_refused(client: httpx.AsyncClient, runtime: Runtime, path: str) -> None:
    place = await make_workspace(runtime)
    operator = await make_person(runtime, place, role=Role.OPERATOR)
    answer = await client.get(path, headers={**operator.headers, "Accept": "text/html"})
    assert answer.status_code == 403


def test_every_job_has_words() -> None:
    names = {job.name for module in MODULES for job in module.jobs}
    names |= {JOB_PREFIX + each.name for module in MODULES for each in module.handlers}
    assert [name for name in sorted(names) if not has_text(word_key("job", name))] == []


def test_every_recorded_deed_has_words() -> None:
    sources = Path(besedka.__file__).parent.rglob("*.py")
    deeds = {
        deed for path in sources for deed in RECORDED.findall(path.read_text(encoding="utf-8"))
    }
    assert len(deeds) > FEWEST_DEEDS
    assert [deed for deed in sorted(deeds) if not has_text(word_key("deed", deed))] == []
