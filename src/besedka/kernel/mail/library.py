"""The letters of all modules: templates by name and locale."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, select_autoescape
from markupsafe import Markup
from pydantic import JsonValue

from besedka.core.i18n import LOCALES, Locale, text
from besedka.core.markup import plain_to_html
from besedka.kernel.mail.errors import BadLetter, LettersIncomplete, UnknownLetter
from besedka.kernel.mail.types import Written

HERE = Path(__file__).parent / "letters"
LONGEST_SUBJECT = 200
_FILE = re.compile(r"(?P<name>[a-z0-9_]+)\.(?P<locale>[a-z]{2})\.txt")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class _Templates:
    subject: Template
    text: Template
    html: Template | None


class Library:
    """Knows the letters in the folders, and writes them; each is read and compiled when it is first written."""

    def __init__(self, folders: Iterable[Path]) -> None:
        """Raises LettersIncomplete."""
        places = [HERE, *folders]
        # Texts are compiled from strings: they are not HTML, every file is.
        self._jinja = Environment(
            loader=FileSystemLoader(places),
            autoescape=select_autoescape(["html"], default_for_string=False),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._letters: dict[tuple[str, str], Path] = {}
        self._compiled: dict[Path, _Templates] = {}
        for folder in places:
            self._read(folder)
        self._check_locales()

    @property
    def names(self) -> set[str]:
        """The letters that exist."""
        return {name for name, _ in self._letters}

    def write(self, name: str, *, locale: Locale, params: Mapping[str, JsonValue]) -> Written:
        """Fill in a letter. Raises UnknownLetter, BadLetter."""
        templates = self._templates(name, locale)
        context = {**params, "locale": locale, "footer": text(locale, "mail.footer")}
        subject = templates.subject.render(context).strip()
        if not subject or _CONTROL.search(subject):
            raise BadLetter
        words = templates.text.render(context).strip() + "\n"
        context["subject"] = subject
        html = templates.html or self._jinja.get_template("plain.html")
        return Written(
            subject=subject[:LONGEST_SUBJECT],
            text=words,
            html=html.render({**context, "paragraphs": _paragraphs(words)}),
        )

    def _read(self, folder: Path) -> None:
        for path in sorted(folder.glob("*.txt")):
            found = _FILE.fullmatch(path.name)
            if found is None:
                raise LettersIncomplete(f"{path.name} is not called <name>.<locale>.txt")
            key = (found["name"], found["locale"])
            if key in self._letters:
                raise LettersIncomplete(f"two letters are called {path.name}")
            self._letters[key] = path

    def _templates(self, name: str, locale: Locale) -> _Templates:
        path = self._letters.get((name, locale))
        if path is None:
            raise UnknownLetter(f"{name}.{locale}")
        if path not in self._compiled:
            self._compiled[path] = self._compile(path)
        return self._compiled[path]

    def _compile(self, path: Path) -> _Templates:
        subject, _, body = path.read_text(encoding="utf-8").partition("\n")
        html = path.with_suffix(".html")
        return _Templates(
            subject=self._jinja.from_string(subject),
            text=self._jinja.from_string(body),
            html=self._jinja.get_template(html.name) if html.exists() else None,
        )

    def _check_locales(self) -> None:
        for name in self.names:
            missing = [locale for locale in LOCALES if (name, locale) not in self._letters]
            if missing:
                raise LettersIncomplete(f"letter {name} has no {', '.join(missing)}")


def _paragraphs(words: str) -> Markup:
    parts = (part.strip() for part in words.split("\n\n"))
    return Markup("").join(plain_to_html(part) for part in parts if part)


_library: Library | None = None


def install(library: Library) -> None:
    """Make a library the process's own."""
    global _library  # noqa: PLW0603 - set once at start, so that services can write without carrying it
    _library = library


def installed() -> Library:
    """Return the process's library. Raises UnknownLetter before there is one."""
    if _library is None:
        raise UnknownLetter("mail has not started")
    return _library
