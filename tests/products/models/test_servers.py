"""Servers of models that a host finds by address and connects: who may, where they may be, and who answers."""

from secrets import token_hex

import httpx
import pytest

from besedka.core.config import Settings
from besedka.core.runtime import Runtime
from besedka.kernel.llm.breakers import FIRST_PAUSE, IN_A_ROW, Breakers, Gate
from besedka.kernel.llm.errors import AuthFailed, ContextTooLong, Overloaded
from besedka.kernel.llm.service import calls
from besedka.kernel.llm.service.inside import HostsHttp
from tests.factories import MadeWorkspace, make_workspace
from tests.fakes.llm import Fail, FakeLlm, Raw, Say
from tests.fakes.scripts import Json
from tests.products.account.test_records import read
from tests.products.chat.scenes import open_chat
from tests.products.models.conftest import SERVERS, connect

PAGE = "/dashboard/settings/providers"
LLAMA: Json = {
    "details": {"family": "llama", "families": ["llama"], "parameter_size": "8.0B", "quantization_level": "Q4_K_M"},
    "model_info": {"general.architecture": "llama", "llama.context_length": 131072},
    "capabilities": ["completion", "tools"],
}  # fmt: skip
VECTORS: Json = {"details": {"family": "bert"}, "capabilities": ["embedding"]}


async def test_host_finds_an_ollama_by_its_address_and_people_use_what_was_chosen(
    client: httpx.AsyncClient, runtime: Runtime, host: MadeWorkspace, one: FakeLlm
) -> None:
    one.models = [{"id": "llama3.1:8b"}, {"id": "nomic-embed-text"}]
    one.ollama = {"llama3.1:8b": LLAMA, "nomic-embed-text": VECTORS}
    looked = await client.post(f"{SERVERS}/look", json={"base_url": one.origin}, headers=host.headers)  # fmt: skip
    (found,) = looked.json()
    assert (found["software"], found["kind"]) == ("Ollama", "openai")
    assert found["models"] == [
        {
            "id": "llama3.1:8b", "context": 131072, "abilities": ["tools", "structured_output"],
            "about": "llama · 8.0B · Q4_K_M",
        }
    ]  # fmt: skip
    body = {
        "name": "Rack", "base_url": one.origin,
        "models": [{"id": "llama", "upstream": "llama3.1:8b", "price": {"currency": "RUB", "input": 0, "output": 0}}],
    }  # fmt: skip
    made = (await client.post(SERVERS, json=body, headers=host.headers)).json()
    assert made["models"][0]["context"] == 131072
    member = await make_workspace(runtime)
    usable = (await client.get("/api/v1/llm/models", headers=member.headers)).json()
    assert [(each["id"], each["key"], each["price"]["input"]) for each in usable] == [
        ("llama", "installation", 0)
    ]
    chat = await open_chat(client, runtime, member, one)
    assert (await chat.ask("Hello")).json()["message"]["provider"] == "Rack"
    assert one.requests[-1].body["model"] == "llama3.1:8b"


async def test_nobody_but_a_host_sees_or_changes_servers(
    client: httpx.AsyncClient, runtime: Runtime, host: MadeWorkspace, one: FakeLlm
) -> None:
    made = await connect(client, host, one, "rack")
    assert "sk-rack-secret" not in (await client.get(SERVERS, headers=host.headers)).text
    owner = await make_workspace(runtime)
    for method, path in (
        ("GET", ""), ("GET", "/health"), ("DELETE", f"/{made['id']}"), ("POST", f"/{made['id']}/test")
    ):  # fmt: skip
        refused = await client.request(method, SERVERS + path, headers=owner.headers)
        assert refused.status_code == 403
    again = {"name": "rack", "base_url": one.base_url, "models": [{"id": "m"}]}
    assert (await client.post(SERVERS, json=again, headers=host.headers)).status_code == 409


