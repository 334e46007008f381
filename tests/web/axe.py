"""Accessibility, as far as a machine can tell: axe-core from the front end's own packages."""

from pathlib import Path

from playwright.async_api import Page

AXE = Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


async def violations(page: Page) -> list[str]:
    """Return the rule and the place of every violation of WCAG 2.2 AA; the page needs `bypass_csp`."""
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    found = await page.evaluate(
        "rules => axe.run({runOnly: rules}).then(r => r.violations.map("
        "v => v.id + ': ' + v.nodes.map(n => n.target.join(' ')).join(', ')))",
        RULES,
    )
    return [str(each) for each in found]


async def overflows(page: Page) -> bool:
    """Whether the page is wider than its window."""
    return bool(await page.evaluate("document.documentElement.scrollWidth > innerWidth"))
