from pathlib import Path

import pytest

from tests.tools.lint.found import found
from tools.lint import templates

PAGE = "src/besedka/products/inbox/templates/inbox/list.html"
LETTER = "src/besedka/kernel/accounts/letters/confirm_email.ru.html"


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (PAGE, '<p style="color: red">'),
        (PAGE, "<style>p { color: red }</style>"),
        (PAGE, "<script>start()</script>"),
        (PAGE, '<script type="application/json">{}</script>'),
        (PAGE, '<button hx-on:click="f()">'),
        (PAGE, """<form hx-vals='js:{"a": f()}'>"""),
        (PAGE, """<input hx-trigger="keyup[key == 'Enter']">"""),
        (PAGE, '<a onclick="f()">'),
        (PAGE, '<img src="x" onerror="f()">'),
        (PAGE, '<a href="javascript:f()">'),
        (PAGE, "{{ message.html | safe }}"),
        (PAGE, "{% autoescape false %}"),
        (LETTER, "{{ body|safe }}"),
    ],
)
def test_forbidden_markup_is_reported_at_its_line(tmp_path: Path, path: str, line: str) -> None:
    reported = found(templates, tmp_path, {path: f"<div>\n{line}\n"})
    assert reported
    assert all(violation.startswith(f"{path}:2: ") for violation in reported)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (PAGE, '<script src="{{ asset("page.js") }}" type="module"></script>'),
        (PAGE, '<p class="style" data-onward="1">{{ message.html }}</p>'),
        (PAGE, '<form hx-post="/x" hx-trigger="change delay:300ms">'),
        (PAGE, "{# why |safely# }"),
        (LETTER, '<p style="color: #333">{{ body }}</p>'),
    ],
)
def test_markup_within_the_policy_is_not_reported(tmp_path: Path, path: str, line: str) -> None:
    assert found(templates, tmp_path, {path: line}) == []
