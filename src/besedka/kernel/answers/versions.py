"""What a version of an assistant's prompt keeps: all settings that change what it says, as JSON and back. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from pydantic import JsonValue, TypeAdapter

from besedka.kernel.answers.types import Assistant, Guardrails, Guideline, Length, Tone

_GUIDELINES = TypeAdapter(tuple[Guideline, ...])
_GUARDRAILS = TypeAdapter(Guardrails)
_READ: Mapping[str, Callable[[object], object]] = {
    "instructions": TypeAdapter(str).validate_python,
    "guidelines": _GUIDELINES.validate_python,
    "guardrails": _GUARDRAILS.validate_python,
    "tone": TypeAdapter(Tone).validate_python,
    "length": TypeAdapter(Length).validate_python,
    "threshold": TypeAdapter(float).validate_python,
    "model": TypeAdapter(str).validate_python,
    "temperature": TypeAdapter(float | None).validate_python,
    "handoff_keywords": TypeAdapter(tuple[str, ...]).validate_python,
}
"""By name: how what was stored of a setting is read. These settings belong to a version."""


def guidelines_of(stored: object) -> tuple[Guideline, ...]:
    """Return guidelines as they were stored."""
    return _GUIDELINES.validate_python(stored)


def guardrails_of(stored: object) -> Guardrails:
    """Return guardrails as they were stored."""
    return _GUARDRAILS.validate_python(stored)


def snapshot(who: Assistant) -> dict[str, JsonValue]:
    """Return an assistant's settings as a version keeps them."""
    return {
        "instructions": who.instructions,
        "guidelines": [each.as_json() for each in who.guidelines],
        "guardrails": who.guardrails.as_json(),
        "tone": str(who.tone),
        "length": str(who.length),
        "threshold": who.threshold,
        "model": who.model,
        "temperature": who.temperature,
        "handoff_keywords": list(who.handoff_keywords),
    }


def with_settings(who: Assistant, settings: Mapping[str, object]) -> Assistant:
    """Return an assistant as it would be with the settings of a version; those of an older Besedka are not complete."""
    given: dict[str, Any] = {
        name: read(settings[name]) for name, read in _READ.items() if name in settings
    }
    return replace(who, **given)
