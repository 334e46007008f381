"""Writes docs/reference/settings.md and .env.example from the settings themselves.

Run `python -m tools.settings_reference`; a test holds both files to what this prints.
"""

from collections.abc import Iterator
from pathlib import Path

from pydantic import AliasChoices, SecretStr
from pydantic.fields import FieldInfo

from besedka.core.config import Settings

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "docs" / "reference" / "settings.md"
EXAMPLE = ROOT / ".env.example"

HEAD = """# Settings

Besedka reads its settings from the environment and from a file `.env` in the folder it is started in. All of them have
defaults; none has to be set to try it. This page is made from the code (`python -m tools.settings_reference`).

| name | default | meaning |
| --- | --- | --- |
"""
EXAMPLE_HEAD = "# Copy to .env and take the mark off the lines that you need. The meaning of each: docs/reference/settings.md\n"


def names_of(name: str, field: FieldInfo) -> list[str]:
    """Return the environment names of a setting, the usual one first."""
    alias = field.validation_alias
    if isinstance(alias, AliasChoices):
        return [str(choice) for choice in alias.choices]
    return [f"BESEDKA_{name.upper()}"]


def shown_default(field: FieldInfo) -> str:
    """Return a default as it would be written in `.env`."""
    value = field.default
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if value is None or value == ():
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def _rows() -> Iterator[tuple[list[str], str, str]]:
    for name, field in Settings.model_fields.items():
        yield names_of(name, field), shown_default(field), field.description or ""


def reference() -> str:
    """Return the page."""
    rows = (
        f"| {', '.join(f'`{n}`' for n in names)} | {f'`{default}`' if default else ''} | {text} |\n"
        for names, default, text in _rows()
    )
    return HEAD + "".join(rows)


def example() -> str:
    """Return the commented example file."""
    rows = (f"\n# {text}\n# {names[0]}={default}\n" for names, default, text in _rows())
    return EXAMPLE_HEAD + "".join(rows)


if __name__ == "__main__":
    REFERENCE.write_text(reference(), encoding="utf-8")
    EXAMPLE.write_text(example(), encoding="utf-8")
