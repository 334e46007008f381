"""Ready starting prompts by trade, in both languages: instructions, guidelines, guardrails, tone, length, keywords."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from besedka.core.i18n import LOCALES, Locale
from besedka.kernel.answers.types import Guardrails, Guideline, GuidelineAction, Length, Tone

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Worded:
    """A starting prompt in one language."""

    name: str
    about: str
    instructions: str
    guidelines: tuple[Guideline, ...]
    guardrails: Guardrails
    keywords: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preset:
    """A starting prompt for a trade."""

    id: str
    tone: Tone
    length: Length
    worded: Mapping[Locale, Worded]


@cache
def presets() -> Mapping[str, Preset]:
    """Read the prompts that come with the package, by id."""
    return {path.stem: _read(path) for path in sorted(FOLDER.glob("*.toml"))}


def _read(path: Path) -> Preset:
    stored = tomllib.loads(path.read_text(encoding="utf-8"))
    strict = bool(stored.get("no_prices", False))
    worded: dict[Locale, Worded] = {
        each: _worded(stored[each], no_prices=strict) for each in LOCALES
    }
    return Preset(path.stem, Tone(stored["tone"]), Length(stored["length"]), worded)


def _worded(stored: Mapping[str, object], *, no_prices: bool) -> Worded:
    guidelines = stored.get("guidelines", [])
    assert isinstance(guidelines, list)
    return Worded(
        name=str(stored["name"]), about=str(stored["about"]), instructions=str(stored["instructions"]).strip(),
        guidelines=tuple(
            Guideline(
                each["when"], each["then"], GuidelineAction(each.get("action", "advise")),
                tuple(each.get("words", ())),
            )
            for each in guidelines
        ),
        guardrails=Guardrails(_words(stored, "topics"), _words(stored, "phrases"), no_prices),
        keywords=_words(stored, "keywords"),
    )  # fmt: skip


def _words(stored: Mapping[str, object], name: str) -> tuple[str, ...]:
    found = stored.get(name, [])
    assert isinstance(found, list)
    return tuple(map(str, found))
