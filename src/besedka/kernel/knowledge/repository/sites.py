"""SQL of sites: their rounds and the addresses that are known of them.

Lock order: the site's source, then a page's source, then the collection.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from besedka.core.db.connection import Row, TenantConn
from besedka.core.ids import new_id
from besedka.kernel.knowledge.repository.sources import COLUMNS, source_of
from besedka.kernel.knowledge.types import (
    PageState,
    Reason,
    SitePage,
    SiteRules,
    Source,
    SourceId,
    SourceKind,
)

_PAGE = "SELECT id, url, title, state, depth, error, visited_at FROM site_page"
_TRUSTED_DAYS = 7
"""However a sitemap dates a page, it is looked at once a week."""


@dataclass(frozen=True, slots=True)
class Round:
    """The state of a site's round. `robots` is None until it and the sitemaps have been read."""

    rules: SiteRules
    is_preview: bool
    is_visiting: bool
    part: int
    began_at: datetime | None
    fetched: int
    failures: int
    robots: bytes | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A page whose turn it is. `hash` is that of its text where that is indexed."""

    id: SourceId
    url: str
    depth: int
    tries: int
    missed: int
    etag: str
    modified: str
    hash: bytes | None


@dataclass(frozen=True, slots=True)
class Visited:
    """What a visit leaves on a page's row; None keeps what is there."""

    state: PageState
    title: str | None = None
    etag: str | None = None
    modified: str | None = None
    error: Reason | None = None
    missed: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """What a round has cost so far, and how many pages in a row could not be reached."""

    fetched: int
    failures: int


@dataclass(frozen=True, slots=True)
class Count:
    """How many pages of a site there are, and how many are in each state."""

    states: Mapping[PageState, int]

    def of(self, state: PageState) -> int:
        """Return how many pages are in a state."""
        return self.states.get(state, 0)

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.states.values())


