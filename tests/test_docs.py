"""What is documented is what is there."""

from besedka.core.config import Settings
from tools import settings_reference


def test_settings_reference_lists_every_setting_as_it_is() -> None:
    assert (
        settings_reference.REFERENCE.read_text(encoding="utf-8") == settings_reference.reference()
    )
    assert settings_reference.EXAMPLE.read_text(encoding="utf-8") == settings_reference.example()


def test_every_setting_says_what_it_means() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
