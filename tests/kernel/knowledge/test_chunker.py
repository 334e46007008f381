"""Passages: their size, their headings, and that no word of a document is lost."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from besedka.kernel.knowledge.chunker import LIMIT, Chunk, chunk
from besedka.kernel.knowledge.extraction.texts import blocks_of_text
from besedka.kernel.knowledge.extraction.types import Block, BlockKind

PARAGRAPH = BlockKind.PARAGRAPH
SENTENCE = "Доставка по Москве стоит триста рублей и занимает один день. "
WORD = st.text(alphabet="абвгдежзabcdefg.,!?:;АБВAB0123—", min_size=1, max_size=12)
PROSE = st.lists(WORD, min_size=1, max_size=400).map(" ".join)
SEPARATED = st.builds(
    lambda words, joint: joint.join(words),
    st.lists(WORD, min_size=1, max_size=300),
    st.sampled_from([" ", "\n", "  ", "\n\n", ". "]),
)


def heading(text: str, level: int = 1) -> Block:
    return Block(BlockKind.HEADING, text, level)


def paragraph(text: str, page: int | None = None) -> Block:
    return Block(PARAGRAPH, text, page=page)


def table(rows: int, width: int = 20) -> Block:
    lines = ["| Товар | Цена |", "|---|---|"]
    lines += [f"| {'товар ' * (width // 6)}№{number} | {number} |" for number in range(rows)]
    return Block(BlockKind.TABLE, "\n".join(lines))


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def texts(chunks: list[Chunk]) -> list[str]:
    return [each.text for each in chunks]


def test_one_paragraph_of_a_file_is_one_passage() -> None:
    text = (SENTENCE * 20)[:LIMIT].strip()
    assert texts(chunk(blocks_of_text(text))) == [text]


def test_short_paragraphs_of_a_section_share_a_passage() -> None:
    chunks = chunk([paragraph("Первый."), paragraph("Второй.")])
    assert texts(chunks) == ["Первый.\n\nВторой."]


def test_sections_do_not_share_a_passage_and_know_their_headings() -> None:
    chunks = chunk([
        heading("Оплата"), paragraph("Картой."), heading("Возврат", 2), paragraph("За 14 дней."),
        heading("Доставка"), paragraph("Курьером."),
    ])  # fmt: skip
    assert [(each.heading_path, each.text) for each in chunks] == [
        (("Оплата",), "Картой."),
        (("Оплата", "Возврат"), "За 14 дней."),
        (("Доставка",), "Курьером."),
    ]
    assert [each.ordinal for each in chunks] == [0, 1, 2]


def test_headings_without_text_become_text_once() -> None:
    chunks = chunk(
        [heading("Компания"), heading("Договор"), heading("Предмет", 2), paragraph("Услуги.")]
    )
    assert [(each.heading_path, each.text) for each in chunks] == [
        ((), "Компания"),
        (("Договор", "Предмет"), "Услуги."),
    ]


def test_heading_at_the_end_is_not_lost() -> None:
    assert texts(chunk([paragraph("Начало."), heading("Конец")])) == ["Начало.\n\nКонец"]


def test_page_is_that_of_the_first_piece() -> None:
    chunks = chunk([paragraph("x" * 500, 3), paragraph("y" * 500, 4)])
    assert [each.page for each in chunks] == [3, 4]


def test_long_paragraph_is_cut_between_sentences_into_even_parts() -> None:
    chunks = chunk([paragraph((SENTENCE * 20).strip())])
    assert len(chunks) == 2
    assert all(each.text.endswith("день.") for each in chunks)
    assert min(len(each.text) for each in chunks) > LIMIT // 2


@pytest.mark.parametrize(
    "text",
    [
        "Офис на ул. Ленина, д. 5 открыт с 9 до 18, его адрес есть у А. С. Иванова и у др. Сотрудников много. ",
        "The parcel for Mr. Smith, Dr. Jones etc. goes to No. 5 Main St. London on Monday at noon. It is free. ",
    ],
)
def test_shortened_words_do_not_end_sentences(text: str) -> None:
    for each in chunk([paragraph((text * 30).strip())]):
        assert each.text.startswith(("Офис", "Сотрудников", "The parcel", "It is"))


def test_tiny_tail_takes_from_the_passage_before_it() -> None:
    chunks = chunk(
        [paragraph("а" * 400), paragraph("б" * 400), paragraph("в" * 90), paragraph("г" * 5)]
    )
    assert [len(each.text) for each in chunks] == [400, 400 + 2 + 90 + 2 + 5]


def test_tiny_tail_of_one_long_paragraph_is_evened_out() -> None:
    chunks = chunk([paragraph((SENTENCE * 14).strip()), paragraph("И всё.")])
    assert min(len(each.text) for each in chunks) > 200


def test_lead_in_stays_with_its_list() -> None:
    items = Block(BlockKind.LIST, "\n".join(f"- документ номер {number}" for number in range(30)))
    chunks = chunk([paragraph("x" * 500), paragraph("Понадобятся:"), items])
    assert chunks[1].text.startswith("Понадобятся:\n\n- документ номер 0")


def test_code_stays_whole_up_to_three_limits() -> None:
    fence = "```python\n" + "print('строка')\n" * 100 + "```"
    assert texts(chunk([Block(BlockKind.CODE, fence)])) == [fence]


def test_longer_code_is_cut_between_lines_and_every_part_is_fenced() -> None:
    fence = "```python\n" + "print('строка')\n" * 300 + "```"
    chunks = chunk([Block(BlockKind.CODE, fence)])
    assert len(chunks) > 1
    for each in chunks:
        assert each.text.startswith("```python\n")
        assert each.text.endswith(")\n```")
        assert len(each.text) <= LIMIT


def test_table_that_is_cut_repeats_its_heading_row() -> None:
    chunks = chunk([table(100)])
    assert len(chunks) > 1
    assert all(each.text.startswith("| Товар | Цена |\n|---|---|\n| товар") for each in chunks)
    lengths = [len(each.text) for each in chunks]
    assert max(lengths) <= LIMIT
    assert min(lengths) > LIMIT // 2
    assert sum(each.text.count("№") for each in chunks) == 100


def test_row_longer_than_a_passage_stays_whole() -> None:
    chunks = chunk([table(3, width=1200)])
    assert len(chunks) == 4  # the heading row has no room beside such rows
    assert sum(len(each.text) > LIMIT for each in chunks) == 3


def test_endless_row_is_cut_after_all() -> None:
    chunks = chunk([Block(BlockKind.TABLE, "| a |\n|---|\n| " + "слово " * 2000 + "|")])
    assert max(len(each.text) for each in chunks) <= LIMIT


def test_no_blocks_give_no_passages() -> None:
    assert chunk([]) == []


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(PROSE, SEPARATED), max_size=8))
def test_prose_of_any_form_is_kept_within_the_limit(paragraphs: list[str]) -> None:
    chunks = chunk([paragraph(text) for text in paragraphs])
    assert squeezed("".join(texts(chunks))) == squeezed("".join(paragraphs))
    assert all(0 < len(each.text) <= LIMIT for each in chunks)
    assert [each.ordinal for each in chunks] == list(range(len(chunks)))


BLOCKS = st.one_of(
    st.builds(paragraph, PROSE),
    st.builds(heading, WORD, st.integers(1, 6)),
    st.builds(lambda words: Block(BlockKind.LIST, "- " + "\n- ".join(words)), st.lists(WORD, min_size=1)),
    st.builds(table, st.integers(0, 60), st.integers(1, 1500)),
    st.builds(lambda lines: Block(BlockKind.CODE, "```\n" + "\n".join(lines) + "\n```"), st.lists(PROSE, max_size=9)),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(BLOCKS, max_size=10))
def test_no_word_of_any_document_is_lost(blocks: list[Block]) -> None:
    chunks = chunk(blocks)
    kept = squeezed("".join("".join(each.heading_path) + each.text for each in chunks))
    for block in blocks:
        for line in block.text.split("\n"):
            for word in line.split():
                assert word in kept
    for each in chunks:
        whole_piece = each.text.startswith("```") or "\n" not in each.text
        assert len(each.text) <= LIMIT or (whole_piece and len(each.text) <= 3 * LIMIT)


def test_megabyte_of_text_is_cut_in_a_moment() -> None:
    blocks = [paragraph((SENTENCE * 11).strip()) for _ in range(1600)]
    started = time.process_time()
    assert len(chunk(blocks)) == 1600
    assert time.process_time() - started < 1.0
