"""What each format turns into: headings, paragraphs, lists, tables."""

import pytest

from besedka.core.content.kinds import Kind
from besedka.kernel.knowledge.extraction.plausible import is_garbled
from besedka.kernel.knowledge.extraction.readers import read
from besedka.kernel.knowledge.extraction.refusal import Reason, Refused
from besedka.kernel.knowledge.extraction.types import Block, BlockKind, Extracted
from tests.kernel.knowledge.documents import A, docx, odt, pdf, pptx, shape, words, xlsx

HEADING, PARAGRAPH, LIST = BlockKind.HEADING, BlockKind.PARAGRAPH, BlockKind.LIST
TABLE, CODE = BlockKind.TABLE, BlockKind.CODE
GARBLED = "M]heh\\\\guc dh^_dk Jhkkbckdhc N_^_jZpbb hlbxgy Ijbgyl =hkm^Zjkl\\_gghc >mfhcfZy]h^Z "
SHIFTED = "Wkh txlfn eurzq ira mxpsv ryhu wkh odcb grj dqg wkhq lw uxqv dzdb iurp wkh kxqwhu "


def plain(extracted: Extracted) -> list[tuple[BlockKind, str]]:
    return [(block.kind, block.text) for block in extracted.blocks]


def blocks(data: bytes | str, kind: Kind) -> list[tuple[BlockKind, str]]:
    return plain(read(data if isinstance(data, bytes) else data.encode(), kind))


def lines(
    *texts: str, size: int = 12, top: int = 700, step: int = 14
) -> list[tuple[int, int, str]]:
    return [(size, top - step * number, text) for number, text in enumerate(texts)]


# --- plain text ---------------------------------------------------------------------------------


def test_text_has_paragraphs_and_the_headings_that_are_sure() -> None:
    text = "УСЛОВИЯ ДОСТАВКИ\n\nВозим по городу.\nИ за город.\n \nГлава 2. Оплата\n\nКартой."
    assert blocks(text, Kind.TEXT) == [
        (HEADING, "УСЛОВИЯ ДОСТАВКИ"), (PARAGRAPH, "Возим по городу.\nИ за город."),
        (HEADING, "Глава 2. Оплата"), (PARAGRAPH, "Картой."),
    ]  # fmt: skip


def test_markdown_has_its_structure() -> None:
    text = (
        "Title\n=====\n\n## Price ##\n\nIntro\nline two\n\n- one\n- two\n\n"
        "| a | b |\n|---|---|\n| 1 | 2 |\n\n```py\n# no heading\n\nx | y\n```\nEnd"
    )
    assert [(b.kind, b.text, b.level) for b in read(text.encode(), Kind.MARKDOWN).blocks] == [
        (HEADING, "Title", 1), (HEADING, "Price", 2), (PARAGRAPH, "Intro\nline two", 0),
        (LIST, "- one\n- two", 0), (TABLE, "| a | b |\n|---|---|\n| 1 | 2 |", 0),
        (CODE, "```py\n# no heading\n\nx | y\n```", 0), (PARAGRAPH, "End", 0),
    ]  # fmt: skip


