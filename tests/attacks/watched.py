"""A browser window that notices when hostile words run or reach out."""

import asyncio
from collections.abc import Sequence
from urllib.parse import urlsplit

from playwright.async_api import Dialog, Page, Request

from besedka.core.runtime import Runtime
from tests.attacks.company import Company
from tests.kernel.accounts.helpers import COOKIE, cookie_of

PAGES = (
    "/dashboard/inbox", "/dashboard/inbox/{dialog}?pane=context", "/dashboard/assistants", "/dashboard/assistants/{assistant}",
    "/dashboard/assistants/{assistant}/documents/{document}", "/dashboard/assistants/{assistant}/try?q={words}",
    "/dashboard/assistants/{assistant}/settings", "/dashboard/assistants/{assistant}/site", "/dashboard/settings",
    "/dashboard/settings/people", "/dashboard/settings/sessions", "/dashboard/settings/workspace", "/dashboard/settings/model",
    "/dashboard/settings/jobs", "/dashboard/settings/audit", "/dashboard/settings/outbox", "/dashboard/settings/outbox/{letter}",
    "/dashboard/start", "/dashboard/copilot/{dialog}/summary",
)  # fmt: skip
"""Pages that show what people wrote."""


class Watched:
    """A window of the company's owner, and everything in it that should not be."""

    def __init__(self, page: Page, address: str, company: Company) -> None:
        self.page, self.address, self.company = page, address, company
        self.breaches: list[str] = []
        page.on("dialog", self._on_dialog)
        page.on("request", self._on_request)

    async def _on_dialog(self, dialog: Dialog) -> None:
        self.breaches.append(f"{self.page.url}: a script ran: {dialog.message}")
        await dialog.dismiss()

    def _on_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if (
            parts.scheme in {"http", "https", "ws", "wss"}
            and parts.netloc != urlsplit(self.address).netloc
        ):
            self.breaches.append(f"{self.page.url}: asks {request.url[:100]}")

    async def log_in(self, runtime: Runtime) -> None:
        """Be the owner."""
        cookie = await cookie_of(runtime, self.company.owner.email)
        await self.page.context.add_cookies(
            [{"name": COOKIE, "value": cookie, "url": self.address}]
        )

    async def look_at(self, paths: Sequence[str], words: str) -> int:
        """Open pages one after the other; returns how many of them show the words as words."""
        shown = 0
        for path in paths:
            where = path.format(
                words=words.replace("&", "%26").replace("#", "%23"), **self.company.ids
            )
            await self.page.goto(f"{self.address}/w/{self.company.ids['slug']}{where}")
            shown += await self._shows(words)
        return shown

    async def _shows(self, words: str) -> bool:
        """Whether the words come into the page's text, in shadow trees too, or into a field."""
        for _ in range(20):
            if await self.page.evaluate(SEARCH, words):
                return True
            await asyncio.sleep(0.05)
        return False

    async def visit_demo(self) -> None:
        """Be a visitor: open the widget on the sample site."""
        await self.page.goto(f"{self.address}/w/{self.company.ids['slug']}/demo")
        await self.page.locator("button.bubble").click()


SEARCH = """(words) => {
  const search = (root) => {
    for (const each of root.querySelectorAll("*")) {
      if (each.shadowRoot && search(each.shadowRoot)) return true;
      if ("value" in each && String(each.value).includes(words)) return true;
    }
    return root.textContent.includes(words);
  };
  return search(document.documentElement);
}"""
