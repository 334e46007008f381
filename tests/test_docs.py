"""What is documented is what is there."""

from pathlib import Path

from besedka.app import create_app
from besedka.core import events
from besedka.core.config import Settings
from tools import api_contract, settings_reference


def test_settings_reference_lists_every_setting_as_it_is() -> None:
    assert (
        settings_reference.REFERENCE.read_text(encoding="utf-8") == settings_reference.reference()
    )
    assert settings_reference.EXAMPLE.read_text(encoding="utf-8") == settings_reference.example()


def test_every_setting_says_what_it_means() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_api_contract_lists_every_operation_as_it_is() -> None:
    written = api_contract.PAGE.read_text(encoding="utf-8").split(api_contract.MARK)[1].strip()
    assert written == api_contract.table().strip()


def test_webhook_reference_lists_every_public_event() -> None:
    create_app(Settings(_env_file=None, env="test"))  # every module and its events are loaded
    page = Path(__file__).parent.parent / "docs" / "reference" / "webhooks.md"
    written = page.read_text(encoding="utf-8")
    kinds = events.public_kinds()
    assert kinds
    assert [kind for kind in kinds if f"| `{kind}` |" not in written] == []


def test_types_of_the_widget_are_documented_as_they_are() -> None:
    root = Path(__file__).parent.parent
    own = (root / "frontend" / "src" / "widget" / "besedka.ts").read_text(encoding="utf-8")
    told = (root / "docs" / "reference" / "besedka.d.ts").read_text(encoding="utf-8")
    assert told.startswith(own)
