"""Webhooks against a real receiver: what is signed, sent again, logged, and switched off."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from pydantic import JsonValue

from besedka.core import clock, events
from besedka.core.ids import ActorId, new_id
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import Role
from besedka.kernel.answers.events import AssistantCreated
from besedka.kernel.jobs import service as jobs
from besedka.kernel.jobs.errors import RetryLater
from besedka.products.webhooks import service
from tests.factories import MadeWorkspace, make_person, make_workspace
from tests.fakes.jobs import eventually, settled
from tests.fakes.receiver import Received, Receiver, fake_receiver

HOOKS = "/api/v1/webhooks"

Json = dict[str, JsonValue]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with fake_receiver() as made:
        yield made


@pytest.fixture
async def firm(runtime: Runtime) -> MadeWorkspace:
    return await make_workspace(runtime, name="Firm")


async def subscribe(
    client: httpx.AsyncClient, firm: MadeWorkspace, url: str, *kinds: str
) -> tuple[str, str]:
    """Subscribe; returns the webhook's id and secret."""
    body = {"url": url, "kinds": list(kinds)}
    made = await client.post(HOOKS, json=body, headers=firm.headers)
    assert made.status_code == 201, made.text
    return made.json()["id"], made.json()["secret"]


async def happen(runtime: Runtime, firm: MadeWorkspace) -> AssistantCreated:
    """Let something happen that webhooks hear of."""
    event = AssistantCreated(workspace_id=firm.id, assistant_id=ActorId(new_id()), name="Анна")
    async with runtime.db.fast.transaction(firm.id) as conn:
        await service.hear(conn, event)
    return event


async def first(receiver: Receiver, count: int = 1) -> list[Received]:
    async def find() -> list[Received] | None:
        return receiver.received if len(receiver.received) >= count else None

    return await eventually(find)


async def log(client: httpx.AsyncClient, firm: MadeWorkspace, hook: str) -> list[Json]:
    found = await client.get(f"{HOOKS}/{hook}/deliveries", headers=firm.headers)
    assert found.status_code == 200, found.text
    shown: list[Json] = found.json()
    return shown


async def first_failure(
    runtime: Runtime, client: httpx.AsyncClient, firm: MadeWorkspace, hook: str
) -> Json:
    """Let one attempt fail; the next ones are the test's own. Returns the log's entry."""
    await happen(runtime, firm)

    async def find() -> Json | None:
        (entry,) = await log(client, firm, hook)
        return entry if entry["attempts"] else None

    entry = await eventually(find)

    async def drop() -> bool | None:
        async with runtime.db.fast.acquire(firm.id) as conn:
            await jobs.drop(conn, f"{service.DELIVER}:{entry['id']}")
            left = await conn.fetchval(
                "SELECT count(*) FROM job WHERE workspace_id = $1 AND state IN ('queued', 'running')",
                firm.id,
            )
        return True if left == 0 else None

    await eventually(drop)
    return entry


async def stored(runtime: Runtime, firm: MadeWorkspace) -> int:
    async with runtime.db.fast.acquire(firm.id) as conn:
        count: int = await conn.fetchval(
            "SELECT count(*) FROM webhook_delivery WHERE workspace_id = $1", firm.id
        )
    return count


async def test_event_is_sent_signed_and_logged(
    runtime: Runtime, client: httpx.AsyncClient, receiver: Receiver, firm: MadeWorkspace
) -> None:
    hook, secret = await subscribe(client, firm, receiver.url, "assistant.created")
    made = await client.post(
        "/api/v1/assistants", json={"name": "Анна", "language": "en"}, headers=firm.headers
    )
    (request,) = await first(receiver)
    assert request.signed_with(secret)
    sent = json.loads(request.body)
    assert sent["type"] == "assistant.created"
    assert (sent["data"]["assistant_id"], sent["data"]["name"]) == (made.json()["id"], "Анна")
    assert abs(int(request.headers["webhook-timestamp"]) - clock.now().timestamp()) < 60
    await settled(runtime)
    (entry,) = await log(client, firm, hook)
    assert (entry["state"], entry["status"], entry["response"]) == ("delivered", 200, "thanks")
    assert request.id == f"msg_{UUID(str(entry['event_id'])).hex}"


async def test_nothing_is_stored_where_nobody_listens(
    runtime: Runtime, client: httpx.AsyncClient, receiver: Receiver, firm: MadeWorkspace
) -> None:
    await happen(runtime, firm)
    hook, _ = await subscribe(client, firm, receiver.url, "document.ready")
    await happen(runtime, firm)
    assert await stored(runtime, firm) == 0
    await client.patch(f"{HOOKS}/{hook}", json={"kinds": []}, headers=firm.headers)
    await happen(runtime, firm)
    assert await stored(runtime, firm) == 1
    await client.patch(f"{HOOKS}/{hook}", json={"enabled": False}, headers=firm.headers)
    await happen(runtime, firm)
    assert await stored(runtime, firm) == 1


