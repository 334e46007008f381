"""The entry of extraction: what is read, what is refused, and in whose process."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from besedka.core.i18n import LOCALES, text
from besedka.core.sandbox.limits import Limits
from besedka.core.sandbox.pool import Sandbox
from besedka.kernel.knowledge.extraction.errors import ExtractionError, error_for
from besedka.kernel.knowledge.extraction.extract import (
    FUNCTIONS,
    extract,
    extract_html,
    extract_text,
)
from besedka.kernel.knowledge.extraction.refusal import Reason
from besedka.kernel.knowledge.extraction.types import Block, BlockKind, Extracted
from tests.kernel.knowledge.documents import docx, pdf, words, xlsx, zipped

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(40)
BILLION = "<!DOCTYPE r [<!ENTITY a 'ha'>{}]>".format(
    "".join(f"<!ENTITY {chr(98 + n)} '{f'&{chr(97 + n)};' * 10}'>" for n in range(9))
)


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(FUNCTIONS) as pool:
        yield pool


def stored(folder: Path, data: bytes | str) -> Path:
    path = folder / "0190a1b2"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def whole(extracted: Extracted) -> str:
    return "\n".join(block.text for block in extracted.blocks)


async def refusal(path: Path, name: str, sandbox: Sandbox) -> str:
    with pytest.raises(ExtractionError) as caught:
        await extract(path, name=name, sandbox=sandbox)
    assert caught.value.permanent
    return caught.value.code


async def test_plain_file_is_read_without_a_child(tmp_path: Path) -> None:
    async with Sandbox({}) as nothing:
        path = stored(tmp_path, "Оплата\n\nКартой или наличными.".encode("cp1251"))
        extracted = await extract(path, name="условия.txt", sandbox=nothing)
    assert extracted.blocks == [
        Block(BlockKind.PARAGRAPH, "Оплата"), Block(BlockKind.PARAGRAPH, "Картой или наличными."),
    ]  # fmt: skip


async def test_large_plain_file_is_read_in_a_child(tmp_path: Path, sandbox: Sandbox) -> None:
    path = stored(tmp_path, "слово дело\n\n" * 100_000)
    assert len((await extract(path, name="a.txt", sandbox=sandbox)).blocks) == 100_000


async def test_office_file_under_a_wrong_name_is_read(tmp_path: Path, sandbox: Sandbox) -> None:
    path = stored(tmp_path, docx(words("Заголовок", "Heading1") + words("Текст договора.")))
    extracted = await extract(path, name="../../счёт.csv", sandbox=sandbox)
    assert (extracted.kind, "Текст договора." in whole(extracted)) == ("docx", True)


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"", "a.pdf", "document_empty"),
        (b"\n \n", "a.txt", "document_empty"),
        (b"***\n\n---", "a.md", "document_empty"),
        (b"<html><body><img src=x></body></html>", "a.html", "document_empty"),
        (docx(words("")), "a.docx", "document_empty"),
        (PNG, "a.png", "document_image_needs_model"),
        (b"<svg><text>x</text></svg>", "a.svg", "document_image_needs_model"),
        (zipped({"a.txt": "x"}), "a.zip", "document_unsupported"),
        (zipped({"a.txt": "x"}), "a.docx", "document_broken"),
        (os.urandom(3000), "a.docx", "document_broken"),
        (os.urandom(3000), "a.ods", "document_broken"),
        (os.urandom(3000), "a.bin", "document_unsupported"),
        (docx(words("x" * 5000))[:-300], "a.docx", "document_broken"),
        (b"%PDF-1.4 and nothing else", "a.pdf", "document_broken"),
        (docx(words("0" * 60_000_000)), "a.docx", "document_too_large"),
        (b"[" * 200_000, "a.json", "document_broken"),
        (pdf([[]]), "a.pdf", "document_scanned"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_unreadable_file_is_refused_with_its_reason(
    tmp_path: Path, sandbox: Sandbox, data: bytes, name: str, code: str
) -> None:
    assert await refusal(stored(tmp_path, data), name, sandbox) == code


async def test_file_over_the_size_is_refused_unread(tmp_path: Path, sandbox: Sandbox) -> None:
    path = stored(tmp_path, "x" * 1000)
    os.truncate(path, 200 << 20)
    assert await refusal(path, "a.txt", sandbox) in {"document_unsupported", "document_too_large"}


async def test_entities_are_neither_read_from_disk_nor_multiplied(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("TOPSECRET")
    outside = f'<!DOCTYPE r [<!ENTITY x SYSTEM "file://{secret}">]>'
    for data, name in (
        (docx(words("before &x; after"), before=outside), "a.docx"),
        (docx(words("before &j; after"), before=BILLION), "a.docx"),
        (f'<?xml version="1.0"?>{outside}<r>before &x; after</r>', "a.xml"),
        (f'<?xml version="1.0"?>{BILLION}<r>before &j; after</r>', "a.xml"),
    ):
        try:
            extracted = whole(await extract(stored(tmp_path, data), name=name, sandbox=sandbox))
        except ExtractionError:
            continue
        assert "TOPSECRET" not in extracted
        assert len(extracted) < 100


async def test_member_with_a_climbing_name_is_written_nowhere(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    climbing = docx(words("Хороший текст.")).replace(b"_rels/.rels", b"../../evil0")
    path = stored(tmp_path, climbing)
    with contextlib.suppress(ExtractionError):
        await extract(path, name="a.docx", sandbox=sandbox)
    assert os.listdir(tmp_path) == [path.name]  # noqa: PTH208 - pathlib would count as blocking here


async def test_endless_reading_ends_with_the_reason(tmp_path: Path) -> None:
    async with Sandbox(FUNCTIONS, limits=Limits(wall_seconds=0.01)) as hurried:
        path = stored(tmp_path, docx(words("x")))
        assert await refusal(path, "a.docx", hurried) == "document_timeout"


async def test_greedy_reading_ends_with_the_reason(tmp_path: Path) -> None:
    async with Sandbox(FUNCTIONS, limits=Limits(reply_bytes=100)) as narrow:
        path = stored(tmp_path, docx(words("слово " * 100)))
        assert await refusal(path, "a.docx", narrow) == "document_too_large"


async def test_files_after_a_refusal_are_read(tmp_path: Path, sandbox: Sandbox) -> None:
    await refusal(stored(tmp_path, b"%PDF-1.4 broken"), "a.pdf", sandbox)
    path = stored(tmp_path, xlsx({"Цены": [["Товар", "Цена"], ["Чай", "100"]]}))
    extracted = await extract(path, name="a.xlsx", sandbox=sandbox)
    assert [block.text for block in extracted.blocks] == [
        "Цены", "| Товар | Цена |\n|---|---|\n| Чай | 100 |",
    ]  # fmt: skip


async def test_page_gives_its_main_text_and_fetches_nothing(sandbox: Sandbox) -> None:
    article = "".join(
        f"<p>{'Доставка по городу занимает один день, не больше. ' * 4}{n}</p>" for n in range(9)
    )
    page = (
        "<html><head><title>Доставка | Магазин</title><script src='http://127.0.0.1:9/x.js'></script></head>"
        "<body><nav><a href='/'>Главная</a><a href='/cart'>Корзина</a></nav>"
        f"<article><h1>Доставка</h1>{article}<img src='http://127.0.0.1:9/x.png'></article>"
        "<footer>Все права защищены</footer></body></html>"
    )
    extracted = await extract_html(
        page.encode("koi8-r"),
        url="https://shop.example/delivery",
        sandbox=sandbox,
        charset="koi8-r",
    )
    assert extracted.title == "Доставка | Магазин"
    assert "занимает один день" in whole(extracted)
    assert "Корзина" not in whole(extracted)


async def test_page_of_few_words_is_kept_whole(sandbox: Sandbox) -> None:
    page = "<title>Часы</title><div>Мы работаем с 9 до 18.</div><div>Без выходных.</div>"
    extracted = await extract_html(page, url="https://shop.example/hours", sandbox=sandbox)
    assert whole(extracted) == "Мы работаем с 9 до 18.\nБез выходных."


async def test_page_over_the_size_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(ExtractionError) as caught:
        await extract_html("x" * (11 << 20), url="https://shop.example/", sandbox=sandbox)
    assert caught.value.code == "document_too_large"


def test_typed_text_without_a_word_is_refused() -> None:
    with pytest.raises(ExtractionError) as caught:
        extract_text(" … \n")
    assert caught.value.code == "document_empty"


def test_typed_markdown_takes_its_title_from_its_first_heading() -> None:
    assert extract_text("# Возврат\n\nЗа 14 дней.", markdown=True).title == "Возврат"


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_is_told_in_both_languages(reason: Reason) -> None:
    error = error_for(reason)
    assert error.code == f"document_{reason}"
    told = {text(locale, f"errors.{error.code}") for locale in LOCALES}
    assert len(told) == len(LOCALES)


@pytest.mark.parametrize(
    "code",
    [
        "pages_without_text",
        "pages_garbled",
        "attachment_skipped",
        "attachments_limited",
        "partly_read",
    ],
)
def test_every_notice_is_told_in_both_languages(code: str) -> None:
    assert len({text(locale, f"document_notices.{code}") for locale in LOCALES}) == len(LOCALES)


async def test_several_files_at_once_are_read_side_by_side(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    paths = []
    for number in range(6):
        path = tmp_path / str(number)
        path.write_bytes(docx(words(f"Документ номер {number}.")))
        paths.append(path)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(extract(path, name="a.docx", sandbox=sandbox)) for path in paths]
    assert [whole(task.result()) for task in tasks] == [f"Документ номер {n}." for n in range(6)]
