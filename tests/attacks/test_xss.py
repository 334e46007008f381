"""Hostile words in every place where words are kept: they come out as words."""

from collections.abc import AsyncIterator
from html import escape

import httpx
import pytest

from besedka.core.markup import plain_to_html, to_html
from besedka.core.runtime import Runtime
from besedka.kernel.conversations.service.spelling import render
from tests.attacks.company import API, Company, furnish
from tests.attacks.inert import faults_of_message, faults_of_page, skeleton
from tests.attacks.operations import operations
from tests.attacks.payloads import fits, payloads, selected
from tests.attacks.planting import plant
from tests.fakes.jobs import settled
from tests.kernel.accounts.helpers import by_cookie, cookie_of

LEAST = 150


def test_every_payload_is_rendered_inert() -> None:
    assert len(payloads()) > LEAST
    faults = [
        f"{payload!r} of {sender}: {fault}"
        for payload in payloads()
        for sender in ("contact", "user", "assistant", "system")
        for fault in faults_of_message(render(payload, sender=sender))
    ]
    assert faults == []


@pytest.mark.parametrize(
    "nested", ["> {}", "- {}", "**{}**", "# {}", "[{}](https://a.example/)", "{0} {0}"]
)
def test_payload_within_markdown_is_rendered_inert(nested: str) -> None:
    faults = [
        f"{payload!r}: {fault}"
        for payload in payloads()
        for fault in faults_of_message(to_html(nested.format(payload)))
    ]
    assert faults == []


def test_two_payloads_in_one_message_are_rendered_inert() -> None:
    """Two halves that are harmless may make one whole: sanitisers have failed at that."""
    several = selected(60)
    faults = [
        f"{one!r} + {other!r}: {fault}"
        for one, other in zip(several, several[7:] + several[:7], strict=True)
        for joint in ("", "\n", "\n\n")
        for way in (to_html, plain_to_html)
        for fault in faults_of_message(way(one + joint + other))
    ]
    assert faults == []


@pytest.fixture
async def still_queue(runtime: Runtime) -> AsyncIterator[None]:
    """Nothing becomes due by itself meanwhile, so that the page about the queue shows the same each time."""
    async with runtime.db.system.acquire() as conn:
        await conn.execute("UPDATE job_schedule SET next_run = next_run + interval '1 hour'")
        await conn.execute("DELETE FROM job WHERE state = 'queued'")
    await settled(runtime)
    yield
    async with runtime.db.system.acquire() as conn:
        await conn.execute("UPDATE job_schedule SET next_run = next_run - interval '1 hour'")


@pytest.fixture
async def company(runtime: Runtime, client: httpx.AsyncClient) -> Company:
    return await furnish(runtime, client)


def is_download(answer: httpx.Response) -> bool:
    """Whether it is a table to take away, which no browser opens as a page."""
    is_table = answer.headers["content-type"].startswith("text/csv")
    return is_table and answer.headers["content-disposition"].startswith("attachment")


def is_stream(answer: httpx.Response) -> bool:
    """Whether it is events for a script, whose HTML is that of `core.markup` and has the shape of its Markdown."""
    return answer.headers["content-type"].startswith("text/event-stream")


SHORT = [payload for payload in payloads() if fits(payload, 80)]
PLANTED = [
    "plain words",
    "javascript:alert(7)",
    "data:text/html,<script>alert(7)</script>",
    *SHORT[::80],
]
SHOWN_AT_LEAST = 15
"""On so many pages some of the planted words are seen."""


async def test_posted_payload_comes_back_as_it_was_and_inert(
    client: httpx.AsyncClient, company: Company
) -> None:
    """Through the API, as an operator and as a visitor writes it."""
    ids, owner = company.ids, company.owner.headers
    ways = {
        f"{API}/chats/{ids['chat']}/messages": owner,
        f"{API}/chats/{ids['dialog']}/messages": owner,
        f"{API}/widget/{ids['widget']}/messages": company.visitor,
    }
    faults = []
    for number, payload in enumerate(p for p in selected(LEAST) if p == p.strip()):
        for path, headers in ways.items():
            message = {"key": f"x{number}", "body": payload}
            response = await client.post(path, json=message, headers=headers)
            if response.status_code == 422:
                continue
            assert response.json()["body"] == payload
            faults += [
                f"{payload!r}: {each}" for each in faults_of_message(response.json()["html"])
            ]
    assert faults == []


@pytest.mark.usefixtures("still_queue")
async def test_pages_keep_their_shape_whatever_is_stored(
    runtime: Runtime, client: httpx.AsyncClient, company: Company
) -> None:
    """Words that were stored by whatever way change no page's elements: only the text between them."""
    cookie = {**by_cookie(await cookie_of(runtime, company.owner.email)), "Accept": "text/html"}
    pages = [
        each.fill(lambda _place, kind: company.ids[kind.kind])
        for each in operations()
        if each.is_page
        and each.reads
        and str(each).startswith(("GET /dashboard", "GET /demo", "GET /shared"))
    ]
    shapes: dict[str, list[str]] = {}
    shown: set[str] = set()
    faults = []
    for payload in PLANTED:
        await plant(runtime, company.id, payload)
        for page in pages:
            answer = await page.send(client, cookie)
            assert answer.status_code in {200, 303}, f"{page.path}: {answer.status_code}"
            if not answer.text or is_download(answer) or is_stream(answer):
                continue
            faults += [
                f"{page.path} with {payload!r}: {each}" for each in faults_of_page(answer.text)
            ]
            if escape(payload) in answer.text:
                shown.add(page.path)
            if skeleton(answer.text) != shapes.setdefault(page.path, skeleton(answer.text)):
                faults.append(f"{page.path} with {payload!r} has another shape")
    assert faults == []
    assert len(shown) >= SHOWN_AT_LEAST, shown
