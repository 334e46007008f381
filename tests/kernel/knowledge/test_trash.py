"""The trash: not found at once, had back whole, and gone everywhere in the end."""

from datetime import timedelta
from pathlib import Path

import pytest

from besedka.kernel.knowledge import jobs, service
from besedka.kernel.knowledge.errors import PassageNotFound, SourceNotFound
from besedka.kernel.knowledge.types import Source, SourceState
from tests.fakes.site import fake_site, html, link
from tests.kernel.knowledge.conftest import Shelf
from tests.kernel.knowledge.test_sites import Reader, reader

__all__ = ["reader"]
LEFT = ("source", "chunk", "posting", "word", "file", "source_version", "site", "site_page")


async def age(shelf: Shelf, days: int) -> None:
    """Let what lies in the trash have lain there for so long."""
    async with shelf.runtime.db.fast.transaction(shelf.workspace.id) as conn:
        await conn.execute(
            "UPDATE source SET deleted_at = now() - $1::interval WHERE deleted_at IS NOT NULL",
            timedelta(days=days),
        )


async def test_deleted_source_is_not_found_at_once_and_comes_back_with_its_changes(
    shelf: Shelf,
) -> None:
    source = await shelf.add("# Утюг\n\nУтюг гладит рубашки.\n\n# Пар\n\nПар нужен для шёлка.")
    iron, steam = await shelf.passages(source)
    async with shelf.runtime.db.fast.transaction(shelf.workspace.id) as conn:
        await service.edit_passage(conn, iron.id, "Утюг гладит скатерти.")
        await service.switch_passage(conn, steam.id, off=True)
    sums = await shelf.sums()
    await shelf.delete(source)
    assert (await shelf.ask("утюг")).hits == ()
    assert await shelf.sums() == (0, 0)
    with pytest.raises(PassageNotFound):
        await shelf.open(iron.id)
    with pytest.raises(SourceNotFound):
        await shelf.get(source)
    await jobs.sweep(shelf.attempt(), collection_id=str(shelf.collection))
    assert await shelf.vocabulary() == set()
    back = await shelf.restore(source)
    assert (back.state, back.chunks) == (SourceState.READY, 1)
    assert await shelf.sums() == sums
    assert (await shelf.ask("скатерти")).hits[0].chunk_id == iron.id
    assert (await shelf.ask("скаттерти")).corrected
    assert (await shelf.ask("шёлка")).hits == ()


async def test_nothing_is_left_of_a_file_after_thirty_days(shelf: Shelf, tmp_path: Path) -> None:
    path = tmp_path / "Режим работы.txt"
    path.write_text("Музей закрыт по понедельникам.")
    source = await shelf.settled(await shelf.add_file(path))
    await shelf.delete(source)
    await age(shelf, 29)
    await jobs.purge(shelf.attempt())
    assert await shelf.count("file") == 1
    async with shelf.runtime.db.fast.acquire(shelf.workspace.id) as conn:
        (lying,) = await service.list_trash(conn)
    assert lying.id == source.id
    assert service.kept_until(lying).days == 0
    await age(shelf, 31)
    await jobs.purge(shelf.attempt())
    await jobs.sweep(shelf.attempt(), collection_id=str(shelf.collection))
    assert [await shelf.count(table) for table in LEFT] == [0] * len(LEFT)
    with pytest.raises(SourceNotFound):
        await shelf.restore(source)


async def test_deleted_collection_is_forgotten_when_its_documents_are(shelf: Shelf) -> None:
    await shelf.add("Касса открыта до шести вечера.")
    async with shelf.runtime.db.fast.transaction(shelf.workspace.id) as conn:
        await service.throw_collection(conn, shelf.collection)
    assert (await shelf.ask("касса")).hits == ()
    assert await shelf.count("posting") == 0
    await age(shelf, 31)
    async with shelf.runtime.db.fast.transaction(shelf.workspace.id) as conn:
        await conn.execute("UPDATE collection SET deleted_at = now() - interval '31 days'")
    for left in (1, 0):
        assert await shelf.count("collection") == 1
        await jobs.purge(shelf.attempt())
        assert await shelf.count("collection") == left


