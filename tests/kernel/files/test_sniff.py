"""The kind of a file comes from its content; its name only settles kinds of text."""

import random
import zipfile
from pathlib import Path

import pytest

from besedka.core.content.charset import decode
from besedka.core.content.cleaning import clean
from besedka.kernel.files.sniff import Flaw, Kind, sniff_bytes, sniff_file, suffix_of
from tests.kernel.knowledge.documents import docx, odt, pdf, pptx, shape, words, xlsx, zipped

RUSSIAN = "Доставка по Москве стоит 300 рублей, «срочная» — 500. Заказы принимает А. С. Иванова."
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"


def ole(*streams: str, sector: bytes = b"") -> bytes:
    names = b"".join(name.encode("utf-16-le") for name in streams)
    return OLE + sector.ljust(512, b"\0") + names


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (docx(words("x")), Kind.DOCX),
        (xlsx({"s": [["x"]]}), Kind.XLSX),
        (pptx([shape(["x"])]), Kind.PPTX),
        (odt("<text:p>x</text:p>"), Kind.ODT),
        (pdf([[(12, 700, "x")]]), Kind.PDF),
        (ole("WordDocument"), Kind.DOC),
        (ole("Workbook"), Kind.XLS),
        (ole("PowerPoint Document"), Kind.PPT),
        (b"{\\rtf1 hello}", Kind.RTF),
        (b"<!DOCTYPE html><p>hello", Kind.HTML),
        ("<html><body>привет".encode("utf-16"), Kind.HTML),
        (b"<!-- note --> <?php x ?> <table><tr>", Kind.HTML),
        (b'<?xml version="1.0"?><a>x</a>', Kind.XML),
        (b'<?xml version="1.0"?><!-- x --><svg xmlns="http://www.w3.org/2000/svg"/>', Kind.SVG),
        (b"<svg><script>alert(1)</script></svg>", Kind.SVG),
        (b'{"a": [1, 2]}', Kind.JSON),
        (b"From: a@b.c\r\nTo: d@e.f\r\nSubject: hello\r\n\r\ntext", Kind.EML),
        (RUSSIAN.encode("cp1251"), Kind.TEXT),
        (PNG, Kind.IMAGE),
        (b"GIF89a=1;alert(1)//", Kind.IMAGE),
        (b"", Kind.EMPTY),
        (b" \n\t\r\n", Kind.EMPTY),
        (zipped({"a.txt": "x"}), Kind.ARCHIVE),
        (b"\x1f\x8b\x08\0" + bytes(20), Kind.ARCHIVE),
        (random.Random(1).randbytes(2000), Kind.BINARY),
        (b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0", Kind.BINARY),
    ],
)
@pytest.mark.parametrize(
    "name", ["document", "memo.txt", "memo.docx", "picture.png", "../../x.pdf"]
)
def test_name_does_not_hide_what_a_file_is(data: bytes, kind: Kind, name: str) -> None:
    found = sniff_bytes(data, name=name)
    if (
        name == "memo.txt"
        and kind in {Kind.XML, Kind.HTML}
        and b"html" not in data[:40].replace(b"\0", b"")
    ):
        assert found.kind is Kind.TEXT  # such a text is about tags
    else:
        assert found.kind is kind


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.md", Kind.MARKDOWN),
        ("a.CSV", Kind.CSV),
        ("a.tsv", Kind.TSV),
        ("a.txt", Kind.TEXT),
        ("a", Kind.TEXT),
    ],
)
def test_name_tells_texts_apart(name: str, kind: Kind) -> None:
    assert sniff_bytes(b"one;two\nthree;four\n", name=name).kind is kind


@pytest.mark.parametrize(
    "text", ["BMW is a car", "MZ is short", "ID3 tags", "%!PS or not", "a: b\nc: d"]
)
def test_text_that_begins_like_a_signature_is_text(text: str) -> None:
    assert sniff_bytes(text.encode(), name="a.txt").kind is Kind.TEXT


def test_kind_is_found_in_a_stored_file(tmp_path: Path) -> None:
    stored = tmp_path / "0190"
    stored.write_bytes(PNG)
    found = sniff_file(stored, name="x.html")
    assert (found.kind, found.media_type, found.flaw) == (Kind.IMAGE, "image/png", None)


@pytest.mark.parametrize(
    "data",
    [
        ole("EncryptedPackage", "EncryptionInfo"),
        ole("WordDocument", sector=b"\xec\xa5\xc1\0" + bytes(6) + b"\0\x01"),
        ole("Workbook", sector=b"\x09\x08\x10\0\0\x06\x05\0" + bytes(12) + b"\x2f\0\x36\0"),
        zipped({
            "mimetype": "application/vnd.oasis.opendocument.text",
            "META-INF/manifest.xml": "<manifest><encryption-data/></manifest>",
            "content.xml": "x",
        }),
    ],
)  # fmt: skip
def test_encrypted_office_file_is_told(data: bytes) -> None:
    assert sniff_bytes(data, name="x.doc").flaw is Flaw.ENCRYPTED


