"""All hostile markup that runs by itself, on every page and in both ends of a dialog, in a real browser."""

import httpx
import pytest

from besedka.core.runtime import Runtime
from tests.attacks.company import furnish
from tests.attacks.payloads import loud
from tests.attacks.planting import plant
from tests.attacks.test_xss_browser import say
from tests.attacks.watched import PAGES, Watched
from tests.torture.conftest import Report
from tests.web.conftest import OpenPage, address, complaints, open_page

__all__ = ["address", "complaints", "open_page"]
pytestmark = [pytest.mark.torture, pytest.mark.browser]

PART = 24
"""Messages that a dialog's page shows at once, with the assistant's answers to every second one."""


async def test_no_payload_runs_on_any_page(
    address: str, runtime: Runtime, client: httpx.AsyncClient, open_page: OpenPage, report: Report
) -> None:
    company = await furnish(runtime, client)
    window = Watched(await open_page(bypass_csp=True), address, company)
    await window.log_in(runtime)
    shown = 0
    for payload in loud():
        await plant(runtime, company.id, payload)
        shown += await window.look_at(PAGES, payload)
    report(f"{len(loud())} payloads, shown on {shown} pages")
    assert window.breaches == []
    assert shown > len(loud()) * len(PAGES) / 2


async def test_no_payload_runs_in_a_dialog(
    address: str, runtime: Runtime, client: httpx.AsyncClient, open_page: OpenPage, report: Report
) -> None:
    every = loud()
    windows = []
    for start in range(0, len(every), PART):
        company = await furnish(runtime, client)
        await say(client, company, every[start : start + PART])
        window = Watched(await open_page(bypass_csp=True), address, company)
        await window.log_in(runtime)
        assert await window.look_at(["/dashboard/inbox/{dialog}"], every[start]) == 1
        windows.append(window)
    report(f"{len(every)} messages")
    assert [window.breaches for window in windows] == [[]] * len(windows)