async def test_host_connects_changes_and_forgets_a_server_on_the_page(
    client: httpx.AsyncClient, host: MadeWorkspace, one: FakeLlm
) -> None:
    headers = {**host.owner.headers, "Accept": "text/html"}
    form = {"base_url": one.base_url, "api_key": "sk-typed-secret"}
    found = await client.post(f"{PAGE}/look", data=form, headers=headers)
    assert "fake-small" in found.text
    assert "sk-typed-secret" not in found.text
    sealed = found.text.partition('name="sealed" value="')[2].partition('"')[0]
    chosen = {
        "name": "Rack", "base_url": one.base_url, "kind": "openai", "sealed": sealed, "models": ["fake-large", "fake-small"],
        "price": "set", "input": "10,5", "output": "20", "currency": "RUB",
    }  # fmt: skip
    connected = await client.post(PAGE, data=chosen, headers=headers)
    assert connected.status_code == 200
    assert one.requests[-1].headers["Authorization"] == "Bearer sk-typed-secret"
    (server,) = (await client.get(SERVERS, headers=host.headers)).json()
    assert server["has_key"]
    assert server["models"][0]["price"] == {"currency": "RUB", "input": 10500000, "output": 20000000}  # fmt: skip
    fewer = {**chosen, "server": server["id"], "sealed": "", "models": ["fake-small"], "price": "free"}  # fmt: skip
    await client.post(PAGE, data=fewer, headers=headers)
    (server,) = (await client.get(SERVERS, headers=host.headers)).json()
    assert ([each["id"] for each in server["models"]], server["has_key"]) == (["fake-small"], True)
    assert one.base_url in await read(client, host.owner, f"{PAGE}?change={server['id']}")
    await client.post(f"{PAGE}/{server['id']}/delete", headers=headers)
    assert (await client.get(SERVERS, headers=host.headers)).json() == []


async def test_another_provider_stands_in_before_the_first_word_and_the_host_sees_why(
    client: httpx.AsyncClient, runtime: Runtime, host: MadeWorkspace, one: FakeLlm, two: FakeLlm,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    # Calls are counted by name, those of other tests too.
    rack_name, cloud_name = (f"{word}-{token_hex(3)}" for word in ("rack", "cloud"))
    server = await connect(client, host, one, rack_name)
    await connect(client, host, two, cloud_name, upstream="vendor/fake-large")
    chat = await open_chat(client, runtime, host, two)
    faults: dict[str, Fail | Raw] = {
        "auth": Fail(401, {"error": {"message": "Incorrect API key", "code": "invalid_api_key"}}),
        "rate": Fail(429, {"error": {"message": "slow down"}}, headers={"Retry-After": "7"}),
        "overloaded": Fail(529, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}),
        "cut": Raw((b'data: {"choices": [{"delta": {"role": "assist',), cut=True),
        "silence": Raw((), hang=True),
    }  # fmt: skip
    for name, fault in faults.items():
        monkeypatch.setattr(calls, "PATIENCE_SECONDS", 0.2 if name == "silence" else 45.0)
        runtime.put(Breakers())  # each fault is met anew
        one.then(fault)
        said = (await chat.ask("Hello")).json()["message"]
        assert (said["provider"], said["instead_of"], said["failure"]) == (
            cloud_name,
            [rack_name],
            None,
        )
    assert two.requests[-1].body["model"] == "vendor/fake-large"
    # What is wrong with the question is wrong everywhere.
    one.then(Fail(400, {"error": {"message": "maximum context length", "code": "context_length_exceeded"}}))  # fmt: skip
    assert (await chat.ask("Hello")).json()["code"] == "llm_context_too_long"
    # After the first word nobody else goes on.
    one.then(Say("Half of it", cut_after=2))
    cut = (await chat.ask("Hello")).json()["message"]
    assert (cut["provider"], cut["finish"], cut["instead_of"]) == (rack_name, "cut", [])
    health = {each["title"]: each for each in (await client.get(f"{SERVERS}/health", headers=host.headers)).json()}  # fmt: skip
    (rack,), (cloud,) = health[rack_name]["models"], health[cloud_name]["models"]
    assert {each["code"] for each in rack["failures"]} >= {"llm_auth", "llm_rate_limit", "llm_overloaded"}  # fmt: skip
    assert (cloud["done"], cloud["failed"], cloud["p50"] is not None) == (len(faults), 0, True)
    metrics = (await client.get("/metrics")).text
    assert 'besedka_llm_calls_total{outcome="auth",provider="servers"}' in metrics
    shown = await read(client, host.owner, PAGE)
    assert rack_name in shown
    assert "instead" in await read(client, host.owner, f"/dashboard/chat/{chat.chat}")
    # What it served once is still told of.
    less = {"name": rack_name, "base_url": one.base_url, "models": [{"id": "fake-small"}]}
    changed = await client.put(f"{SERVERS}/{server['id']}", json=less, headers=host.headers)
    assert changed.status_code == 200, changed.text
    assert "fake-large" in await read(client, host.owner, PAGE)


