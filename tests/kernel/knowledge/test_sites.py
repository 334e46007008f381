"""Sites: their pages are found, indexed, kept up to date, and never more than that."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace

import pytest

from besedka.core.clock import monotonic
from besedka.core.http.types import Limits
from besedka.kernel.knowledge import jobs, service
from besedka.kernel.knowledge.errors import NotSite
from besedka.kernel.knowledge.repository.sites import SiteRepository
from besedka.kernel.knowledge.sites.manners import Manners
from besedka.kernel.knowledge.types import PageState, SitePage, SiteRules, Source, SourceState
from tests.fakes.jobs import eventually
from tests.fakes.site import Page, html, link, packed, redirect, watched_site
from tests.kernel.knowledge.conftest import SECONDS, Shelf

IDLE = {SourceState.READY, SourceState.FAILED, SourceState.PREVIEW}
ROBOTS = ["/robots.txt", "/sitemap.xml"]


def said(words: str, *links: str, title: str = "") -> Page:
    """Return a page that says something and leads somewhere."""
    return html(f"<article><p>{words}</p></article>", *map(link, links), title=title)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads sites into a shelf."""

    shelf: Shelf

    async def add(
        self, url: str, rules: SiteRules | None = None, *, hours: int | None = None, preview: bool = False
    ) -> Source:  # fmt: skip
        async with self.shelf.runtime.db.fast.transaction(self.shelf.workspace.id) as conn:
            return await service.add_site(
                conn, self.shelf.collection, url, rules=rules or SiteRules(), refresh_hours=hours,
                is_preview=preview,
            )  # fmt: skip

    async def read(self, url: str, rules: SiteRules | None = None) -> Source:
        return await self.ended(await self.add(url, rules))

    async def again(self, source: Source) -> Source:
        async with self.shelf.runtime.db.fast.transaction(self.shelf.workspace.id) as conn:
            begun = await service.refresh_source(conn, source.id)
        return await self.ended(begun)

    async def ended(self, source: Source) -> Source:
        async def idle() -> Source | None:
            found = await self.shelf.get(source)
            return found if found.state in IDLE else None

        return await eventually(idle, within=SECONDS)

    async def pages(self, source: Source) -> Mapping[str, SitePage]:
        """Return the site's pages by path."""
        async with self.shelf.runtime.db.fast.acquire(self.shelf.workspace.id) as conn:
            found = await service.site_pages(conn, source.id, limit=200)
        return {"/" + page.url.split("/", 3)[3]: page for page in found}

    async def states(self, source: Source) -> dict[str, str]:
        """Return what became of each path."""
        return {path: page.state.value for path, page in (await self.pages(source)).items()}


@pytest.fixture
def reader(shelf: Shelf) -> Reader:
    """A reader in a hurry."""
    shelf.runtime.get(Manners).pause = 0.0
    return Reader(shelf)


async def test_site_is_read_from_page_to_page_and_cited_by_page(
    reader: Reader, shelf: Shelf
) -> None:
    pages = {
        "/": said("Мы продаём чайники и самовары.", "/delivery", "/about#team", title="Лавка"),
        "/delivery": said("Доставка по городу стоит триста рублей.", "/", title="Доставка"),
        "/about": said("Лавка открыта в 1905 году.", "/photo.jpg", "https://other.example/"),
    }
    async with watched_site(pages) as site:
        source = await reader.read(site.url)
    assert source.state is SourceState.READY, source.error
    assert (source.done, source.total, source.chunks, source.notices) == (3, 3, 3, ())
    assert site.visits == [*ROBOTS, "/", "/delivery", "/about"]
    assert all("User-Agent: BesedkaBot" in head for head in site.heads)
    hit = (await shelf.ask("сколько стоит доставка")).hits[0]
    assert (hit.title, hit.url) == ("Доставка", f"{site.url}/delivery")
    async with shelf.runtime.db.fast.acquire(shelf.workspace.id) as conn:
        assert [each.id for each in await service.list_sources(conn)] == [source.id]
        assert await conn.fetchval("SELECT chunks FROM collection") == 3
    await shelf.destroy(source)
    async with shelf.runtime.db.fast.acquire(shelf.workspace.id) as conn:
        row = await conn.fetchrow(
            "SELECT chunks, words, (SELECT count(*) FROM source) AS sources, (SELECT count(*) FROM site_page) AS pages"
            " FROM collection"
        )
    assert row is not None
    assert tuple(row.values()) == (0, 0, 0, 0)


