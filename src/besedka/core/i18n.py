"""Words in Russian and English: catalogues of `texts.toml` files, one per module.

A catalogue's keys are dotted (`errors.not_found`, `inbox.title`); each has exactly one text per locale.
"""

import locale
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal, cast

from starlette.requests import HTTPConnection

from besedka.core.phrases import Number

Locale = Literal["ru", "en"]
LOCALES: tuple[Locale, ...] = ("ru", "en")
DEFAULT_LOCALE: Locale = "en"
LOCALE_COOKIE = "besedka_locale"

_ROOT = Path(__file__).resolve().parent.parent


class MissingText(KeyError):
    """The catalogue has no such key."""


@cache
def catalogue() -> Mapping[str, Mapping[Locale, str]]:
    """Read every `texts.toml` of the package once."""
    texts: dict[str, Mapping[Locale, str]] = {}
    for path in sorted(_ROOT.rglob("texts.toml")):
        _collect("", tomllib.loads(path.read_text(encoding="utf-8")), texts)
    return texts


def _collect(
    prefix: str, table: Mapping[str, object], into: dict[str, Mapping[Locale, str]]
) -> None:
    if table and all(isinstance(value, str) for value in table.values()):
        into[prefix] = cast(Mapping[Locale, str], table)
        return
    for key, value in table.items():
        if isinstance(value, dict):
            _collect(f"{prefix}.{key}" if prefix else key, value, into)


def text(locale: str, key: str, /, **params: object) -> str:
    """Return the text of a key in a locale, with `{name}` places filled. Raises MissingText."""
    entry = catalogue().get(key)
    if entry is None:
        raise MissingText(key)
    spoken = as_locale(locale)
    words = entry[spoken]
    return words.format_map(_Keep(_numbers(params, spoken))) if params else words


def _numbers(params: Mapping[str, object], locale: Locale) -> dict[str, object]:
    return {
        name: Number.of(value, locale)
        if isinstance(value, int) and not isinstance(value, bool)
        else value
        for name, value in params.items()
    }


def has_text(key: str) -> bool:
    """Whether the catalogue knows the key."""
    return key in catalogue()


class _Keep(dict[str, object]):
    """Leaves unknown places as they are, so that a missing parameter never hides an error."""

    def __missing__(self, key: str) -> str:
        return _Unknown("{" + key + "}")


class _Unknown(str):
    """A place without a value, however the text wanted to show it."""

    __slots__ = ()

    def __format__(self, spec: str) -> str:
        return str(self)


def as_locale(value: str | None) -> Locale:
    """Return the supported locale nearest to a language tag."""
    primary = (value or "").split("-")[0].split("_")[0].strip().lower()
    return primary if primary in LOCALES else DEFAULT_LOCALE


def preferred(accept_language: str) -> Locale:
    """Return the first supported locale of an Accept-Language header (RFC 9110), by its weights."""
    weighted: list[tuple[float, int, str]] = []
    for place, part in enumerate(accept_language.split(",")[:20]):
        tag, _, quality = part.partition(";q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            continue
        weighted.append((-weight, place, tag.strip().split("-")[0].lower()))
    for _, _, tag in sorted(weighted):
        if tag in LOCALES:
            return tag
    return DEFAULT_LOCALE


def system_locale() -> Locale:
    """Return the locale of the terminal (LC_ALL, LC_MESSAGES, LANG); ours where the machine does not know it."""
    try:
        return as_locale(
            locale.getlocale(locale.LC_MESSAGES)[0] or locale.setlocale(locale.LC_MESSAGES, "")
        )
    except locale.Error:
        return DEFAULT_LOCALE


def locale_of(connection: HTTPConnection) -> Locale:
    """Return the locale of a request: set by the identity, else the cookie, else the browser's wish."""
    scope_locale = connection.scope.get("besedka.locale")
    if isinstance(scope_locale, str):
        return as_locale(scope_locale)
    chosen = connection.cookies.get(LOCALE_COOKIE)
    if chosen in LOCALES:
        return chosen
    return preferred(connection.headers.get("accept-language", ""))
