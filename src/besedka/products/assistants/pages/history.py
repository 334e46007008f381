"""What a version of an assistant's settings says, as text, and how it differs from the one before."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from besedka.core.differences import Part, differences
from besedka.core.i18n import text
from besedka.kernel.answers import service as answers
from besedka.kernel.answers.types import Assistant

_NAMES = {
    "tone": "assistants.tone",
    "length": "assistants.length",
    "threshold": "assistants.threshold",
    "model": "assistants.model",
    "temperature": "assistants.temperature",
    "handoff_keywords": "assistants.keywords",
}


@dataclass(frozen=True, slots=True)
class Version:
    """A version as it is shown."""

    id: UUID
    number: int
    author: str | None
    created_at: datetime
    parts: Sequence[Part]

    @property
    def is_changed(self) -> bool:
        """Whether it differs from the version before."""
        return any(part.kind != "same" for part in self.parts)


def versions(found: Sequence[Mapping[str, object]], locale: str) -> list[Version]:
    """Return versions, newest first, each beside the one before it."""
    told = [_told(each, locale) for each in found]
    former = [*told[1:], ""]
    return [
        Version(
            id=UUID(str(each["id"])), number=int(str(each["number"])),
            author=None if each["author"] is None else str(each["author"]),
            created_at=datetime.fromisoformat(str(each["created_at"])),
            parts=differences(before or now, now),
        )
        for each, now, before in zip(found, told, former, strict=True)
    ]  # fmt: skip


def draft_parts(who: Assistant, locale: str) -> list[Part]:
    """Return how the draft differs from the settings in use; nothing without a draft."""
    if who.draft is None:
        return []
    return differences(
        _words(answers.snapshot(who), locale),
        _words(answers.snapshot(answers.drafted(who)), locale),
    )


def _told(version: Mapping[str, object], locale: str) -> str:
    settings = version["settings"]
    kept = dict(settings) if isinstance(settings, Mapping) else {}
    return _words({**kept, "instructions": version["instructions"]}, locale)


def _words(settings: Mapping[str, object], locale: str) -> str:
    told = [str(settings.get("instructions", "")), *_rules(settings, locale)]
    named = {name: _value(name, settings.get(name), locale=locale) for name in _NAMES}
    told += [f"{text(locale, _NAMES[name])}: {said}" for name, said in named.items() if said]
    return "\n".join(told)


def _rules(settings: Mapping[str, object], locale: str) -> Iterator[str]:
    for each in answers.guidelines_of(settings.get("guidelines", [])):
        words = f" ({', '.join(each.words)})" if each.words else ""
        then = text(locale, f"assistants.guideline_{each.action}")
        yield f"{text(locale, 'assistants.guideline_when')} {each.when}{words} → {then}: {each.then}"
    rails = answers.guardrails_of(settings.get("guardrails", {}))
    for name, phrases in (("topics", rails.topics), ("phrases", rails.phrases)):
        if phrases:
            yield f"{text(locale, f'assistants.{name}')}: {', '.join(phrases)}"
    if rails.no_prices:
        yield text(locale, "assistants.no_prices")


def _value(name: str, value: object, *, locale: str) -> str:
    """Return a setting as people read it, empty when it says nothing."""
    match value:
        case None | "" | []:
            return ""
        case list():
            return ", ".join(map(str, value))
        case float() if name == "threshold":
            return f"{value * 100:g}"
        case str() if name in {"tone", "length"}:
            return text(locale, f"assistants.{name}_{value}")
        case _:
            return str(value)