class SiteRepository:
    """Sites of one workspace."""

    def __init__(self, conn: TenantConn) -> None:
        self._conn = conn

    async def insert(self, site_id: SourceId, rules: SiteRules, *, is_preview: bool) -> None:
        """Add what is known of a source that is a site."""
        await self._conn.execute(
            "INSERT INTO site (workspace_id, id, include, exclude, max_pages, max_depth, is_preview)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7)",
            self._conn.workspace, site_id, rules.include, rules.exclude, rules.max_pages, rules.max_depth, is_preview,
        )  # fmt: skip

    async def set_rules(self, site_id: SourceId, rules: SiteRules) -> None:
        """Change what is taken in, from the next round on."""
        await self._conn.execute(
            "UPDATE site SET include = $3, exclude = $4, max_pages = $5, max_depth = $6"
            " WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, site_id, rules.include, rules.exclude, rules.max_pages, rules.max_depth,
        )  # fmt: skip

    async def find(self, site_id: SourceId) -> Round | None:
        """Return the state of a site."""
        row = await self._conn.fetchrow(
            "SELECT include, exclude, max_pages, max_depth, is_preview, is_visiting, part, began_at, fetched, failures,"
            " robots FROM site WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, site_id,
        )  # fmt: skip
        if row is None:
            return None
        rules = SiteRules(
            tuple(row["include"]), tuple(row["exclude"]), row["max_pages"], row["max_depth"]
        )
        return Round(rules, *list(row.values())[4:])

    async def begin(self, site_id: SourceId, start: str) -> None:
        """Begin a round: every page that was there is visited again, everything else is looked for anew."""
        scope = (self._conn.workspace, site_id)
        await self._conn.execute(
            "UPDATE site SET is_visiting = true, part = part + 1, began_at = now(), fetched = 0, failures = 0,"
            " robots = NULL WHERE workspace_id = $1 AND id = $2",
            *scope,
        )
        await self._conn.execute(
            "DELETE FROM site_page WHERE workspace_id = $1 AND site_id = $2 AND hash IS NULL"
            " AND state NOT IN ('read', 'waiting', 'deleted')",
            *scope,
        )
        await self._conn.execute(
            "UPDATE site_page SET state = 'waiting', tries = 0, error = NULL"
            " WHERE workspace_id = $1 AND site_id = $2 AND state <> 'deleted'",
            *scope,
        )
        await self.add_pages(site_id, {start: None}, depth=0, most=1)

    async def set_preview(self, site_id: SourceId, *, is_preview: bool) -> None:
        """Say whether a round only looks; what was only looked at is then visited again."""
        await self._conn.execute(
            "UPDATE site SET is_preview = $3 WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, site_id, is_preview,
        )  # fmt: skip
        await self._conn.execute(
            "UPDATE site_page SET state = 'waiting', tries = 0 WHERE workspace_id = $1 AND site_id = $2"
            " AND state = 'read' AND hash IS NULL",
            self._conn.workspace, site_id,
        )  # fmt: skip

    async def set_robots(self, site_id: SourceId, robots: bytes) -> None:
        """Keep the robots.txt of this round."""
        await self._conn.execute(
            "UPDATE site SET robots = $3 WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, site_id, robots,
        )  # fmt: skip

    async def next_part(self, site_id: SourceId, *, is_visiting: bool) -> int:
        """End a part of the round, the last one when nothing is left; returns the number of the next."""
        part = await self._conn.fetchval(
            "UPDATE site SET part = part + 1, is_visiting = $3 WHERE workspace_id = $1 AND id = $2 RETURNING part",
            self._conn.workspace, site_id, is_visiting,
        )  # fmt: skip
        return int(part)

    async def add_pages(
        self, site_id: SourceId, pages: Mapping[str, datetime | None], *, depth: int, most: int
    ) -> None:
        """Add addresses that are not known yet, as long as there are fewer than `most`.

        What a sitemap dates before the last visit, which was not long ago, need not be visited in this round.
        """
        await self._conn.execute(
            "INSERT INTO site_page (workspace_id, site_id, id, url, depth, changed_at)"
            " SELECT $1, $2, given.id, given.url, $6, given.changed_at"
            " FROM unnest($3::uuid[], $4::text[], $5::timestamptz[]) AS given(id, url, changed_at)"
            " WHERE NOT EXISTS (SELECT FROM site_page AS known WHERE known.workspace_id = $1"
            "  AND known.site_id = $2 AND known.url = given.url) ORDER BY given.id"
            " LIMIT greatest(0, $7 - (SELECT count(*) FROM site_page WHERE workspace_id = $1 AND site_id = $2))"
            " ON CONFLICT (workspace_id, site_id, url) DO NOTHING",
            self._conn.workspace, site_id, [new_id() for _ in pages], list(pages), list(pages.values()),
            depth, most,
        )  # fmt: skip
        dated = {url: changed for url, changed in pages.items() if changed is not None}
        if dated:
            await self._spare(site_id, dated)

    async def _spare(self, site_id: SourceId, dated: Mapping[str, datetime]) -> None:
        await self._conn.execute(
            "UPDATE site_page SET changed_at = given.changed_at,"
            " state = CASE WHEN state = 'waiting' AND hash IS NOT NULL AND missed = 0"
            "  AND given.changed_at + interval '1 day' <= visited_at"
            "  AND visited_at > now() - make_interval(days => $5) THEN 'read' ELSE state END"
            " FROM unnest($3::text[], $4::timestamptz[]) AS given(url, changed_at)"
            " WHERE workspace_id = $1 AND site_id = $2 AND site_page.url = given.url",
            self._conn.workspace, site_id, list(dated), list(dated.values()), _TRUSTED_DAYS,
        )  # fmt: skip

    async def claim(self, site_id: SourceId) -> Waiting | None:
        """Return the page whose turn it is, and count the try: nearest to the start first."""
        row = await self._conn.fetchrow(
            "UPDATE site_page SET tries = tries + 1 WHERE workspace_id = $1 AND id = ("
            " SELECT id FROM site_page WHERE workspace_id = $1 AND site_id = $2 AND state = 'waiting'"
            " ORDER BY tries, depth, id LIMIT 1)"
            " RETURNING id, url, depth, tries, missed, etag, modified, hash",
            self._conn.workspace, site_id,
        )  # fmt: skip
        return None if row is None else Waiting(*row.values())

    async def note(
        self, site_id: SourceId, *, done: int, total: int, fetched: int, is_failure: bool | None
    ) -> Standing | None:
        """Record how far a round is; None when the site was deleted, or its round ended, meanwhile."""
        await self._conn.execute(
            "UPDATE source SET state = 'working', done = $3, total = $4, error = NULL, updated_at = now(),"
            " progress = least(99, 100 * $3 / greatest($4, 1)) WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, site_id, done, total,
        )  # fmt: skip
        row = await self._conn.fetchrow(
            "UPDATE site SET fetched = fetched + $3,"
            " failures = CASE WHEN $4::bool IS NULL THEN failures WHEN $4 THEN failures + 1 ELSE 0 END"
            " WHERE workspace_id = $1 AND id = $2 AND is_visiting RETURNING fetched, failures",
            self._conn.workspace, site_id, fetched, is_failure,
        )  # fmt: skip
        return None if row is None else Standing(row["fetched"], row["failures"])

    async def lock(self, site_id: SourceId) -> bool:
        """Keep others from changing the site until the commit; False when it was deleted."""
        found = await self._conn.fetchval(
            "SELECT true FROM source WHERE workspace_id = $1 AND id = $2 AND deleted_at IS NULL FOR UPDATE",
            self._conn.workspace, site_id,
        )  # fmt: skip
        return found is not None

    async def settle(self, page_id: SourceId, visited: Visited) -> None:
        """Record what became of a page."""
        error = visited.error
        await self._conn.execute(
            "UPDATE site_page SET state = $3, title = coalesce($4, title), etag = coalesce($5, etag),"
            " modified = coalesce($6, modified), error = $7, missed = $8, visited_at = now()"
            " WHERE workspace_id = $1 AND id = $2 AND state <> 'deleted'",
            self._conn.workspace, page_id, visited.state, visited.title, visited.etag, visited.modified,
            None if error is None else {"code": error.code, "params": dict(error.params)}, visited.missed,
        )  # fmt: skip

    async def set_hash(self, page_id: SourceId, content: bytes | None) -> None:
        """Record of which text a page's passages are; None when it has none any more."""
        await self._conn.execute(
            "UPDATE site_page SET hash = $3 WHERE workspace_id = $1 AND id = $2 AND state <> 'deleted'",
            self._conn.workspace, page_id, content,
        )  # fmt: skip

    async def set_deleted(self, page_id: SourceId, *, is_deleted: bool) -> None:
        """Record that a page lies in the trash, where no round visits it; or that it is back, and is read at the next visit."""
        state = PageState.DELETED if is_deleted else PageState.READ
        await self._conn.execute(
            "UPDATE site_page SET state = $3, hash = NULL, missed = 0, error = NULL WHERE workspace_id = $1 AND id = $2",
            self._conn.workspace, page_id, state,
        )  # fmt: skip

    async def take_address(self, site_id: SourceId, url: str, *, depth: int) -> Waiting | None:
        """Return the page of an address that another one led to, added if need be; None when its turn is over."""
        row = await self._conn.fetchrow(
            "INSERT INTO site_page AS page (workspace_id, site_id, id, url, depth) VALUES ($1, $2, $3, $4, $5)"
            " ON CONFLICT (workspace_id, site_id, url) DO UPDATE SET tries = page.tries WHERE page.state = 'waiting'"
            " RETURNING id, url, depth, tries, missed, etag, modified, hash",
            self._conn.workspace, site_id, new_id(), url, depth,
        )  # fmt: skip
        return None if row is None else Waiting(*row.values())

    async def says_the_same(self, site_id: SourceId, content: bytes, *, besides: UUID) -> bool:
        """Whether another page of the site has this text."""
        found = await self._conn.fetchval(
            "SELECT true FROM site_page WHERE workspace_id = $1 AND site_id = $2 AND hash = $3 AND id <> $4 LIMIT 1",
            self._conn.workspace, site_id, content, besides,
        )  # fmt: skip
        return found is not None

    async def ensure_source(
        self, site: Source, page_id: SourceId, *, url: str, title: str
    ) -> Source:
        """Return the source of a page's passages, made if there is none."""
        row = await self._conn.fetchrow(
            "INSERT INTO source (workspace_id, id, collection_id, kind, title, url, parent_id)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7)"
            " ON CONFLICT (workspace_id, id) DO UPDATE SET title = excluded.title, url = excluded.url"
            f" RETURNING {COLUMNS}",
            self._conn.workspace, page_id, site.collection_id, SourceKind.PAGE, title, url, site.id,
        )  # fmt: skip
        assert row is not None
        return source_of(row)

    async def count(self, site_id: SourceId) -> Count:
        """Return how many pages are in each state; those in the trash are not counted."""
        rows = await self._conn.fetch(
            "SELECT state, count(*) FROM site_page WHERE workspace_id = $1 AND site_id = $2 AND state <> 'deleted'"
            " GROUP BY state",
            self._conn.workspace, site_id,
        )  # fmt: skip
        return Count({PageState(row["state"]): row["count"] for row in rows})

    async def last_error(self, site_id: SourceId) -> Reason | None:
        """Return why the page nearest to the start could not be read."""
        error = await self._conn.fetchval(
            "SELECT error FROM site_page WHERE workspace_id = $1 AND site_id = $2 AND error IS NOT NULL"
            " ORDER BY depth, id LIMIT 1",
            self._conn.workspace, site_id,
        )  # fmt: skip
        return None if error is None else Reason(**error)

    async def conclude(
        self, site_id: SourceId, *, state: str, notices: Sequence[Reason], count: Count
    ) -> int:
        """Record that a round ended; returns how many passages the site's pages have."""
        row = await self._conn.fetchrow(
            "UPDATE source SET state = $3, progress = 100, error = NULL, notices = $4, done = $5, total = $6,"
            " chars = sums.chars, chunks = sums.chunks, updated_at = now(),"
            " indexed_at = CASE WHEN $3 = 'ready' THEN now() ELSE indexed_at END"
            " FROM (SELECT coalesce(sum(chars), 0)::int AS chars, coalesce(sum(chunks), 0)::int AS chunks FROM source"
            "  WHERE workspace_id = $1 AND parent_id = $2 AND deleted_at IS NULL) AS sums"
            " WHERE workspace_id = $1 AND id = $2 RETURNING source.chunks",
            self._conn.workspace, site_id, state, [{"code": n.code, "params": dict(n.params)} for n in notices],
            count.total - count.of(PageState.WAITING), count.total,
        )  # fmt: skip
        return 0 if row is None else int(row["chunks"])

    async def addresses(self, site_id: SourceId, pages: Sequence[UUID]) -> list[str]:
        """Return the addresses of some of a site's pages, in the order in which they were found."""
        rows = await self._conn.fetch(
            "SELECT url FROM site_page WHERE workspace_id = $1 AND site_id = $2 AND id = ANY($3) ORDER BY id",
            self._conn.workspace, site_id, pages,
        )  # fmt: skip
        return [row["url"] for row in rows]

    async def pages(self, site_id: SourceId, *, after: UUID | None, limit: int) -> list[SitePage]:
        """Return a site's pages in the order in which they were found."""
        rows = await self._conn.fetch(
            f"{_PAGE} WHERE workspace_id = $1 AND site_id = $2 AND ($3::uuid IS NULL OR id > $3)"
            " ORDER BY id LIMIT $4",
            self._conn.workspace, site_id, after, limit,
        )  # fmt: skip
        return [_page(row) for row in rows]


def _page(row: Row) -> SitePage:
    error = row["error"]
    return SitePage(
        id=SourceId(row["id"]), url=row["url"], title=row["title"], state=PageState(row["state"]),
        depth=row["depth"], error=None if error is None else Reason(**error), visited_at=row["visited_at"],
    )  # fmt: skip
