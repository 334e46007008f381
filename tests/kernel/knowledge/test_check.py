"""The knowledge check: twins, and sources in trouble."""

from datetime import timedelta

from besedka.kernel.knowledge import jobs, service
from besedka.kernel.knowledge.service.alike import Twins, likeness, sketch_of
from besedka.kernel.knowledge.types import Check, Source
from tests.kernel.knowledge.conftest import Shelf

RULES = (
    "Заказ можно вернуть в течение четырнадцати дней, если товар не был в употреблении и сохранились его ярлыки. "
    "Деньги приходят на карту за три рабочих дня. Доставку возврата оплачивает покупатель, кроме случаев брака. "
    "Брак принимаем целый год с даты покупки, проверка занимает до десяти дней, результат сообщаем письмом."
)


async def checked(shelf: Shelf) -> Check:
    async with shelf.runtime.db.fast.acquire(shelf.workspace.id) as conn:
        return await service.check(conn, shelf.collection)


async def age(shelf: Shelf, source: Source, days: int) -> None:
    async with shelf.runtime.db.fast.transaction(shelf.workspace.id) as conn:
        await conn.execute(
            "UPDATE source SET created_at = now() - $2::interval, indexed_at = now() - $2::interval WHERE id = $1",
            source.id, timedelta(days=days),
        )  # fmt: skip


def test_texts_that_differ_in_a_word_are_twins_and_others_are_not() -> None:
    twins = Twins[str]()
    assert twins.add("rules", RULES) is None
    found = twins.add("again", RULES.replace("письмом", "звонком").upper())
    assert found is not None
    assert found[0] == "rules"
    assert (
        twins.add(
            "other", "Магазин открыт каждый день с девяти утра до восьми вечера без перерыва."
        )
        is None
    )
    assert twins.add("short", "Условия возврата") is None
    assert twins.add("short too", "Условия возврата") is None
    assert likeness(sketch_of(RULES), sketch_of(RULES)) == 100


async def test_twins_are_found_by_a_job_and_leave_the_list_when_one_is_switched_off(
    shelf: Shelf,
) -> None:
    first = await shelf.add(RULES, title="Возврат")
    second = await shelf.add(RULES.replace("письмом", "звонком"), title="Возврат, копия")
    await shelf.add("Магазин открыт каждый день с девяти утра до восьми вечера.")
    assert ((await checked(shelf)).checked_at, (await checked(shelf)).duplicates) == (None, [])
    for _ in range(2):
        await jobs.compare(shelf.attempt(), collection_id=str(shelf.collection))
    found = await checked(shelf)
    (pair,) = found.duplicates
    assert (pair.first.source_id, pair.second.source_id) == (first.id, second.id)
    assert pair.likeness >= 80
    assert found.checked_at is not None
    async with shelf.runtime.db.fast.transaction(shelf.workspace.id) as conn:
        await service.switch_passage(conn, pair.second.id, off=True)
    assert (await checked(shelf)).duplicates == []
    await jobs.compare(shelf.attempt(), collection_id=str(shelf.collection))
    assert await shelf.count("duplicate") == 0


async def test_sources_in_trouble_are_told_apart(shelf: Shelf) -> None:
    failed = await shelf.add("Свежий текст о доставке.")
    unfound = await shelf.add("Текст, который никто не нашёл.")
    await age(shelf, unfound, 40)
    stale = await shelf.add("Очень старый текст.")
    await age(shelf, stale, 400)
    empty = await shelf.add("Отрывок, который выключили.")
    async with shelf.runtime.db.fast.transaction(shelf.workspace.id) as conn:
        (only,) = await service.list_passages(conn, empty.id)
        await service.switch_passage(conn, only.id, off=True)
        await conn.execute("UPDATE source SET found = 1 WHERE id = $1", stale.id)
        await conn.execute("UPDATE source SET state = 'failed' WHERE id = $1", failed.id)
    found = await checked(shelf)
    assert [each.id for each in found.failed] == [failed.id]
    assert [each.id for each in found.empty] == [empty.id]
    assert [each.id for each in found.stale] == [stale.id]
    assert [each.id for each in found.unfound] == [unfound.id]
