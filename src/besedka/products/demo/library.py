"""The demo company's documents, as they come with the package."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from besedka.core.i18n import LOCALES

FOLDER = Path(__file__).parent / "documents"


@dataclass(frozen=True, slots=True)
class Document:
    """A Markdown text under its title."""

    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Pair:
    """A question with its answer."""

    question: str
    answer: str


@cache
def documents() -> tuple[Document, ...]:
    """Read the documents of both languages."""
    return tuple(
        _read(path) for locale in LOCALES for path in sorted((FOLDER / locale).glob("*.md"))
    )


def _read(path: Path) -> Document:
    title, _, body = path.read_text(encoding="utf-8").partition("\n")
    return Document(title.removeprefix("# ").strip(), body.strip())


@cache
def pairs() -> tuple[Pair, ...]:
    """Read the questions with answers of both languages."""
    files = (FOLDER / locale / "questions.toml" for locale in LOCALES)
    found = (tomllib.loads(path.read_text(encoding="utf-8")) for path in files)
    return tuple(Pair(**pair) for file in found for pair in file["pair"])