async def test_event_of_a_failed_transaction_is_never_sent(
    runtime: Runtime, client: httpx.AsyncClient, receiver: Receiver, firm: MadeWorkspace
) -> None:
    await subscribe(client, firm, receiver.url)
    event = AssistantCreated(workspace_id=firm.id, assistant_id=ActorId(new_id()), name="x")
    async with runtime.db.fast.acquire(firm.id) as conn:
        transaction = conn.transaction()
        await transaction.__aenter__()
        await events.publish(conn, event)
        await transaction.__aexit__(RuntimeError, RuntimeError(), None)
    await settled(runtime)
    assert (await stored(runtime, firm), receiver.received) == (0, [])


async def test_replay_has_one_effect_at_a_receiver_that_deduplicates(
    runtime: Runtime, client: httpx.AsyncClient, receiver: Receiver, firm: MadeWorkspace
) -> None:
    hook, secret = await subscribe(client, firm, receiver.url)
    event = await happen(runtime, firm)
    async with runtime.db.fast.transaction(firm.id) as conn:
        for _ in range(20):
            await service.hear(conn, event)
    await settled(runtime)
    (entry,) = await log(client, firm, hook)
    for _ in range(20):
        again = await client.post(
            f"{HOOKS}/{hook}/deliveries/{entry['id']}/redeliver", headers=firm.headers
        )
        assert again.status_code == 202
        await settled(runtime)
    assert len(receiver.received) == 21
    assert all(request.signed_with(secret) for request in receiver.received)
    assert len(receiver.effects) == 1


async def test_failure_is_tried_again_later_and_ends_well(
    runtime: Runtime, client: httpx.AsyncClient, receiver: Receiver, firm: MadeWorkspace
) -> None:
    receiver.status, receiver.answer = 500, b"x" * 10_000
    hook, _ = await subscribe(client, firm, receiver.url)
    entry = await first_failure(runtime, client, firm, hook)
    assert (entry["state"], entry["status"], len(str(entry["response"]))) == ("queued", 500, 2048)
    shown = (await client.get(f"{HOOKS}/{hook}", headers=firm.headers)).json()
    assert shown["failing_since"] is not None
    receiver.status = 204
    receiver.answer = b""
    await service.deliver(runtime, firm.id, UUID(str(entry["id"])), attempt=2)
    (entry,) = await log(client, firm, hook)
    assert (entry["state"], entry["attempts"]) == ("delivered", 2)
    shown = (await client.get(f"{HOOKS}/{hook}", headers=firm.headers)).json()
    assert shown["failing_since"] is None


async def test_redelivery_does_not_wait_for_the_next_attempt(
    runtime: Runtime, client: httpx.AsyncClient, receiver: Receiver, firm: MadeWorkspace
) -> None:
    receiver.status = 500
    hook, _ = await subscribe(client, firm, receiver.url)
    await happen(runtime, firm)
    await settled(runtime)
    async with runtime.db.fast.acquire(firm.id) as conn:
        await conn.execute(
            "UPDATE job SET run_at = now() + interval '1 hour' WHERE workspace_id = $1 AND state = 'queued'",
            firm.id,
        )
    receiver.status = 200
    (entry,) = await log(client, firm, hook)
    path = f"{HOOKS}/{hook}/deliveries/{entry['id']}/redeliver"
    assert (await client.post(path, headers=firm.headers)).status_code == 202
    await settled(runtime)
    (entry,) = await log(client, firm, hook)
    assert entry["state"] == "delivered"


async def test_attempts_go_on_for_a_day_and_then_end(
    runtime: Runtime, client: httpx.AsyncClient, receiver: Receiver, firm: MadeWorkspace
) -> None:
    receiver.status = 503
    hook, _ = await subscribe(client, firm, receiver.url)
    entry = await first_failure(runtime, client, firm, hook)
    delivery, waits = UUID(str(entry["id"])), []
    for attempt in range(2, len(service.DELAYS) + 1):
        with pytest.raises(RetryLater) as caught:
            await service.deliver(runtime, firm.id, delivery, attempt=attempt)
        waits.append(caught.value.after)
    assert timedelta(hours=20) < timedelta(seconds=sum(waits)) < timedelta(hours=25)
    await service.deliver(runtime, firm.id, delivery, attempt=len(service.DELAYS) + 1)
    (entry,) = await log(client, firm, hook)
    assert (entry["state"], entry["attempts"]) == ("failed", len(service.DELAYS) + 1)


