"""Every place where somebody names an address for the server to ask: nothing inside is ever asked."""

import asyncio
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path

import httpx
import pytest

from besedka.core.config import Settings
from besedka.core.i18n import text
from besedka.core.runtime import Runtime
from besedka.kernel.answers import service as answers
from besedka.kernel.knowledge import service as knowledge
from besedka.kernel.knowledge.sites.manners import Manners
from besedka.kernel.knowledge.types import SourceState
from besedka.kernel.llm import service as llm
from tests.attacks.company import API, Company, furnish
from tests.core.test_http_guard import REFUSED_ADDRESSES
from tests.fakes.jobs import settled
from tests.kernel.accounts.helpers import by_cookie, cookie_of

LOOPBACK = (
    "127.0.0.1", "127.1", "2130706433", "0x7f.1", "0177.0.0.1", "0", "localhost", "LOCALHOST.", "[::1]", "[::]",
    "[::ffff:127.0.0.1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "①②⑦.⓪.⓪.①", "127。0。0。1", "x.localhost",
)  # fmt: skip
"""Names of ourselves, with a port where somebody listens."""
REFUSAL = text("en", "errors.llm_bad_address")


class Trap:
    """Listens on loopback, and counts who comes."""

    def __init__(self) -> None:
        self.visits = 0
        self.port = 0

    async def note(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.visits += 1
        writer.close()

    def addresses(self) -> list[str]:
        """Return addresses that lead here or to other places inside."""
        return [f"http://{host}:{self.port}/" for host in LOOPBACK] + REFUSED_ADDRESSES


@pytest.fixture
async def trap() -> AsyncIterator[Trap]:
    made = Trap()
    four = await asyncio.start_server(made.note, "127.0.0.1", 0)
    made.port = four.sockets[0].getsockname()[1]
    six = await asyncio.start_server(made.note, "::1", made.port)
    async with four, six:
        yield made


@pytest.fixture
def settings(database_url: str, data_dir: Path) -> Settings:
    """Settings as a server has them: addresses inside are out of reach."""
    return Settings(
        _env_file=None, env="test", database_url=database_url, data_dir=data_dir, log_level="error",
        rate_limits=False, database_pool=4,
    )  # fmt: skip


@pytest.fixture
async def company(runtime: Runtime, client: httpx.AsyncClient) -> Company:
    assert runtime.settings.outgoing_private is False
    return await furnish(runtime, client)


async def test_trap_notices_visits(trap: Trap) -> None:
    for host in ("127.0.0.1", "::1"):
        _, writer = await asyncio.open_connection(host, trap.port)
        await writer.drain()
        writer.close()
        await writer.wait_closed()
    await asyncio.sleep(0.05)
    assert trap.visits == 2


@pytest.mark.parametrize("kind", ["url", "site"])
async def test_document_at_an_address_inside_is_refused_clearly(
    runtime: Runtime, client: httpx.AsyncClient, company: Company, trap: Trap, kind: str
) -> None:
    runtime.get(Manners).pause = 0.0  # nobody is there to be polite to
    collection = company.ids["collection"]
    accepted = []
    for address in trap.addresses():
        body = {"kind": kind, "url": address, "collection_id": collection}
        response = await client.post(f"{API}/documents", json=body, headers=company.owner.headers)
        assert response.status_code in {201, 422}, response.text
        if response.status_code == 201:
            accepted.append(response.json()["id"])
    await settled(runtime)
    assert trap.visits == 0
    unclear = []
    for document in accepted:
        shown = await client.get(f"{API}/documents/{document}", headers=company.owner.headers)
        found = shown.json()
        if found["state"] != SourceState.FAILED or found["error"]["code"] == "internal":
            unclear.append(f"{found['url']}: {found['state']} {found['error']}")
    assert unclear == []


async def test_address_typed_into_the_page_is_refused_clearly(
    runtime: Runtime, client: httpx.AsyncClient, company: Company, trap: Trap
) -> None:
    cookie = by_cookie(await cookie_of(runtime, company.owner.email))
    path = f"/dashboard/assistants/{company.ids['assistant']}/documents"
    for address in trap.addresses()[: len(LOOPBACK)]:
        form = {"kind": "url", "url": address}
        response = await client.post(path, data=form, headers=cookie)
        assert response.status_code in {303, 422}
    await settled(runtime)
    assert trap.visits == 0
    async with runtime.db.fast.acquire(company.id) as conn:
        made = await knowledge.list_sources(conn, None, before=None, limit=100)
    states = {source.state for source in made if source.kind == "url"}
    assert states <= {SourceState.FAILED}


async def test_model_at_an_address_inside_is_refused_clearly(
    runtime: Runtime, client: httpx.AsyncClient, company: Company, trap: Trap
) -> None:
    cookie = {**by_cookie(await cookie_of(runtime, company.owner.email)), "Accept": "text/html"}
    unclear = []
    for address in trap.addresses():
        form = {"base_url": address, "default_model": "m", "api_key": "sk-1"}
        response = await client.post("/dashboard/settings/model", data=form, headers=cookie)
        assert response.status_code in {200, 422}, address
        if REFUSAL not in unescape(response.text):
            unclear.append(address)
    assert unclear == []
    assert trap.visits == 0


async def test_answers_with_a_model_inside_ask_nobody(
    runtime: Runtime, client: httpx.AsyncClient, company: Company, trap: Trap
) -> None:
    """A provider that was saved while such addresses were allowed."""
    async with runtime.db.fast.transaction(company.id) as conn:
        await llm.save_provider(
            runtime,
            conn,
            base_url=f"http://127.0.0.1:{trap.port}/v1",
            default_model="m",
            api_key="k",
        )
        (who,) = await answers.list_assistants(conn)
    draft = await answers.ask(
        runtime, company.id, who, "How much does delivery in the city cost?", locale="en"
    )
    assert "350 roubles" in draft.text
    assert draft.failure
    assert trap.visits == 0


async def test_webhook_to_an_address_inside_is_refused_or_fails_clearly(
    runtime: Runtime, client: httpx.AsyncClient, company: Company, trap: Trap
) -> None:
    """Names are looked up when something is sent: then the delivery says why it was not."""
    hook, unclear = f"{API}/webhooks/{company.ids['webhook']}", []
    for address in trap.addresses():
        body = {"url": address, "enabled": True}
        changed = await client.patch(hook, json=body, headers=company.owner.headers)
        assert changed.status_code in {200, 422}, address
        if changed.status_code == 200:
            sent = await client.post(f"{hook}/test", headers=company.owner.headers)
            assert sent.status_code == 202
            await settled(runtime)
            log = await client.get(f"{hook}/deliveries?limit=1", headers=company.owner.headers)
            if not log.json()[0]["error"]:
                unclear.append(address)
    assert unclear == []
    assert trap.visits == 0


async def test_page_to_look_at_for_the_widgets_line_is_refused_inside(
    client: httpx.AsyncClient, company: Company, trap: Trap
) -> None:
    path = f"{API}/widgets/{company.ids['widget_id']}/check"
    unclear = []
    for address in trap.addresses():
        answer = await client.post(path, json={"url": address}, headers=company.owner.headers)
        if answer.status_code != 422 and answer.json()["seen"] != "unreachable":
            unclear.append(f"{address}: {answer.text}")
    assert (trap.visits, unclear) == (0, [])