async def test_robots_patterns_and_meta_leave_pages_out(reader: Reader, shelf: Shelf) -> None:
    pages = {
        "/robots.txt": Page(b"User-agent: *\nDisallow: /secret\nSitemap: /map.txt", "text/plain"),
        "/": said("Начало.", "/secret", "/draft", "/tagged", "/header", "/old/a", "/kept"),
        "/secret": said("Пароль кит."),
        "/tagged": html("<p>Метка слон.</p>", head='<meta name="robots" content="noindex">'),
        "/header": replace(said("Заголовок лось."), headers={"X-Robots-Tag": "noindex"}),
        "/draft": said("Черновик."),
        "/kept": said("Правила проката лодок."),
    }
    async with watched_site(pages) as site:
        source = await reader.read(site.url, SiteRules(exclude=("/old/", "/draft$")))
        states = await reader.states(source)
    assert states == {"/": "read", "/tagged": "left_out", "/header": "left_out", "/kept": "read"}
    assert not {"/secret", "/draft", "/old/a"} & set(site.visits)
    assert (await shelf.ask("слон лось кит")).hits == ()


async def test_sitemaps_lead_to_pages_that_nobody_links(reader: Reader) -> None:
    def entry(path: str, kind: str = "url") -> str:
        return f"<{kind}><loc>{site.url}{path}</loc><lastmod>2026-01-02</lastmod></{kind}>"

    pages: dict[str, Page] = {"/": said("Начало."), "/a": said("Первая."), "/b": said("Вторая.")}
    async with watched_site(pages) as site:
        index = f"<sitemapindex>{entry('/one.xml.gz', 'sitemap')}{entry('/two.txt', 'sitemap')}</sitemapindex>"
        pages["/robots.txt"] = Page(f"Sitemap: {site.url}/map.xml".encode(), "text/plain")
        pages["/map.xml"] = Page(index.encode(), "application/xml")
        pages["/one.xml.gz"] = packed(Page(f"<urlset>{entry('/a')}</urlset>".encode()))
        pages["/two.txt"] = Page(f"{site.url}/b\nhttps://other.example/c\n".encode(), "text/plain")
        source = await reader.read(site.url)
        assert await reader.states(source) == {"/": "read", "/a": "read", "/b": "read"}
        site.visits.clear()
        await reader.again(source)
    assert "/a" not in site.visits  # dated long before it was read, a moment ago
    assert "/b" in site.visits


async def test_refresh_indexes_again_only_what_changed(reader: Reader, shelf: Shelf) -> None:
    tagged = replace(said("Чай зелёный."), headers={"ETag": '"1"'})
    pages = {"/": said("Начало.", "/tea", "/milk"), "/tea": tagged, "/milk": said("Молоко свежее.")}
    async with watched_site(pages) as site:
        source = await reader.read(site.url)
        before = await _chunks(shelf)
        pages["/milk"] = said("Молоко скисло.")
        await reader.again(source)
        asked = [head for head in site.heads if head.startswith("GET /tea")]
    after = await _chunks(shelf)
    assert 'If-None-Match: "1"' in asked[-1]
    assert "If-None-Match" not in asked[0]
    assert len(set(before) & set(after)) == 2
    assert len(after) == 3
    assert (await shelf.ask("скисло")).hits
    assert (await shelf.ask("свежее")).hits == ()


async def _chunks(shelf: Shelf) -> list[object]:
    async with shelf.runtime.db.fast.acquire(shelf.workspace.id) as conn:
        return [row["id"] for row in await conn.fetch("SELECT id FROM chunk")]