async def test_host_says_who_is_asked_first(
    client: httpx.AsyncClient, runtime: Runtime, host: MadeWorkspace, one: FakeLlm, two: FakeLlm
) -> None:
    await connect(client, host, one, "rack")
    cloud = await connect(client, host, two, "cloud")
    chat = await open_chat(client, runtime, host, one)
    assert (await chat.ask("Hello")).json()["message"]["provider"] == "rack"
    moved = {"provider": cloud["provider"], "way": "up"}
    await client.post(f"{PAGE}/move", data=moved, headers={**host.headers, "Accept": "text/html"})
    assert (await chat.ask("Hello")).json()["message"]["provider"] == "cloud"


def test_way_that_keeps_failing_is_closed_and_tried_by_one_call() -> None:
    now = [0.0]
    breakers, way = Breakers(lambda: now[0]), ("rack", "m")
    for _ in range(IN_A_ROW):
        assert breakers.gate(way) is Gate.CLOSED
        breakers.fail(way, Overloaded("busy"))
    assert (breakers.gate(way), breakers.detail(way)) == (Gate.OPEN, "busy")
    now[0] += FIRST_PAUSE
    assert breakers.gate(way) is Gate.HALF_OPEN
    breakers.begin(way)
    assert breakers.gate(way) is Gate.OPEN
    breakers.fail(way, Overloaded())
    now[0] += FIRST_PAUSE
    assert breakers.gate(way) is Gate.OPEN
    now[0] += FIRST_PAUSE
    breakers.begin(way)
    breakers.succeed(way)
    assert breakers.gate(way) is Gate.CLOSED
    breakers.fail(way, ContextTooLong())
    assert breakers.gate(way) is Gate.CLOSED
    breakers.fail(way, AuthFailed())
    assert breakers.gate(way) is Gate.OPEN


class TestInside:
    """A server that may reach nothing inside but what its setting names."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        settings.outgoing_private = False
        return settings

    async def test_address_inside_is_refused_unless_the_setting_names_it(
        self,
        client: httpx.AsyncClient,
        runtime: Runtime,
        host: MadeWorkspace,
        one: FakeLlm,
        two: FakeLlm,
    ) -> None:
        async def look(base_url: str) -> httpx.Response:
            return await client.post(f"{SERVERS}/look", json={"base_url": base_url}, headers=host.headers)  # fmt: skip

        refused = await look(one.origin)
        assert (refused.status_code, refused.json()["code"]) == (422, "llm_bad_address")
        here = await client.post(f"{SERVERS}/look", json={}, headers=host.headers)
        assert (here.status_code, here.json()["code"]) == (409, "local_models_off")
        runtime.settings.model_hosts = (one.origin.removeprefix("http://"),)
        await runtime.get(HostsHttp).close()
        assert (await look(one.origin)).status_code == 200
        assert (await look(two.origin)).json()["code"] == "llm_bad_address"
        assert (await look("http://169.254.169.254/v1")).json()["code"] == "llm_bad_address"
        # Nobody is followed to another place.
        made = await connect(client, host, one, "rack")
        there = {"Location": f"{two.base_url}/chat/completions"}
        one.then(Raw((), status=307, headers=there))
        moved = await client.post(f"{SERVERS}/{made['id']}/test", headers=host.headers)
        assert moved.json()["ok"] is False
        assert not two.requests
        one.requests.clear()
        # The allowance is the host's: a company cannot use it for an address of its own.
        given = {"base_url": one.base_url, "default_model": "fake-large", "api_key": "k"}
        await client.put("/api/v1/provider", json=given, headers=host.headers)
        await client.put("/api/v1/llm/key", json=given, headers=host.headers)
        mine = (await client.post("/api/v1/llm/key/test", headers=host.headers)).json()
        assert mine["code"] == "llm_bad_address"
        tried = (await client.post("/api/v1/provider/test", headers=host.headers)).json()
        assert tried["answers"]["code"] == "llm_bad_address"
        assert not one.requests


@pytest.mark.parametrize("kind", [None, "openai", "anthropic"])
async def test_address_that_is_none_is_told_as_one(
    client: httpx.AsyncClient, host: MadeWorkspace, kind: str | None
) -> None:
    body = {"base_url": "http://[::1", "kind": kind}
    looked = await client.post(f"{SERVERS}/look", json=body, headers=host.headers)
    named = {**body, "name": "rack", "models": [{"id": "m"}]}
    made = await client.post(SERVERS, json=named, headers=host.headers)
    for each in (looked, made):
        assert (each.status_code, each.json()["code"]) == (422, "llm_bad_address")