def test_word_file_that_is_not_encrypted_is_not_told_so() -> None:
    assert (
        sniff_bytes(ole("WordDocument", sector=b"\xec\xa5\xc1\0" + bytes(20)), name="").flaw is None
    )


def test_zip_without_its_directory_is_broken() -> None:
    whole = docx(words("слово " * 1000))
    assert sniff_bytes(whole[: len(whole) // 2], name="x.docx").flaw is Flaw.BROKEN


def test_zip_that_unfolds_far_beyond_its_size_is_a_bomb() -> None:
    assert sniff_bytes(docx(words("0" * 80_000_000)), name="x.docx").flaw is Flaw.BOMB


def test_zip_with_a_directory_without_end_is_a_bomb() -> None:
    names = zipped({f"{number:0200}": "" for number in range(35_000)})
    assert sniff_bytes(names, name="x.zip").flaw is Flaw.BOMB


def test_zip_with_a_password_is_encrypted() -> None:
    data = bytearray(zipped({"secret.txt": "text"}))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + place] |= 1
    assert sniff_bytes(bytes(data), name="x.zip").flaw is Flaw.ENCRYPTED


def test_link_inside_an_archive_is_not_followed() -> None:
    data = zipped({"word/document.xml": "/etc/passwd"})
    with_link = zipfile.ZipInfo("link")
    with_link.external_attr = 0o120777 << 16
    assert sniff_bytes(data, name="x.zip").kind is Kind.ARCHIVE


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("a.TXT", "txt"),
        ("x", ""),
        ("отчёт\u202etxt.exe", "exe"),
        ("a.b/c", ""),
        ("..\\win.ini.txt ", "txt"),
    ],
)
def test_suffix_is_the_last_one(name: str, suffix: str) -> None:
    assert suffix_of(name) == suffix


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "cp1251", "koi8-r", "cp866", "iso8859-5", "mac-cyrillic", "utf-16", "utf-16-le",
     "utf-16-be", "utf-32", "utf-32-le"],
)  # fmt: skip
def test_russian_is_read_in_every_encoding(encoding: str) -> None:
    raw = RUSSIAN.encode(encoding, "ignore")
    decoded = decode(raw)
    assert decoded is not None
    assert clean(decoded.text) == clean(raw.decode(encoding))


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Die schöne Frau trank Kaffee, „köstlich“ — L’été à Nîmes.", "cp1252"),
        ("Zażółć gęślą jaźń, proszę bardzo. Łódź i Kraków.", "cp1250"),
        ("Їжак і ґава їдять яєчню. Київ — столиця України.", "cp1251"),
        ("Η Ελλάδα είναι μια χώρα της νοτιοανατολικής Ευρώπης.", "cp1253"),
        ("これは日本語のテキストです。東京は大きいです。", "shift_jis"),
        ("这是中国的一个大城市，我们在这里不会说英语。", "gb18030"),
        ("이것은 한국어로 작성된 문서이다. 서울은 한국의 수도이다.", "euc_kr"),
    ],
)
def test_other_languages_are_read_in_their_old_encodings(text: str, encoding: str) -> None:
    raw = text.encode(encoding, "ignore")
    decoded = decode(raw)
    assert decoded is not None
    assert decoded.text == raw.decode(encoding)


def test_declared_encoding_is_taken_when_bytes_fit_it() -> None:
    raw = "São Paulo, ação".encode("mac-roman")
    assert decode(raw, declared="macintosh") is not None
    decoded = decode("привет".encode(), declared="cp1251")
    assert decoded is not None
    assert decoded.text == "привет"


@pytest.mark.parametrize("declared", ["hex", "zip", "no-such-thing", "", "utf-16\0"])
def test_strange_declaration_is_ignored(declared: str) -> None:
    decoded = decode(RUSSIAN.encode("cp1251"), declared=declared)
    assert decoded is not None
    assert decoded.text == RUSSIAN


def test_few_broken_characters_do_not_make_a_text_unreadable() -> None:
    decoded = decode(RUSSIAN.encode() * 3 + b"\xff" + RUSSIAN.encode())
    assert decoded is not None
    assert decoded.text.count(RUSSIAN) == 4


def test_clean_text_has_nothing_invisible() -> None:
    assert clean("a\0b\r\nc\u202e\u00adд\u200b\ufeff\x07е\u0306\ud800") == "ab\ncдӗ"
    assert clean("plain\r\ntext\x00\x1b\n") == "plain\ntext\n"