async def test_long_failure_switches_off_and_writes_to_the_owner(
    runtime: Runtime, client: httpx.AsyncClient, receiver: Receiver, firm: MadeWorkspace
) -> None:
    receiver.status = 500
    hook, _ = await subscribe(client, firm, receiver.url)
    await client.patch("/api/v1/users/me", json={"locale": "ru"}, headers=firm.headers)
    async with runtime.db.fast.acquire(firm.id) as conn:
        await conn.execute(
            "UPDATE webhook SET failing_since = now() - interval '6 days' WHERE workspace_id = $1",
            firm.id,
        )
    await happen(runtime, firm)
    await settled(runtime)
    shown = (await client.get(f"{HOOKS}/{hook}", headers=firm.headers)).json()
    assert (shown["enabled"], shown["disabled_for"]) == (False, "failing")
    async with runtime.db.system.acquire() as conn:
        letters = await conn.fetch(
            "SELECT subject, body_text FROM letter WHERE to_address = $1 AND name = 'webhook_off'",
            firm.owner.email,
        )
    assert [row["subject"] for row in letters] == ["Вебхук пространства Firm выключен"]
    assert f"/w/{firm.slug}/dashboard/settings/webhooks/{hook}" in letters[0]["body_text"]
    await happen(runtime, firm)
    assert len(receiver.received) == 1
    on = await client.patch(f"{HOOKS}/{hook}", json={"enabled": True}, headers=firm.headers)
    assert (on.json()["enabled"], on.json()["failing_since"]) == (True, None)


async def test_receiver_that_is_gone_is_not_asked_again(
    runtime: Runtime, client: httpx.AsyncClient, receiver: Receiver, firm: MadeWorkspace
) -> None:
    receiver.status = 410
    hook, _ = await subscribe(client, firm, receiver.url)
    await happen(runtime, firm)
    await settled(runtime)
    shown = (await client.get(f"{HOOKS}/{hook}", headers=firm.headers)).json()
    assert (shown["enabled"], shown["disabled_for"]) == (False, "gone")
    refused = await client.post(f"{HOOKS}/{hook}/test", headers=firm.headers)
    assert refused.status_code == 409


async def test_both_secrets_are_valid_for_a_while_after_a_change(
    runtime: Runtime, client: httpx.AsyncClient, receiver: Receiver, firm: MadeWorkspace
) -> None:
    hook, old = await subscribe(client, firm, receiver.url)
    changed = await client.post(f"{HOOKS}/{hook}/secret", headers=firm.headers)
    new = changed.json()["secret"]
    assert (await client.post(f"{HOOKS}/{hook}/test", headers=firm.headers)).status_code == 202
    (request,) = await first(receiver)
    assert (request.signed_with(old), request.signed_with(new)) == (True, True)
    async with runtime.db.fast.acquire(firm.id) as conn:
        await conn.execute(
            "UPDATE webhook SET former_until = now() WHERE workspace_id = $1", firm.id
        )
    await client.post(f"{HOOKS}/{hook}/test", headers=firm.headers)
    _, request = await first(receiver, 2)
    assert (request.signed_with(old), request.signed_with(new)) == (False, True)
    assert json.loads(request.body)["type"] == "webhook.ping"


async def test_secret_is_told_once_and_stored_sealed(
    runtime: Runtime, client: httpx.AsyncClient, receiver: Receiver, firm: MadeWorkspace
) -> None:
    _, secret = await subscribe(client, firm, receiver.url)
    assert secret.startswith("whsec_")
    shown = await client.get(HOOKS, headers=firm.headers)
    assert "secret" not in shown.json()[0]
    async with runtime.db.fast.acquire(firm.id) as conn:
        sealed: bytes = await conn.fetchval(
            "SELECT secret FROM webhook WHERE workspace_id = $1", firm.id
        )
    assert secret.encode() not in sealed


async def test_wrong_kind_wrong_address_and_too_many_are_refused(
    runtime: Runtime, client: httpx.AsyncClient, receiver: Receiver, firm: MadeWorkspace
) -> None:
    for body in (
        {"url": receiver.url, "kinds": ["no.such"]},
        {"url": "ftp://receiver.example/"},
        {"url": "http://169.254.169.254/latest"},
        {"url": receiver.url, "unknown": 1},
    ):
        assert (await client.post(HOOKS, json=body, headers=firm.headers)).status_code == 422
    for _ in range(service.MOST):
        await subscribe(client, firm, receiver.url, "document.failed")
    one_more = await client.post(HOOKS, json={"url": receiver.url}, headers=firm.headers)
    assert (one_more.status_code, one_more.json()["code"]) == (409, "webhook_too_many")
    kinds = await client.get(f"{HOOKS}/kinds", headers=firm.headers)
    assert {"assistant.created", "document.ready", "document.failed"} <= set(kinds.json())


async def test_removed_webhook_is_gone_with_its_log_and_operators_may_not_look(
    runtime: Runtime, client: httpx.AsyncClient, receiver: Receiver, firm: MadeWorkspace
) -> None:
    hook, _ = await subscribe(client, firm, receiver.url)
    await happen(runtime, firm)
    operator = await make_person(runtime, firm, role=Role.OPERATOR)
    assert (await client.get(HOOKS, headers=operator.headers)).status_code == 403
    gone = await client.delete(f"{HOOKS}/{hook}", headers=firm.headers)
    assert gone.status_code == 204
    assert await stored(runtime, firm) == 0
    assert (await client.get(f"{HOOKS}/{hook}", headers=firm.headers)).status_code == 404
