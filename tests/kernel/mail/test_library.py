"""Writing letters from templates."""

from pathlib import Path

import pytest
from jinja2 import UndefinedError

from besedka.core.i18n import LOCALES
from besedka.kernel.mail.errors import BadLetter, LettersIncomplete, UnknownLetter
from besedka.kernel.mail.library import Library
from besedka.modules import MODULES


def folder(path: Path, **files: str) -> Path:
    for name, content in files.items():
        stem, locale, suffix = name.split("__")
        (path / f"{stem}.{locale}.{suffix}").write_text(content, encoding="utf-8")
    return path


def hello(path: Path) -> Library:
    words = "Hello {{ name }}\n\nDear {{ name }},\n\nsee {{ link }}\n"
    return Library([folder(path, hello__ru__txt=words, hello__en__txt=words)])


def test_text_becomes_html_when_there_is_none(tmp_path: Path) -> None:
    written = hello(tmp_path).write(
        "hello", locale="en", params={"name": "<b>Ann & Co", "link": "https://x.example/a?b=1&c=2"}
    )
    assert written.subject == "Hello <b>Ann & Co"
    assert written.text == "Dear <b>Ann & Co,\n\nsee https://x.example/a?b=1&c=2\n"
    assert "<p>Dear &lt;b&gt;Ann &amp; Co,</p>" in written.html
    assert 'href="https://x.example/a?b=1&amp;c=2"' in written.html
    assert "<title>Hello &lt;b&gt;Ann &amp; Co</title>" in written.html
    assert "sent automatically" in written.html


def test_letter_with_its_own_html_extends_the_base(tmp_path: Path) -> None:
    html = (
        '{% extends "base.html" %}{% from "button.html" import button %}'
        "{% block body %}<h1>{{ name }}</h1>{{ button(link, name) }}{% endblock %}"
    )
    both = {
        "b__ru__txt": "S\n\nT",
        "b__en__txt": "S\n\nT",
        "b__ru__html": html,
        "b__en__html": html,
    }
    written = Library([folder(tmp_path, **both)]).write(
        "b", locale="ru", params={"name": "<x>", "link": 'javascript:"'}
    )
    assert "<h1>&lt;x&gt;</h1>" in written.html
    assert 'href="javascript:&#34;"' in written.html
    assert '<html lang="ru">' in written.html


@pytest.mark.parametrize("name", ["A\r\nBcc: x@y.z", "A\nB", "A\rB", "A\x00", "A\u2028B", "A\x85B"])
def test_line_break_in_the_subject_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadLetter):
        hello(tmp_path).write("hello", locale="en", params={"name": name, "link": ""})


def test_missing_parameter_is_an_error_and_not_a_gap(tmp_path: Path) -> None:
    with pytest.raises(UndefinedError):
        hello(tmp_path).write("hello", locale="en", params={"name": "Ann"})


def test_unknown_letter_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UnknownLetter):
        hello(tmp_path).write("nothing", locale="en", params={})


def test_letter_that_lacks_a_locale_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(LettersIncomplete, match="has no en"):
        Library([folder(tmp_path, only__ru__txt="S\n\nT")])


def test_two_letters_of_one_name_stop_the_start(tmp_path: Path) -> None:
    made = folder(tmp_path, mail_test__ru__txt="S\n\nT", mail_test__en__txt="S\n\nT")
    with pytest.raises(LettersIncomplete, match="two letters"):
        Library([made])


def test_every_letter_of_the_modules_has_every_locale() -> None:
    library = Library([module.letters for module in MODULES if module.letters is not None])
    assert "mail_test" in library.names
    assert all((name, locale) in library._letters for name in library.names for locale in LOCALES)
