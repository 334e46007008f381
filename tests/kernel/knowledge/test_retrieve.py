"""Searching: what is found, how it is corrected, and what cannot break it."""

import pytest

from tests.kernel.knowledge.conftest import Shelf

DELIVERY = (
    "Доставка по Москве занимает один день. Курьер привозит заказ с 10 до 22 часов. "
    "Доставка бесплатна при заказе от 3000 рублей. По России заказы везёт почта."
)
RETURNS = (
    "Вернуть товар можно в течение 14 дней после покупки. Нужны чек и целая упаковка. "
    "Деньги возвращаются на карту за пять рабочих дней."
)
WARRANTY = (
    "Every kettle has a warranty of two years. The warranty does not cover limescale. "
    "Send the kettle to our workshop in Kazan and we repair it within a week."
)


@pytest.fixture
async def shop(shelf: Shelf) -> Shelf:
    """A shelf with three documents in two languages."""
    await shelf.add(DELIVERY, title="Доставка")
    await shelf.add(RETURNS, title="Возврат")
    await shelf.add(WARRANTY, title="Warranty")
    return shelf


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("Сколько дней идёт доставка по Москве?", "Доставка"),
        ("как вернуть чайник если есть чек", "Возврат"),
        ("How long is the warranty of a kettle?", "Warranty"),
        ("warranty на чайник kettle", "Warranty"),
        ("ЧЕК", "Возврат"),
        ("Привезёт ли курьер заказы вечером?", "Доставка"),
    ],
)
async def test_question_best_document_comes_first(shop: Shelf, question: str, title: str) -> None:
    found = await shop.ask(question)
    assert found.hits[0].title == title
    assert found.confidence > 0.3


@pytest.mark.parametrize(
    ("question", "title", "word", "corrected"),
    [
        ("сколько стоит доставкка", "Доставка", "доставкка", "доставка"),
        ("сколько идет дотсавка", "Доставка", "дотсавка", "доставка"),
        ("где упаковку от покупик", "Возврат", "покупик", "покупки"),
        ("is limesacle covered", "Warranty", "limesacle", "limescale"),
        ("waranty", "Warranty", "waranty", "warranty"),
    ],
)
async def test_misspelt_word_is_corrected_to_one_of_the_documents(
    shop: Shelf, question: str, title: str, word: str, corrected: str
) -> None:
    found = await shop.ask(question)
    assert found.hits[0].title == title
    assert found.corrected[word] == corrected


async def test_misspelt_stop_word_is_not_searched_for(shelf: Shelf) -> None:
    await shelf.add("Курьер знает точное время.")
    found = await shelf.ask("когад курьер")
    assert found.confidence == pytest.approx((await shelf.ask("когда курьер")).confidence)
    assert found.corrected == {}


async def test_number_is_never_corrected_to_another_number(shelf: Shelf) -> None:
    await shelf.add("Артикул 10452 стоит 700 рублей.")
    found = await shelf.ask("10453")
    assert not found.hits
    assert not found.corrected


async def test_letter_yo_and_its_plain_spelling_find_each_other(shelf: Shelf) -> None:
    await shelf.add("Ёлки продаются с первого декабря.")
    assert (await shelf.ask("елка")).hits
    await shelf.add("Щетки для пола лежат на втором этаже.")
    assert (await shelf.ask("щётка")).hits


async def test_stressed_and_hyphenated_letters_are_the_same_word(shelf: Shelf) -> None:
    await shelf.add("Старинный за\u0301мок открыт для посе\u00adтителей ежедневно.")
    assert (await shelf.ask("замок посетители")).confidence > 0.9


async def test_word_of_the_same_family_is_found(shelf: Shelf) -> None:
    await shelf.add("Варшавский вокзал перестроили в торговый центр.")
    await shelf.add("Рижский рынок работает до восьми вечера.")
    assert (await shelf.ask("Варшава")).hits[0].text.startswith("Варшавский")


async def test_off_topic_question_gets_low_confidence(shop: Shelf) -> None:
    found = await shop.ask("Какая столица у Аргентины и сколько там жителей?")
    assert found.confidence < 0.45
    assert (await shop.ask("Сколько дней идёт доставка по Москве?")).confidence > 0.45


