"""Single passages: other words, switched off, kept through another reading, counted."""

import pytest

from besedka.kernel.knowledge import jobs, service
from besedka.kernel.knowledge.errors import DocumentBusy, PassageNotFound, SourceEmpty
from besedka.kernel.knowledge.types import Passage, PassageLook, Source
from tests.fakes.site import Page, fake_site, html
from tests.kernel.knowledge.conftest import Shelf

PRICES = "# Цены\n\nПодписка стоит 500 рублей.\n\n## Скидки\n\nСтудентам скидка двадцать процентов."


async def edit(shelf: Shelf, passage: Passage, text: str) -> Passage:
    async with shelf.runtime.db.fast.transaction(shelf.workspace.id) as conn:
        return await service.edit_passage(conn, passage.id, text)


async def switch(shelf: Shelf, passage: Passage, *, off: bool) -> Passage:
    async with shelf.runtime.db.fast.transaction(shelf.workspace.id) as conn:
        return await service.switch_passage(conn, passage.id, off=off)


async def read_again(shelf: Shelf, source: Source) -> Source:
    async with shelf.runtime.db.fast.transaction(shelf.workspace.id) as conn:
        await service.refresh_source(conn, source.id)
    return await shelf.settled(source)


async def test_edited_passage_is_found_by_its_new_words_only(shelf: Shelf) -> None:
    source = await shelf.add(PRICES)
    first, _ = await shelf.passages(source)
    edited = await edit(shelf, first, "Абонемент обойдётся в тысячу.")
    assert (edited.id, edited.original) == (first.id, "Подписка стоит 500 рублей.")
    assert (await shelf.ask("абонемент")).hits[0].text == "Абонемент обойдётся в тысячу."
    assert (await shelf.ask("подписка")).hits == ()
    assert await shelf.passages(source, look=PassageLook.EDITED) == [edited]
    assert await shelf.sums() == (2, 7)


async def test_undone_edit_counts_as_unchanged(shelf: Shelf) -> None:
    source = await shelf.add(PRICES)
    before, sums = await shelf.passages(source), await shelf.sums()
    await edit(shelf, before[0], "Абонемент обойдётся в тысячу.")
    async with shelf.runtime.db.fast.transaction(shelf.workspace.id) as conn:
        await service.undo_edit(conn, before[0].id)
    assert await shelf.passages(source) == before
    assert await shelf.sums() == sums
    assert (await shelf.ask("подписка")).hits


async def test_switched_off_passage_is_not_found_until_it_is_on_again(shelf: Shelf) -> None:
    source = await shelf.add(PRICES)
    sums, sale = await shelf.sums(), (await shelf.passages(source))[1]
    await switch(shelf, sale, off=True)
    assert (await shelf.ask("скидка студентам")).hits == ()
    assert [each.id for each in await shelf.passages(source, look=PassageLook.OFF)] == [sale.id]
    assert (await shelf.get(source)).chunks == (await shelf.sums())[0] == 1
    with pytest.raises(PassageNotFound):
        await shelf.open(sale.id)
    await edit(shelf, sale, "Пенсионерам скидка тридцать процентов.")
    assert (await shelf.ask("пенсионерам")).hits == ()
    await switch(shelf, sale, off=False)
    assert (await shelf.ask("пенсионерам")).hits[0].chunk_id == sale.id
    assert (await shelf.get(source)).chunks == (await shelf.sums())[0] == sums[0]


async def test_edit_without_words_or_while_the_document_is_read_is_refused(shelf: Shelf) -> None:
    source = await shelf.add(PRICES)
    first = (await shelf.passages(source))[0]
    with pytest.raises(SourceEmpty):
        await edit(shelf, first, " … ")
    async with shelf.runtime.db.fast.transaction(shelf.workspace.id) as conn:
        await conn.execute("UPDATE source SET state = 'working'")
    with pytest.raises(DocumentBusy):
        await edit(shelf, first, "Новое.")


