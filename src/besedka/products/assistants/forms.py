"""Reading what a page's form brings: the same rules as the API's, with the errors beside their fields."""

from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from besedka.core.i18n import has_text, text

M = TypeVar("M", bound=BaseModel)


class Wrong(Exception):
    """A form cannot be taken; `errors` has a sentence per field."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(", ".join(errors))
        self.errors = errors


def checked(model: type[M], values: Mapping[str, object], *, locale: str) -> M:
    """Return the values as the model. Raises Wrong."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        found = [
            (_field(item["loc"]), _sentence(locale, item["type"], context=item.get("ctx", {})))
            for item in error.errors()
        ]
    raise Wrong(dict(reversed(found)))


def _field(place: tuple[int | str, ...]) -> str:
    """Name the field that a place in the model is on the form: `greeting_ru`, `handoff_keywords`."""
    return "_".join(part for part in place if isinstance(part, str))


def _sentence(locale: str, kind: str, *, context: Mapping[str, object]) -> str:
    key = f"validation.{kind}"
    return text(locale, key if has_text(key) else "validation.other", **context)


def as_number(words: str) -> float | str:
    """Read a number as people write it, with a comma too; what is none stays as it is, to be refused."""
    try:
        return float(words.strip().replace(",", "."))
    except ValueError:
        return words


def as_lines(words: str) -> list[str]:
    """Return the lines of a field that are not empty."""
    return [line.strip() for line in words.splitlines() if line.strip()]


def as_phrases(words: str) -> list[str]:
    """Return the phrases of a field that commas or lines part."""
    return as_lines(words.replace(",", "\n"))