@pytest.mark.parametrize(
    "question",
    [
        "", "   ", "и в на по", "the and of", "😀🎉", "'; DROP TABLE chunk; --", "a:* & !b | (c <-> d)",
        "\\", "%_%", "NULL", "\u0000".replace("\u0000", "\ufffd"), "«»—…", "1 OR 1=1", "/*", "$1", "{}", "[[",
    ],
)  # fmt: skip
async def test_hostile_or_empty_question_finds_nothing_and_breaks_nothing(
    shop: Shelf, question: str
) -> None:
    found = await shop.ask(question)
    assert found.confidence < 0.45


async def test_very_long_question_is_answered_from_its_beginning(shop: Shelf) -> None:
    long = "Сколько дней занимает доставка по Москве? " + "слово " * 5000 + "я" * 100_000
    assert (await shop.ask(long)).hits[0].title == "Доставка"


async def test_question_with_many_words_stays_within_its_terms(shop: Shelf) -> None:
    asked = " ".join(f"слово{number}" for number in range(500))
    assert (await shop.ask(asked)).hits == ()


async def test_limit_bounds_the_hits(shelf: Shelf) -> None:
    for number in range(5):
        await shelf.add(f"Чайник номер {number} греет воду быстро.")
    assert len((await shelf.ask("чайник", limit=3)).hits) == 3


async def test_empty_collection_finds_nothing(shelf: Shelf) -> None:
    found = await shelf.ask("Доставка?")
    assert found.hits == ()
    assert found.confidence == 0


async def test_hit_quotes_the_sentences_that_answer(shelf: Shelf) -> None:
    filler = "Магазин открыт каждый день. Мы рады гостям. У нас уютно и светло. "
    await shelf.add(filler + "Гарантия на пылесос длится три года. " + filler)
    hit = (await shelf.ask("какая гарантия на пылесос")).hits[0]
    assert "Гарантия на пылесос длится три года." in hit.quote
    assert hit.quote in hit.text
    assert len(hit.quote) < len(hit.text)


PRICES = """# Каталог

## Мебель

Цены без доставки.

| Предмет | Размер | Цена |
| --- | --- | --- |
| Скамья «Липа» | 150 см | 14 900 ₽ |
| Стол «Дубрава» | 180 × 90 см | 22 500 ₽ |
| Качели «Облако» | 200 см | 37 400 ₽ |

Решётки продаются отдельно.
"""


async def test_row_of_a_table_is_quoted_with_the_names_of_its_columns(shelf: Shelf) -> None:
    await shelf.add(PRICES, title="Каталог")
    hit = (await shelf.ask("Сколько стоит стол «Дубрава»?")).hits[0]
    assert hit.quote == "Предмет: Стол «Дубрава»; Размер: 180 × 90 см; Цена: 22 500 ₽"
    assert hit.quote in hit.text
    assert "|" not in hit.text
    opened = await shelf.open(hit.chunk_id)
    assert opened.text == hit.text


async def test_words_that_lead_to_a_table_are_quoted_with_all_of_it(shelf: Shelf) -> None:
    await shelf.add(PRICES, title="Каталог")
    quoted = (await shelf.ask("какие цены без доставки")).hits[0].quote
    assert quoted.startswith("Цены без доставки.")
    assert quoted.endswith("Качели «Облако»; Размер: 200 см; Цена: 37 400 ₽")


async def test_question_answer_pair_is_found_by_its_question(shelf: Shelf) -> None:
    await shelf.add("Оплата картой или наличными. Оплатить заказ можно курьеру.")
    await shelf.add_qa("Можно ли оплатить заказ криптовалютой?", "К сожалению, нет.")
    hit = (await shelf.ask("криптовалютой оплатить можно?")).hits[0]
    assert hit.text == "К сожалению, нет."
    assert hit.title == "Можно ли оплатить заказ криптовалютой?"
    assert hit.heading == ()
    assert hit.quote == "К сожалению, нет."


async def test_other_workspace_finds_nothing_even_with_the_collection(
    shop: Shelf, stranger: Shelf
) -> None:
    spy = Shelf(shop.runtime, stranger.workspace, shop.collection)
    found = await spy.ask("доставка по Москве")
    assert found.hits == ()
    assert found.corrected == {}
    assert (await spy.ask("доставкка")).corrected == {}


async def test_other_collection_of_the_workspace_is_not_searched(shop: Shelf) -> None:
    from_elsewhere = await shop.beside()
    assert (await from_elsewhere.ask("доставка по Москве")).hits == ()
    await from_elsewhere.add("Самовывоз со склада в Туле.")
    assert [hit.text for hit in (await from_elsewhere.ask("самовывоз доставка")).hits] == [
        "Самовывоз со склада в Туле."
    ]