async def test_changes_by_hand_stay_when_the_page_says_the_same_and_give_way_when_it_does_not(
    shelf: Shelf,
) -> None:
    body = "<h2>Сеть</h2><p>Пароль от сети: ромашка, спросите у стойки.</p><h2>Кофе</h2><p>Кофе наливают на втором этаже.</p>"
    pages = {"/": html(f"<article>{body}</article>")}
    async with fake_site(pages) as site:
        source = await shelf.settled(await shelf.add_url(f"{site}/"))
        network, coffee = await shelf.passages(source)
        await edit(shelf, network, "Пароль от сети: василёк.")
        await switch(shelf, coffee, off=True)
        pages["/"] = html(
            f"<article>{body}<h2>Чай</h2><p>Чай наливают на третьем этаже.</p></article>"
        )
        source = await read_again(shelf, source)
        kept = await shelf.passages(source)
        assert [each.id for each in kept[:2]] == [network.id, coffee.id]
        assert kept[0].original == network.text
        assert (kept[1].is_off, source.chunks, source.notices) == (True, 2, ())
        assert (await shelf.ask("василёк")).hits
        assert (await shelf.ask("кофе")).hits == ()
        pages["/"] = html(
            "<article><h2>Сеть</h2><p>Пароль от сети теперь: ландыш, спросите у стойки.</p></article>"
        )
        source = await read_again(shelf, source)
    (notice,) = source.notices
    assert (notice.code, notice.params) == ("edits_replaced", {"passages": 2})
    assert (await shelf.ask("василёк")).hits == ()
    assert (await shelf.ask("ландыш")).hits
    assert len(await shelf.passages(source)) == 1


async def test_version_before_the_change_is_had_back(shelf: Shelf) -> None:
    pages = {"/": html("<article><p>Пароль от сети: ромашка, спросите его у стойки.</p></article>")}
    async with fake_site(pages) as site:
        source = await shelf.settled(await shelf.add_url(f"{site}/"))
        pages["/"] = html(
            "<article><p>Ключ от сейфа: ландыш, спросите его у сторожа.</p></article>"
        )
        await read_again(shelf, source)
    async with shelf.runtime.db.fast.transaction(shelf.workspace.id) as conn:
        (version,) = await service.list_versions(conn, source.id)
        back = await service.restore_version(conn, source.id, version.id)
        assert len(await service.list_versions(conn, source.id)) == 2
    assert (await shelf.ask("ромашка")).hits[0].source_id == source.id
    assert (await shelf.ask("ландыш")).hits == ()
    assert (back.chunks, version.chunks) == (1, 1)


async def test_neighbours_surround_a_passage(shelf: Shelf) -> None:
    source = await shelf.add("\n\n".join(f"# Глава {n}\n\nСлова главы {n}." for n in range(6)))
    third = (await shelf.passages(source))[3]
    async with shelf.runtime.db.fast.acquire(shelf.workspace.id) as conn:
        found, passage, around = await service.passages_around(conn, third.id)
    assert (found.id, passage.id) == (source.id, third.id)
    assert [each.ordinal for each in around] == [1, 2, 3, 4, 5]


async def test_use_is_noted_by_one_insertion_and_added_up_by_a_job(shelf: Shelf) -> None:
    source = await shelf.add(PRICES)
    first, second = await shelf.passages(source)
    async with shelf.runtime.db.fast.transaction(shelf.workspace.id) as conn:
        for _ in range(2):
            await service.note_use(conn, [([first.id, second.id], [second.id])])
    assert len(await shelf.passages(source, look=PassageLook.UNFOUND)) == 2
    await jobs.add_up_uses(shelf.attempt())
    first, second = await shelf.passages(source)
    assert (first.found, first.cited, second.found, second.cited) == (2, 0, 2, 2)
    assert second.found_at is not None
    assert await shelf.count("passage_use") == 0
    assert (await shelf.get(source)).found == 4


async def test_page_of_a_site_is_edited_and_keeps_it(shelf: Shelf) -> None:
    pages: dict[str, Page] = {
        "/": html("<article><p>Библиотека открыта до восьми вечера.</p></article>")
    }
    async with fake_site(pages) as site:
        source = await shelf.add_site(f"{site}/")
        async with shelf.runtime.db.fast.acquire(shelf.workspace.id) as conn:
            (page,) = await service.site_pages(conn, source.id)
            (passage,) = await service.list_passages(conn, page.id)
        await edit(shelf, passage, "Библиотека открыта до девяти.")
        pages["/"] = html(
            "<article><p>Библиотека открыта до восьми вечера.</p><h2>Зал</h2><p>Читальный зал на ремонте до мая.</p></article>"
        )
        again = await read_again(shelf, source)
    assert (await shelf.ask("до девяти")).hits[0].chunk_id == passage.id
    assert again.chunks == (await shelf.sums())[0]
    async with shelf.runtime.db.fast.transaction(shelf.workspace.id) as conn:
        await service.note_use(conn, [([passage.id], [])])
    await jobs.add_up_uses(shelf.attempt())
    assert [(await shelf.get(each)).found for each in (source, again)] == [1, 1]
