"""From a source to searchable passages, and out again."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from besedka.kernel.knowledge import jobs, service
from besedka.kernel.knowledge.errors import CollectionNotFound, SourceNotFound
from besedka.kernel.knowledge.extraction.errors import DocumentEmpty
from besedka.kernel.knowledge.service.reading import title_of
from besedka.kernel.knowledge.types import SourceKind, SourceState
from tests.fakes.site import Page, fake_site
from tests.kernel.knowledge.conftest import Shelf

PRICES = "# Цены\n\nПодписка стоит 500 рублей.\n\n## Скидки\n\nСтудентам скидка двадцать процентов."
ARTICLE = """<html><head><title>Опоздания</title></head><body><nav>Меню Главная</nav><article>
<h1>Опоздания</h1><p>Если поезд опоздал больше чем на час, мы вернём половину стоимости билета.</p>
<p>Заявление подаётся в кассу в течение десяти дней после поездки, с билетом и паспортом.</p>
</article></body></html>""".encode()


async def test_typed_text_is_searchable_at_once(shelf: Shelf) -> None:
    source = await shelf.add(PRICES)
    assert source.state is SourceState.READY
    assert source.kind is SourceKind.TEXT
    assert source.title == "Цены"
    assert (source.progress, source.chunks) == (100, 2)
    hit = (await shelf.ask("скидка студентам")).hits[0]
    assert (hit.title, hit.heading) == ("Цены", ("Скидки",))
    assert await shelf.get(source) == replace(
        source, indexed_at=(await shelf.get(source)).indexed_at
    )


async def test_text_is_found_by_its_headings_and_title(shelf: Shelf) -> None:
    await shelf.add("## Парковка\n\nПерекрыта до весны.", title="Офис на Невском")
    assert (await shelf.ask("парковка")).hits
    assert (await shelf.ask("офис на Невском")).hits


async def test_long_text_is_read_by_a_job(shelf: Shelf) -> None:
    paragraphs = "\n\n".join(
        f"Раздел {n}. Склад номер {n} находится в городе." for n in range(4000)
    )
    source = await shelf.add(paragraphs + "\n\nКитайский фарфор лежит отдельно.")
    assert source.state is SourceState.QUEUED
    settled = await shelf.settled(source)
    assert settled.state is SourceState.READY
    assert settled.chunks > 200
    assert "фарфор" in (await shelf.ask("где фарфор")).hits[0].quote


async def test_file_is_read_by_a_job_and_deleted_with_its_source(
    shelf: Shelf, tmp_path: Path
) -> None:
    path = tmp_path / "Режим работы.txt"
    path.write_text("Музей закрыт по понедельникам.", encoding="cp1251")
    source = await shelf.settled(await shelf.add_file(path))
    assert source.state is SourceState.READY
    assert source.title == "Режим работы.txt"
    assert (await shelf.ask("когда музей закрыт")).hits[0].source_id == source.id
    await shelf.destroy(source)
    assert (await shelf.ask("когда музей закрыт")).hits == ()
    async with shelf.runtime.db.fast.acquire(shelf.workspace.id) as conn:
        assert await conn.fetchval("SELECT count(*) FROM file") == 0


async def test_unreadable_file_keeps_its_reason_and_others_go_on(
    shelf: Shelf, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7\n" + b"\x00" * 500)
    good = tmp_path / "good.md"
    good.write_text("Печать документов на третьем этаже.", encoding="utf-8")
    refused, read = await shelf.add_file(broken), await shelf.add_file(good)
    source = await shelf.settled(refused)
    assert source.state is SourceState.FAILED
    assert source.error is not None
    assert source.error.code == "document_broken"
    assert "повреждён" in service.failure_words("ru", source)
    assert "damaged" in service.failure_words("en", source)
    assert (await shelf.settled(read)).state is SourceState.READY


async def test_page_is_fetched_and_takes_its_own_title(shelf: Shelf) -> None:
    async with fake_site({"/late": Page(ARTICLE)}) as site:
        source = await shelf.settled(await shelf.add_url(f"{site}/late"))
        assert source.state is SourceState.READY, source.error
        assert source.title == "Опоздания"
        hit = (await shelf.ask("сколько вернут если поезд опоздал")).hits[0]
        assert hit.url == f"{site}/late"
        assert "половину" in hit.quote


async def test_document_at_an_address_is_read_by_its_content(shelf: Shelf) -> None:
    page = Page("Столовая работает до шести.".encode(), "text/plain; charset=utf-8")
    async with fake_site({"/hours.txt": page}) as site:
        source = await shelf.settled(await shelf.add_url(f"{site}/hours.txt"))
    assert source.state is SourceState.READY, source.error


@pytest.mark.parametrize(
    ("path", "code"), [("/missing", "page_refused"), ("/photo", "page_not_text")]
)
async def test_page_that_cannot_be_read_keeps_its_reason(
    shelf: Shelf, path: str, code: str
) -> None:
    async with fake_site({"/photo": Page(b"\x89PNG", "image/png")}) as site:
        source = await shelf.settled(await shelf.add_url(site + path))
    assert source.error is not None
    assert source.error.code == code
    assert "127.0.0.1" in service.failure_words("ru", source)


async def test_deleted_source_leaves_no_row_behind(shelf: Shelf) -> None:
    kept = await shelf.add("Чайник греет воду.")
    source = await shelf.add("Утюг гладит рубашки и платья. " * 60)
    await shelf.destroy(source)
    async with shelf.runtime.db.fast.acquire(shelf.workspace.id) as conn:
        assert await conn.fetchval("SELECT count(*) FROM chunk") == kept.chunks
        assert await conn.fetchval("SELECT count(*) FROM posting") == kept.chunks
        row = await conn.fetchrow("SELECT chunks, words FROM collection")
        assert row is not None
        assert tuple(row.values()) == (1, 3)
        with pytest.raises(SourceNotFound):
            await service.delete_source(conn, source.id)


async def test_sweep_after_deletion_forgets_words_that_no_passage_has(shelf: Shelf) -> None:
    await shelf.add("Чайник греет воду.")
    source = await shelf.add("Утюг гладит воротники.")
    await shelf.delete(source)
    assert (await shelf.ask("воротникки")).corrected == {}
    await jobs.sweep(shelf.attempt(), collection_id=str(shelf.collection))
    assert await shelf.vocabulary() == {"чайник", "греет", "вод"}
    again = await shelf.add("Утюг сломан.")
    assert await shelf.vocabulary() == {"чайник", "греет", "вод", "утюг", "слома"}
    assert (await shelf.ask("утюгг")).hits[0].source_id == again.id


async def test_refreshed_page_replaces_its_passages(shelf: Shelf) -> None:
    pages = {
        "/": Page(
            "<html><body><p>Пароль от сети: ромашка. Спросите его у стойки.</p></body></html>".encode()
        )
    }
    async with fake_site(pages) as site:
        source = await shelf.settled(await shelf.add_url(f"{site}/"))
        pages["/"] = Page(
            "<html><body><p>Пароль от сети: незабудка. Спросите его у стойки.</p></body></html>".encode()
        )
        async with shelf.runtime.db.fast.transaction(shelf.workspace.id) as conn:
            refreshed = await service.refresh_source(conn, source.id)
        assert refreshed.state is SourceState.QUEUED
        await shelf.settled(refreshed)
    assert (await shelf.ask("ромашка")).hits == ()
    assert "незабудка" in (await shelf.ask("пароль от сети")).hits[0].text
    async with shelf.runtime.db.fast.acquire(shelf.workspace.id) as conn:
        assert await conn.fetchval("SELECT chunks FROM collection") == 1


async def test_failed_refresh_keeps_what_was_searchable(shelf: Shelf) -> None:
    pages = {
        "/": Page(
            "<html><body><p>Ключи лежат у вахтёра на первом этаже.</p></body></html>".encode()
        )
    }
    async with fake_site(pages) as site:
        source = await shelf.settled(await shelf.add_url(f"{site}/"))
        pages["/"] = Page(b"", status=500)
        async with shelf.runtime.db.fast.transaction(shelf.workspace.id) as conn:
            await service.refresh_source(conn, source.id)
        assert (await shelf.settled(source)).state is SourceState.FAILED
    assert (await shelf.ask("где ключи")).hits


async def test_text_without_words_is_refused(shelf: Shelf) -> None:
    with pytest.raises(DocumentEmpty):
        await shelf.add("  \n ")
    async with shelf.runtime.db.fast.acquire(shelf.workspace.id) as conn:
        assert await conn.fetchval("SELECT count(*) FROM source") == 0


async def test_collection_of_another_workspace_is_not_found(shelf: Shelf, stranger: Shelf) -> None:
    async with shelf.runtime.db.fast.transaction(shelf.workspace.id) as conn:
        with pytest.raises(CollectionNotFound):
            await service.add_text(conn, stranger.collection, body="Слова.")


async def test_source_whose_job_vanished_is_given_up(shelf: Shelf) -> None:
    async with shelf.runtime.db.fast.transaction(shelf.workspace.id) as conn:
        source = await service.add_url(conn, shelf.collection, "http://127.0.0.1:9/never")
        await conn.execute("DELETE FROM job WHERE workspace_id = $1", conn.workspace)
        await conn.execute(
            "UPDATE source SET state = 'working', updated_at = now() - $1::interval",
            jobs.ABANDONED_AFTER + timedelta(minutes=1),
        )
    await jobs.give_up_abandoned(shelf.attempt())
    assert (await shelf.get(source)).error is not None
    assert (await shelf.get(source)).state is SourceState.FAILED


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("", ""), ("# Delivery\n\nIt is free.", "Delivery"), ("x" * 100, "x" * 59 + "…"),
        ("Доставка по городу бесплатна, если заказ дороже пяти тысяч рублей, а иначе стоит 350.",
         "Доставка по городу бесплатна, если заказ дороже пяти тысяч…"),
    ],
)  # fmt: skip
def test_untitled_text_gets_a_short_title(text: str, title: str) -> None:
    assert title_of(text) == title


async def test_title_cut_from_the_text_counts_for_no_passage(shelf: Shelf) -> None:
    body = (
        "Доставка по городу бесплатна, если заказ дороже пяти тысяч рублей, а иначе стоит 350. "
        * 20
    )
    await shelf.add(body)
    await shelf.add(body, title="Доставка")
    hits = (await shelf.ask("доставка", limit=20)).hits
    untitled = [hit.score for hit in hits if hit.title.endswith("…")]
    titled = [hit.score for hit in hits if hit.title == "Доставка"]
    assert max(untitled) < min(titled)
