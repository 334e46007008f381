"""One's sessions: browser and system by their usual names."""

import httpx
import pytest

from besedka.core.runtime import Runtime
from besedka.web.devices import device_name
from tests.factories import PASSWORD, make_workspace
from tests.kernel.accounts.helpers import ORIGIN

MOZILLA = "Mozilla/5.0"
KHTML = "AppleWebKit/537.36 (KHTML, like Gecko)"
LINUX_CHROME = f"{MOZILLA} (X11; Linux x86_64) {KHTML} HeadlessChrome/141.0.0.0 Safari/537.36"


@pytest.mark.parametrize(
    ("says", "name"),
    [
        (LINUX_CHROME, "Chrome, Linux"),
        (f"{MOZILLA} (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0", "Firefox, Linux"),
        (
            f"{MOZILLA} (Windows NT 10.0; Win64; x64) {KHTML} Chrome/140.0 YaBrowser/25.8 Safari/537.36",
            "Yandex Browser, Windows",
        ),
        (
            f"{MOZILLA} (Windows NT 10.0; Win64; x64) {KHTML} Chrome/141.0 Safari/537.36 Edg/141.0",
            "Edge, Windows",
        ),
        (
            f"{MOZILLA} (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 Version/18.6 Safari/604.1",
            "Safari, iPhone",
        ),
        (
            f"{MOZILLA} (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.6 Safari/605.1.15",
            "Safari, macOS",
        ),
        (
            f"{MOZILLA} (Linux; Android 15; K) {KHTML} Chrome/141.0 Mobile Safari/537.36",
            "Chrome, Android",
        ),
        ("python-httpx/0.28.1", "python-httpx/0.28.1"),
        ("", ""),
    ],
)
def test_browser_is_called_by_its_usual_name(says: str, name: str) -> None:
    assert device_name(says) == name


async def test_sessions_show_browser_and_system(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    place = await make_workspace(runtime)
    form = {"email": place.owner.email, "password": PASSWORD}
    headers = {"User-Agent": LINUX_CHROME, "Origin": ORIGIN, "Accept": "text/html"}
    assert (await client.post("/login", data=form, headers=headers)).status_code == 303
    page = await client.get("/dashboard/settings/sessions", headers=headers)
    assert ">Chrome, Linux<" in page.text