async def test_page_that_is_gone_is_removed_when_missed_twice(reader: Reader, shelf: Shelf) -> None:
    pages = {"/": said("Начало.", "/old"), "/old": said("Старый прейскурант.")}
    async with watched_site(pages) as site:
        source = await reader.read(site.url)
        del pages["/old"]
        pages["/"] = said("Начало.")
        await reader.again(source)
        assert (await reader.states(source))["/old"] == "missing"
        assert (await shelf.ask("прейскурант")).hits
        ended = await reader.again(source)
        assert await reader.states(source) == {"/": "read"}
    assert (await shelf.ask("прейскурант")).hits == ()
    assert (ended.chunks, ended.total) == (1, 1)


async def test_page_with_an_error_keeps_it_and_what_it_said(reader: Reader, shelf: Shelf) -> None:
    pages = {"/": said("Начало.", "/hours"), "/hours": said("Открыто до девяти.")}
    async with watched_site(pages) as site:
        source = await reader.read(site.url)
        pages["/hours"] = Page(status=403)
        ended = await reader.again(source)
        page = (await reader.pages(source))["/hours"]
    assert page.state is PageState.FAILED
    assert page.error is not None
    assert page.error.code == "page_refused"
    assert [notice.code for notice in ended.notices] == ["site_pages_failed"]
    assert (await shelf.ask("до девяти")).hits


async def test_site_that_is_away_says_so_and_keeps_what_it_said(
    reader: Reader, shelf: Shelf
) -> None:
    pages = {"/": said("Начало пути."), "/robots.txt": Page(b"", "text/plain")}
    async with watched_site(pages) as site:
        source = await reader.read(site.url)
        pages["/"] = Page(status=401)
        ended = await reader.again(source)
    assert ended.state is SourceState.FAILED
    assert ended.error is not None
    assert ended.error.code == "page_refused"
    assert (await shelf.ask("начало пути")).hits


async def test_redirects_and_canonical_links_lead_to_one_page(reader: Reader, shelf: Shelf) -> None:
    pages = {
        "/": said("Начало.", "/moved", "/print", "/round", "/out"),
        "/moved": redirect("/new"),
        "/new": said("Новая страница о гончарах.", "/moved"),
        "/print": html("<p>Для печати.</p>", head='<link rel="canonical" href="/new">'),
        "/round": redirect("/round"),
        "/out": redirect("https://other.example/"),
    }
    async with watched_site(pages) as site:
        source = await reader.read(site.url)
        states = await reader.states(source)
    assert states == {
        "/": "read", "/moved": "moved", "/new": "read", "/print": "moved", "/round": "failed", "/out": "moved",
    }  # fmt: skip
    assert len((await shelf.ask("гончары")).hits) == 1
    assert site.visits.count("/new") == 1


async def test_two_addresses_with_one_text_are_one_page(reader: Reader, shelf: Shelf) -> None:
    def answer(path: str) -> Page:
        if path in ROBOTS:
            return Page(status=404)
        return (
            said("Начало.", "/a", "/b") if path == "/" else said("Одно и то же.", title="Двойник")
        )

    async with watched_site(answer) as site:
        source = await reader.read(site.url)
        assert await reader.states(source) == {"/": "read", "/a": "read", "/b": "moved"}


async def test_endless_chain_ends_at_the_limits(reader: Reader) -> None:
    def calendar(path: str) -> Page:
        month = int(path.rpartition("/")[2] or 0) if path[1:].isdigit() or path == "/" else 0
        return said(f"Месяц {month}.", f"/{month + 1}") if path not in ROBOTS else Page(status=404)

    def maze(path: str) -> Page:
        ways = [f"{path}{n}" for n in range(9)]
        return said(f"Ход {path}.", *ways) if path not in ROBOTS else Page(status=404)

    async with watched_site(calendar) as site:
        source = await reader.read(site.url, SiteRules(max_depth=4))
        assert (source.done, source.total) == (5, 5)
    async with watched_site(maze) as site:
        source = await reader.read(site.url, SiteRules(max_pages=12))
    assert (source.done, source.total, len(site.visits)) == (12, 12, 14)
    assert [notice.code for notice in source.notices] == ["site_pages_limit"]


