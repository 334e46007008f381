"""A widget of a company, its visitors, and its owner's wishes, over HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import uuid4

import httpx
from pydantic import JsonValue

from besedka.core.runtime import Runtime
from tests.factories import MadeWorkspace
from tests.products.widget.test_main_job import open_widget

API = "/api/v1"


@dataclass(frozen=True)
class Visit:
    """A browser that opened the widget."""

    client: httpx.AsyncClient
    base: str
    session: Mapping[str, JsonValue]

    @property
    def headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self.session['visitor']}", "Accept-Language": "ru"}

    async def post(self, path: str, body: Mapping[str, JsonValue] | None = None) -> httpx.Response:
        return await self.client.post(f"{self.base}{path}", json=body or {}, headers=self.headers)

    async def get(self, path: str) -> httpx.Response:
        return await self.client.get(f"{self.base}{path}", headers=self.headers)

    async def say(self, body: str) -> httpx.Response:
        return await self.post("/messages", {"key": str(uuid4()), "body": body})


@dataclass(frozen=True)
class Counter:
    """A company's widget as its owner has it."""

    client: httpx.AsyncClient
    runtime: Runtime
    made: MadeWorkspace
    key: str
    widget_id: str
    assistant_id: str

    async def enter(self, **body: JsonValue) -> Visit:
        """Open the widget in another browser, a minute ago."""
        base = f"{API}/widget/{self.key}"
        answer = await self.client.post(f"{base}/session", json={"locale": "ru", **body})
        assert answer.status_code == 200, answer.text
        async with self.runtime.db.fast.transaction(self.made.id) as conn:
            await conn.execute(
                "UPDATE widget_visitor SET created_at = created_at - interval '1 minute' WHERE workspace_id = $1",
                self.made.id,
            )
        return Visit(self.client, base, answer.json())

    async def change(self, **body: JsonValue) -> httpx.Response:
        """Change the widget as its owner."""
        return await self.client.patch(
            f"{API}/widgets/{self.widget_id}", json=body, headers=self.made.headers
        )

    async def wish(self, **options: JsonValue) -> None:
        """Change its options."""
        answer = await self.change(options=options)
        assert answer.status_code == 200, answer.text

    async def answer(self, chat: JsonValue, words: str, *names: str) -> None:
        """Reply as a person, with files of these names."""
        files = [
            (await self.client.post(f"{API}/files/upload", files={"file": (name, b"Paid")}, headers=self.made.headers)).json()["id"]
            for name in names
        ]  # fmt: skip
        reply = await self.client.post(
            f"{API}/dialogs/{chat}/reply", headers=self.made.headers,
            json={"key": str(uuid4()), "body": words, "attachments": files},
        )  # fmt: skip
        assert reply.status_code == 201, reply.text

    async def shown(self) -> Mapping[str, JsonValue]:
        """Return the widget as its owner sees it."""
        found = await self.client.get(f"{API}/widgets/{self.widget_id}", headers=self.made.headers)
        widget: Mapping[str, JsonValue] = found.json()
        return widget

    async def contact(self, visit: Visit) -> Mapping[str, JsonValue]:
        """Return the contact of a visitor as people see it."""
        found = await self.client.get(
            f"{API}/contacts/{visit.session['contact']}", headers=self.made.headers
        )
        assert found.status_code == 200, found.text
        shown: Mapping[str, JsonValue] = found.json()
        return shown


async def open_counter(client: httpx.AsyncClient, runtime: Runtime) -> Counter:
    """Make a company with an assistant and a widget."""
    made, key = await open_widget(runtime)
    widgets = (await client.get(f"{API}/widgets", headers=made.headers)).json()
    (widget,) = (each for each in widgets if each["public_key"] == key)
    return Counter(client, runtime, made, key, widget["id"], widget["assistant_id"])