def test_text_with_headings_of_markdown_is_read_as_markdown() -> None:
    assert blocks("# Часы\nС 9 до 18.", Kind.TEXT) == [(HEADING, "Часы"), (PARAGRAPH, "С 9 до 18.")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_csv_is_a_table_whatever_its_delimiter(delimiter: str) -> None:
    text = f'Товар{delimiter}Цена\n"Чай{delimiter} чёрный"{delimiter}1.5\nКофе{delimiter}2\n\n'
    shown = {"|": "Чай\\| чёрный", "\t": "Чай чёрный"}.get(delimiter, f"Чай{delimiter} чёрный")
    assert blocks(text, Kind.CSV) == [
        (TABLE, f"| Товар | Цена |\n|---|---|\n| {shown} | 1.5 |\n| Кофе | 2 |")
    ]


def test_cell_of_several_lines_is_one_line_of_the_table() -> None:
    assert blocks('a,b\n"one\ntwo",3\n', Kind.CSV) == [
        (TABLE, "| a | b |\n|---|---|\n| one two | 3 |")
    ]


def test_formula_in_a_cell_is_only_text() -> None:
    assert "=cmd\\|' /C calc'!A0" in blocks("a,b\n=cmd|' /C calc'!A0,1\n", Kind.CSV)[0][1]


def test_json_is_values_with_their_paths() -> None:
    text = '[{"q": "Когда?", "a": {"ru": "Завтра", "tags": ["x", "y"], "no": null}}, {"q": "\\u0413\\u0434\\u0435?"}]'
    assert blocks(text, Kind.JSON) == [
        (PARAGRAPH, "q: Когда?\na.ru: Завтра\na.tags: x\na.tags: y"), (PARAGRAPH, "q: Где?"),
    ]  # fmt: skip


# --- web ----------------------------------------------------------------------------------------


def test_html_is_what_a_reader_sees() -> None:
    page = """<html><head><title>T</title><style>p{}</style></head><body>
      <h1>Доставка <small>и оплата</small></h1><p>Возим<br>быстро &amp; дёшево<script>alert(1)</script>.</p>
      <ul><li>по городу<ul><li>центр</li></ul></li><li>за город</li></ul><ol start=3><li>три</li><li>четыре</li></ol>
      <pre>a\n  b</pre><div hidden>нет</div><div style="display: none">нет</div><noscript>нет</noscript>
      <table><caption>Цены</caption><tr><th>Куда</th><th>Цена</th></tr><tr><td>Центр</td><td>100</td></tr></table>
      <table><tr><td><p>Колонка</p></td></tr></table><template>нет</template>хвост</body></html>"""
    assert blocks(page, Kind.HTML) == [
        (HEADING, "Доставка и оплата"), (PARAGRAPH, "Возим\nбыстро & дёшево."),
        (LIST, "- по городу\n  - центр\n- за город"), (LIST, "3. три\n4. четыре"),
        (CODE, "```\na\n  b\n```"), (PARAGRAPH, "Цены"),
        (TABLE, "| Куда | Цена |\n|---|---|\n| Центр | 100 |"), (PARAGRAPH, "Колонка"), (PARAGRAPH, "хвост"),
    ]  # fmt: skip


@pytest.mark.parametrize("encoding", ["cp1251", "koi8-r", "utf-8", "utf-16"])
def test_html_is_decoded_by_what_it_is_in(encoding: str) -> None:
    for meta in ("", f"<meta charset={encoding}>"):
        page = f"<html><head>{meta}</head><body><p>Доставка по городу занимает один день.</p>"
        assert blocks(page.encode(encoding), Kind.HTML) == [
            (PARAGRAPH, "Доставка по городу занимает один день.")
        ]


def test_html_nested_beyond_measure_keeps_its_text() -> None:
    page = "<html><body>" + "<div>" * 5000 + "глубоко" + "</div>" * 5000
    assert blocks(page, Kind.HTML) == [(PARAGRAPH, "глубоко")]


def test_table_that_lays_out_a_page_is_no_table() -> None:
    page = f"<table><tr><td>{'Длинный текст статьи. ' * 40}</td><td>меню</td></tr></table>"
    assert [kind for kind, _ in blocks(page, Kind.HTML)] == [PARAGRAPH, PARAGRAPH]


def test_xml_is_a_paragraph_per_record() -> None:
    feed = (
        '<?xml version="1.0" encoding="windows-1251"?><rss><item><title>Один</title><text>Первый.</text></item>'
        "<item><title>Два</title><text>Второй <b>важный</b>.</text></item></rss>"
    )
    text = "\n".join(part for _, part in blocks(feed.encode("cp1251"), Kind.XML))
    assert "Один\nПервый." in text
    assert "важный" in text


# --- office -------------------------------------------------------------------------------------


def test_docx_has_headings_and_tables() -> None:
    table = (
        "<w:tbl><w:tr><w:tc>{}</w:tc><w:tc>{}</w:tc></w:tr><w:tr><w:tc>{}</w:tc><w:tc>{}</w:tc></w:tr></w:tbl>"
    ).format(*map(words, ("Товар", "Цена", "Чай", "100")))
    document = docx(words("Прайс", "Heading1") + words("На лето.") + table)
    assert blocks(document, Kind.DOCX) == [
        (HEADING, "Прайс"), (PARAGRAPH, "На лето."), (TABLE, "| Товар | Цена |\n|---|---|\n| Чай | 100 |"),
    ]  # fmt: skip


def test_words_in_runs_stay_whole() -> None:
    run = "<w:r><w:t>Дос</w:t></w:r><w:r><w:t>тавка</w:t></w:r>"
    assert blocks(docx(f"<w:p>{run}</w:p>"), Kind.DOCX) == [(PARAGRAPH, "Доставка")]


def test_text_in_drawings_of_a_docx_is_not_lost() -> None:
    box = (
        f"<w:r><w:drawing><w:txbxContent>{words('Текст в рамке')}</w:txbxContent></w:drawing></w:r>"
    )
    assert "Текст в рамке" in "\n".join(
        text for _, text in blocks(docx(words("До.") + f"<w:p>{box}</w:p>"), Kind.DOCX)
    )


def test_pptx_has_titles_words_tables_and_notes() -> None:
    table = (
        f'<p:graphicFrame><a:graphic xmlns:a="{A}"><a:tbl><a:tr>'
        + "".join(
            f"<a:tc><a:txBody><a:p><a:r><a:t>{cell}</a:t></a:r></a:p></a:txBody></a:tc>"
            for cell in "аб"
        )
        + "</a:tr></a:tbl></a:graphic></p:graphicFrame>"
    )
    slides = [
        shape(["пункт один", "пункт~ два"])
        + shape(["Ито~ги"], place="title")
        + shape(["7"], place="sldNum"),
        table,
    ]
    extracted = read(pptx(slides, notes="Сказать спасибо."), Kind.PPTX)
    assert [(b.kind, b.text, b.page) for b in extracted.blocks] == [
        (HEADING, "Итоги", 1), (LIST, "- пункт один\n- пункт два", 1), (PARAGRAPH, "Сказать спасибо.", 1),
        (TABLE, "| а | б |\n|---|---|", 2),
    ]  # fmt: skip


def test_xlsx_has_a_table_per_sheet() -> None:
    book = xlsx({"Чай": [["Сорт", "Цена"], ["", ""], ["Ассам", "100"]], "Кофе": [["Арабика"]]})
    assert blocks(book, Kind.XLSX) == [
        (HEADING, "Чай"), (TABLE, "| Сорт | Цена |\n|---|---|\n| Ассам | 100 |"),
        (HEADING, "Кофе"), (TABLE, "| Арабика |\n|---|"),
    ]  # fmt: skip


def test_odt_and_rtf_are_read() -> None:
    assert blocks(odt("<text:p>Первый абзац.</text:p>"), Kind.ODT) == [(PARAGRAPH, "Первый абзац.")]
    rtf = rb"{\rtf1\ansi\ansicpg1251 \'cf\'f0\'e8\'e2\'e5\'f2, \u1084?\u1080?\u1088?!\par}"
    assert blocks(rtf, Kind.RTF) == [(PARAGRAPH, "Привет, мир!")]


@pytest.mark.parametrize(
    "kind", [Kind.DOCX, Kind.XLSX, Kind.PPTX, Kind.ODT, Kind.DOC, Kind.XLS, Kind.PPT, Kind.MSG]
)
def test_damaged_office_file_is_refused(kind: Kind) -> None:
    with pytest.raises(Refused):
        read(b"PK\x03\x04" + bytes(3000), kind)


# --- PDF ----------------------------------------------------------------------------------------


def test_pdf_has_headings_by_size_and_paragraphs_by_gaps() -> None:
    page = [
        (20, 740, "Price list"),
        *lines(
            "Delivery in the city takes one day and it costs three",
            "hundred roubles for every parcel.",
            top=700,
        ),
        *lines("Second paragraph stands apart from the first one here.", top=640),
        *lines("- first thing", "- second thing", top=600),
    ]
    extracted = read(pdf([page]), Kind.PDF)
    assert [(b.kind, b.text, b.page) for b in extracted.blocks] == [
        (HEADING, "Price list", 1),
        (PARAGRAPH, "Delivery in the city takes one day and it costs three\nhundred roubles for every parcel.".replace("\n", " "), 1),
        (PARAGRAPH, "Second paragraph stands apart from the first one here.", 1),
        (PARAGRAPH, "- first thing\n- second thing", 1),
    ]  # fmt: skip


def test_word_cut_at_the_end_of_a_line_is_whole_again() -> None:
    page = lines(
        "This paragraph is about the delivery of large par-",
        "cels and of small ones too, all over the city.",
    )
    assert "parcels and of small" in blocks(pdf([page]), Kind.PDF)[0][1]


def test_running_title_of_a_pdf_is_kept_once() -> None:
    body = "Body line number {} of this page, different everywhere in the document."
    pages = [
        [(12, 780, "Annual report of the company"), *lines(*(body.format(f"{p}.{n}") for n in range(8))), (9, 30, f"{p}")]
        for p in range(5)
    ]  # fmt: skip
    text = "\n".join(part for _, part in blocks(pdf(pages), Kind.PDF))
    assert text.count("Annual report") == 1
    assert text.count("Body line") == 40


@pytest.mark.parametrize("text", [GARBLED, SHIFTED])
def test_text_layer_that_says_nothing_is_refused(text: str) -> None:
    with pytest.raises(Refused) as caught:
        read(pdf([lines(*[text.replace("(", "")] * 5)]), Kind.PDF)
    assert caught.value.reason is Reason.GARBLED


def test_page_without_text_is_told_when_others_have_some() -> None:
    extracted = read(
        pdf([lines("The first page has words."), [], lines("So has the third.")]), Kind.PDF
    )
    assert [(notice.code, notice.params) for notice in extracted.warnings] == [
        ("pages_without_text", {"pages": "2"})
    ]


@pytest.mark.parametrize(
    "text",
    [
        "The API returns userId and createdAt as camelCase fields; see https://a.example/x_y?z=1 for iOS.",
        "Заказ №AB-12345 от 05.11.2026, артикулы X5-77, A4 и USB-C, цена 1 200 ₽ (скидка 5%).",
        "C = A + B; E=mc2; x[i] = y[j]; H2O and CO2 are formulas which the reader will know very well.",
    ],
)
def test_unusual_but_good_text_is_not_called_garbled(text: str) -> None:

    assert not is_garbled(text * 3)


# --- letters ------------------------------------------------------------------------------------

BOUNDARY = 'Content-Type: multipart/mixed; boundary="B"\r\nMIME-Version: 1.0\r\n'


def letter(*parts: str, top: str = BOUNDARY) -> bytes:
    head = "From: a@b.example\r\nTo: c@d.example\r\nSubject: =?koi8-r?B?8NLJ18XU?=\r\n"
    body = "".join(f"--B\r\n{part}\r\n" for part in parts) + "--B--\r\n" if parts else ""
    return (head + top + "\r\n" + body).encode()


def test_letter_has_its_header_and_text() -> None:
    extracted = read(
        letter(top="Content-Type: text/plain; charset=utf-8\r\n\r\nДобрый день!"), Kind.EML
    )
    assert extracted.title == "Привет"
    assert plain(extracted) == [
        (HEADING, "Привет"), (PARAGRAPH, "From: a@b.example\nTo: c@d.example\nSubject: Привет"),
        (PARAGRAPH, "Добрый день!"),
    ]  # fmt: skip


def test_plain_version_of_a_letter_is_preferred_to_its_html() -> None:
    parts = (
        "Content-Type: text/plain\r\n\r\nplain words",
        "Content-Type: text/html\r\n\r\n<p>rich words</p>",
    )
    top = BOUNDARY.replace("mixed", "alternative")
    text = str(plain(read(letter(*parts, top=top), Kind.EML)))
    assert "plain words" in text
    assert "rich words" not in text


def test_attachments_of_readable_kinds_are_read_and_others_named() -> None:
    table = 'Content-Type: application/octet-stream; name="p.csv"\r\nContent-Disposition: attachment; filename="p.csv"\r\n\r\na,b\r\n1,2'
    data = 'Content-Type: application/zip\r\nContent-Disposition: attachment; filename="x.bin"\r\nContent-Transfer-Encoding: base64\r\n\r\nAAECAwQFBgcICQ=='
    extracted = read(letter("Content-Type: text/plain\r\n\r\nsee attached", table, data), Kind.EML)
    assert (TABLE, "| a | b |\n|---|---|\n| 1 | 2 |") in plain(extracted)
    assert [(notice.code, notice.params) for notice in extracted.warnings] == [
        ("attachment_skipped", {"name": "x.bin"})
    ]


def test_letter_in_a_letter_is_read() -> None:
    inner = (
        "Content-Type: message/rfc822\r\n\r\nFrom: x@y.example\r\nSubject: Inner\r\n\r\ninner words"
    )
    text = str(plain(read(letter(inner), Kind.EML)))
    assert "Inner" in text
    assert "inner words" in text


def test_encrypted_letter_is_refused() -> None:
    part = "Content-Type: application/octet-stream\r\n\r\n-----BEGIN PGP MESSAGE-----\r\nhIwDY32hYGCE8MkB"
    with pytest.raises(Refused) as caught:
        read(letter(part, top=BOUNDARY.replace("mixed", "encrypted")), Kind.EML)
    assert caught.value.reason is Reason.ENCRYPTED


def test_thousands_of_parts_and_addresses_take_no_time() -> None:
    head = (
        b"From: " + b"a@b.example, " * 100_000 + b"\r\nSubject: s\r\n" + BOUNDARY.encode() + b"\r\n"
    )
    extracted = read(head + b"--B\r\n\r\nhello\r\n" * 5000 + b"--B--", Kind.EML)
    assert [notice.code for notice in extracted.warnings] == ["attachments_limited"]


def test_order_of_blocks_is_that_of_the_document() -> None:
    assert read(b"one\n\ntwo", Kind.TEXT).blocks == [
        Block(PARAGRAPH, "one"),
        Block(PARAGRAPH, "two"),
    ]