async def test_hostile_pages_cost_little(reader: Reader, shelf: Shelf) -> None:
    shelf.runtime.get(Manners).limits = Limits(max_bytes=1 << 20, connect=1, idle=1, total=1)
    pages = {
        "/": said("Начало.", "/huge", "/slow", "/meta", "/bomb"),
        "/huge": Page(b"x" * 1000, length=1 << 30),
        "/slow": Page(b"<p>" + b"a" * 1000, pause=0.4),
        "/meta": redirect("http://169.254.169.254/latest/meta-data/"),
        "/bomb": replace(packed(Page(b" " * (4 << 20))), media_type="text/html", headers={"Content-Encoding": "gzip"}),
    }  # fmt: skip
    begins = monotonic()
    async with watched_site(pages) as site:
        source = await reader.read(site.url)
        found = await reader.pages(source)
    assert source.state is SourceState.READY
    errors = {path: page.error.code for path, page in found.items() if page.error}
    assert errors == {
        "/huge": "response_too_large", "/slow": "timeout", "/bomb": "response_too_large",
    }  # fmt: skip
    assert found["/meta"].state is PageState.MOVED
    assert monotonic() - begins < 60  # the slow page alone would take seven minutes


async def test_address_inside_is_never_asked(reader: Reader) -> None:
    inside = await reader.read("http://169.254.169.254/")
    assert inside.state is SourceState.FAILED
    assert inside.error is not None
    assert inside.error.code == "refused_address"


async def test_preview_lists_pages_and_indexes_when_told(reader: Reader, shelf: Shelf) -> None:
    pages = {
        "/": said("Начало.", "/a", title="Главная"),
        "/a": said("Прокат велосипедов.", title="Прокат"),
    }
    async with watched_site(pages) as site:
        source = await reader.ended(await reader.add(site.url, preview=True))
        assert source.state is SourceState.PREVIEW
        titles = [page.title for page in (await reader.pages(source)).values()]
        assert titles == ["Главная", "Прокат"]
        assert (await shelf.ask("прокат велосипедов")).hits == ()
        async with shelf.runtime.db.fast.transaction(shelf.workspace.id) as conn:
            await service.change_site(conn, source.id, SiteRules(exclude=("/b",)))
            begun = await service.index_site(conn, source.id)
        ended = await reader.ended(begun)
    assert (ended.state, ended.total, ended.chunks) == (SourceState.READY, 2, 2)
    assert (await shelf.ask("прокат велосипедов")).hits


async def test_killed_reading_goes_on_where_it_was(reader: Reader, shelf: Shelf) -> None:
    pages = {"/": said("Начало.", *(f"/{n}" for n in range(6)))} | {
        f"/{n}": said(f"Страница номер {n}.") for n in range(6)
    }
    async with watched_site(pages) as site:
        source = await _queued_alone(reader, site.url)
        killed = asyncio.create_task(jobs.crawl(shelf.attempt(), source_id=str(source.id)))

        async def half_way() -> bool | None:
            return len(site.visits) >= 5 or None

        await eventually(half_way)
        killed.cancel()
        await asyncio.wait([killed])
        half = await shelf.get(source)
        assert half.state is SourceState.WORKING
        assert 0 < half.done < half.total == 7
        await jobs.crawl(shelf.attempt(), source_id=str(source.id))
        ended = await shelf.get(source)
    assert (ended.state, ended.done) == (SourceState.READY, 7)
    assert len(site.visits) - len(set(site.visits)) <= 1  # the one that was under way
    assert site.visits.count("/robots.txt") == 1


async def _queued_alone(reader: Reader, url: str) -> Source:
    """Add a site whose job no worker takes."""
    shelf = reader.shelf
    async with shelf.runtime.db.fast.transaction(shelf.workspace.id) as conn:
        source = await service.add_site(conn, shelf.collection, url, rules=SiteRules())
        await conn.execute("DELETE FROM job WHERE workspace_id = $1", conn.workspace)
    return source


async def test_site_that_comes_due_is_read_again(reader: Reader, shelf: Shelf) -> None:
    pages = {"/": said("Зима началась.")}
    async with watched_site(pages) as site:
        source = await reader.ended(await reader.add(site.url, hours=24))
        pages["/"] = said("Весна началась.")
        async with shelf.runtime.db.fast.transaction(shelf.workspace.id) as conn:
            await conn.execute("UPDATE source SET refresh_at = now() WHERE id = $1", source.id)
        await jobs.refresh_due(shelf.attempt())
        await reader.ended(source)
    assert (await shelf.ask("весна")).hits
    assert (await shelf.get(source)).refresh_hours == 24


