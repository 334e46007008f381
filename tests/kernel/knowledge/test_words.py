"""Words, sentences and quotes: the pure parts."""

from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from besedka.kernel.knowledge.service.quote import CHARACTERS, Sentence, quote, window
from besedka.kernel.knowledge.service.words import (
    Language,
    distance,
    grams,
    language_of,
    likeness,
    sentences,
    words,
    words_at,
)
from besedka.kernel.knowledge.types import ChunkId, Hit, SourceId

NOWHERE = UUID(int=0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ёлка, ЁЖИК!", ["елка", "ежик"]),
        ("за\u0301мок по\u00adсетителя", ["замок", "посетителя"]),
        ("snake_case C++ 3,5 %", ["snake", "case", "c", "3", "5"]),
        ("ﬁne Ｗｉｄｅ", ["fine", "wide"]),
        ("и\u0306од", ["йод"]),
        ("😀 — «»", []),
    ],
)
def test_text_is_cut_into_folded_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    ("word", "language"),
    [
        ("доставка", Language.RUSSIAN), ("delivery", Language.ENGLISH), ("2016", None), ("b2b", None),
        ("straße", None), ("東京", None),
    ],
)  # fmt: skip
def test_language_is_told_by_the_letters(word: str, language: Language | None) -> None:
    assert language_of(word) is language


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("доставка", "доставка", 0), ("дотсавка", "доставка", 1), ("доставкка", "доставка", 1),
        ("ксть", "есть", 1), ("чайник", "пылесос", 3), ("а", "абвгд", 3), ("abcd", "badc", 2),
    ],
)  # fmt: skip
def test_distance_counts_letters_up_to_its_bound(left: str, right: str, expected: int) -> None:
    assert distance(left, right, most=2) == expected
    assert distance(right, left, most=2) == expected


def test_likeness_is_the_share_of_common_grams() -> None:
    assert likeness(grams("слово"), grams("слово")) == 1
    assert likeness(grams("слово"), grams("слива")) == pytest.approx(2 / 10)


@given(st.text(max_size=400))
def test_sentences_are_parts_of_any_text_in_order(text: str) -> None:
    places = sentences(text)
    assert all(text[place].strip() for place in places)
    assert all(a.stop <= b.start for a, b in pairwise(places))
    covered = "".join(text[place] for place in places)
    assert "".join(covered.split()) == "".join(text.split())


def test_sentences_end_at_stops_and_lines() -> None:
    text = "Раз. Два! «Три?» Четыре\n- пять\n- шесть"
    assert [text[place] for place in sentences(text)] == [
        "Раз.", "Два!", "«Три?»", "Четыре", "- пять", "- шесть",
    ]  # fmt: skip


def _hit(text: str, quoted: str = "") -> Hit:
    return Hit(ChunkId(NOWHERE), SourceId(NOWHERE), "Title", (), text, 1.0, quote=quoted)


def test_quote_of_a_searched_hit_is_what_the_search_chose() -> None:
    assert quote("anything", _hit("One. Two. Three. Four.", "Two. Three.")) == "Two. Three."


def test_quote_without_a_search_goes_by_the_words_of_the_question() -> None:
    text = "Alpha one. Beta two. Gamma three. Delta four. Epsilon five. Zeta six."
    assert quote("what is delta four", _hit(text)) == "Gamma three. Delta four. Epsilon five."


def test_quote_of_an_empty_passage_is_the_passage() -> None:
    assert quote("anything", _hit("")) == ""


def test_window_takes_one_long_sentence_rather_than_cut_it() -> None:
    long = "слово " * 200 + "ответ."
    text = f"Раз. {long} Два."
    parts = [Sentence(place, frozenset(words(text[place]))) for place in sentences(text)]
    place = window(parts, lambda found: float("ответ" in found))
    assert text[place] == long
    assert len(long) > CHARACTERS


@pytest.mark.parametrize(
    "text",
    [
        "Ёлка стоит 350 ₽. Её привезут завтра!\nDelivery_time: 2–3 дня.", "ﬁne ① ½ cafe\u0301. Ещё ёж.",
        "İstanbul is İ. Second sentence, too.", "so\u00adft hy\u200bphen. İ.", "",
    ],
)  # fmt: skip
def test_words_of_parts_are_those_of_the_parts_alone(text: str) -> None:
    places = sentences(text) or [slice(0, 0)]
    assert words_at(text, places) == [words(text[place]) for place in places]