async def test_site_goes_with_its_pages_and_comes_back_with_them(shelf: Shelf) -> None:
    pages = {
        "/": html(f"<article><p>Касса открыта до шести вечера.</p>{link('/sale')}</article>"),
        "/sale": html("<article><p>Скидка действует по средам весь день.</p></article>"),
    }
    async with fake_site(pages) as site:
        source = await shelf.add_site(f"{site}/")
    sums = await shelf.sums()
    await shelf.delete(source)
    assert (await shelf.ask("скидка по средам")).hits == ()
    back = await shelf.restore(source)
    assert (back.state, back.chunks) == (SourceState.READY, 2)
    assert await shelf.sums() == sums
    assert (await shelf.ask("скидка по средам")).hits
    await shelf.delete(source)
    await age(shelf, 31)
    await jobs.purge(shelf.attempt())
    await jobs.sweep(shelf.attempt(), collection_id=str(shelf.collection))
    assert [await shelf.count(table) for table in LEFT] == [0] * len(LEFT)


PAGES = {
    "/": html(f"<article><p>Касса открыта до шести вечера.</p>{link('/sale')}</article>"),
    "/sale": html("<article><p>Скидка действует по средам весь день.</p></article>"),
}


async def page_of(shelf: Shelf, site: Source, path: str) -> Source:
    async with shelf.runtime.db.fast.acquire(shelf.workspace.id) as conn:
        found = await service.site_pages(conn, site.id)
        return await service.get_source(
            conn, next(each.id for each in found if each.url.endswith(path))
        )


async def test_page_of_a_site_stays_in_the_trash_over_rounds_and_comes_back(
    reader: Reader, shelf: Shelf
) -> None:
    async with fake_site(PAGES) as url:
        site = await reader.read(f"{url}/")
        sums, page = await shelf.sums(), await page_of(shelf, site, "/sale")
        await shelf.delete(page)
        assert (await shelf.ask("скидка по средам")).hits == ()
        assert (await shelf.get(site)).chunks == 1
        again = await reader.again(site)
        assert (again.done, again.total, again.chunks) == (1, 1, 1)
        assert await reader.states(site) == {"/": "read", "/sale": "deleted"}
        assert (await shelf.ask("скидка по средам")).hits == ()
        async with shelf.runtime.db.fast.acquire(shelf.workspace.id) as conn:
            assert [each.id for each in await service.list_trash(conn)] == [page.id]
        back = await shelf.restore(page)
        assert (back.state, back.chunks) == (SourceState.READY, 1)
        assert await shelf.sums() == sums
        assert (await shelf.ask("скидка по средам")).hits[0].url == f"{url}/sale"
        whole = await reader.again(site)
    assert (whole.done, whole.total, whole.chunks, whole.chars) == (2, 2, 2, site.chars)
    assert await reader.states(site) == {"/": "read", "/sale": "read"}


async def test_page_is_gone_for_good_after_thirty_days_and_is_not_read_again(
    reader: Reader, shelf: Shelf
) -> None:
    async with fake_site(PAGES) as url:
        site = await reader.read(f"{url}/")
        await shelf.delete(await page_of(shelf, site, "/sale"))
        await age(shelf, 31)
        await jobs.purge(shelf.attempt())
        assert [await shelf.count(table) for table in ("source", "chunk", "site_page")] == [2, 1, 1]
        await reader.again(site)
    assert await reader.states(site) == {"/": "read"}
    async with shelf.runtime.db.fast.acquire(shelf.workspace.id) as conn:
        assert (await service.site_rules(conn, site.id)).exclude == ("/sale$",)


async def test_page_that_was_deleted_by_itself_stays_deleted_when_its_site_comes_back(
    reader: Reader, shelf: Shelf
) -> None:
    async with fake_site(PAGES) as url:
        site = await reader.read(f"{url}/")
    page = await page_of(shelf, site, "/sale")
    await shelf.delete(page)
    await shelf.delete(site)
    with pytest.raises(SourceNotFound):
        await shelf.restore(page)
    assert (await shelf.restore(site)).chunks == 1
    assert (await shelf.ask("скидка по средам")).hits == ()
    await shelf.restore(page)
    assert (await shelf.ask("скидка по средам")).hits
    assert (await shelf.get(site)).chunks == 2


async def test_source_that_was_deleted_while_it_waited_is_read_when_it_comes_back(
    shelf: Shelf,
) -> None:
    async with fake_site(
        {"/": html("<article><p>Парковка закрыта до весны.</p></article>")}
    ) as site:
        async with shelf.runtime.db.fast.transaction(shelf.workspace.id) as conn:
            source = await service.add_url(conn, shelf.collection, f"{site}/")
            await service.delete_source(conn, source.id)
        await jobs.index(shelf.attempt(), source_id=str(source.id))
        assert await shelf.count("chunk") == 0
        back = await shelf.restore(source)
    assert back.state is SourceState.READY
    assert (await shelf.ask("парковка")).hits