async def test_robots_that_cannot_be_had_forbid_everything(reader: Reader, shelf: Shelf) -> None:
    pages = {"/": said("Начало."), "/robots.txt": Page(status=503)}
    async with watched_site(pages) as site:
        source = await _queued_alone(reader, site.url)
        last = replace(shelf.attempt(), last_attempt=True)
        await jobs.crawl(last, source_id=str(source.id))
    ended = await shelf.get(source)
    assert ended.error is not None
    assert ended.error.code == "robots_unavailable"
    assert site.visits == ["/robots.txt"]


class Watch:
    """A clock that stands still but for the waiting that is asked of it."""

    def __init__(self) -> None:
        self.moment, self.waits = 100.0, list[float]()

    def __call__(self) -> float:
        return self.moment

    async def wait(self, seconds: float) -> None:
        self.waits.append(round(seconds, 3))
        self.moment += seconds


async def _ask(manners: Manners, watch: Watch, *, took: float, asked: float | None = None) -> None:
    async with manners.turn("shop.example", asked=asked):
        watch.moment += took


async def test_host_is_asked_by_one_at_a_time_with_a_pause() -> None:
    watch, at_once = Watch(), list[int]()
    manners = Manners(clock=watch, sleep=watch.wait)

    async def ask() -> None:
        async with manners.turn("shop.example"):
            at_once.append(1)
            await asyncio.sleep(0)
            at_once.append(-1)

    await asyncio.gather(*(ask() for _ in range(3)))
    async with manners.turn("other.example"):
        pass
    assert at_once == [1, -1] * 3
    assert watch.waits == [0.0, 0.1, 0.1, 0.0]


async def test_pause_is_as_long_as_the_last_answer_took() -> None:
    watch = Watch()
    manners = Manners(clock=watch, sleep=watch.wait)
    for took in (0.002, 0.4, 7.0, 0.0):
        await _ask(manners, watch, took=took)
    assert watch.waits == [0.0, 0.1, 0.4, 1.0]


async def test_crawl_delay_counts_before_the_answers_speed() -> None:
    watch = Watch()
    manners = Manners(clock=watch, sleep=watch.wait)
    for asked in (5.0, 0.0, 900.0, None):
        await _ask(manners, watch, took=0.6, asked=asked)
    assert watch.waits == [0.0, 5.0, 0.1, 30.0]


async def test_busy_host_is_left_alone_and_asked_slowly_from_then_on() -> None:
    watch = Watch()
    manners = Manners(clock=watch, sleep=watch.wait)
    async with manners.turn("shop.example"):
        manners.hold("shop.example", 20.0)
    for _ in range(2):
        await _ask(manners, watch, took=0.0)
    assert watch.waits == [0.0, 20.0, 1.0]


async def test_two_hundred_quick_pages_cost_at_most_twenty_seconds_of_waiting() -> None:
    watch = Watch()
    manners = Manners(clock=watch, sleep=watch.wait)
    for _ in range(200):
        await _ask(manners, watch, took=0.02)
    assert sum(watch.waits) <= 20.0


async def test_document_among_pages_is_read_by_its_content(reader: Reader, shelf: Shelf) -> None:
    pages = {
        "/": said("Начало.", "/price.csv", "/photo"),
        "/price.csv": Page("Товар,Цена\nУдочка,700\n".encode(), "text/csv"),
        "/photo": Page(b"\x89PNG", "image/png"),
    }
    async with watched_site(pages) as site:
        source = await reader.read(site.url)
        assert (await reader.states(source))["/photo"] == "skipped"
    assert (await shelf.ask("удочка цена")).hits[0].url == f"{site.url}/price.csv"


async def test_other_sources_have_no_pages(shelf: Shelf, stranger: Shelf) -> None:
    source = await shelf.add("Слова.")
    async with shelf.runtime.db.fast.acquire(shelf.workspace.id) as conn:
        with pytest.raises(NotSite):
            await service.site_pages(conn, source.id)
        assert await SiteRepository(conn).find(source.id) is None
