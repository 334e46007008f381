"""The keys of the installation: from its settings, in the order in which they stand in."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from pydantic import SecretStr

from besedka.core.config import Settings
from besedka.kernel.llm.types import WireKind
from besedka.kernel.llm.wires.choosing import recognize

INSTALLATION = "installation"


@dataclass(frozen=True, slots=True)
class Key:
    """A key of the installation, and where it fits."""

    kind: WireKind
    name: str
    base_url: str
    model: str
    secret: SecretStr = field(repr=False)
    folder: str = ""


def list_keys(settings: Settings) -> Sequence[Key]:
    """Return the keys that are set; the first one's provider answers where no model is named."""
    return [key for key in list_usual(settings) if key.secret.get_secret_value()]


def list_usual(settings: Settings) -> Sequence[Key]:
    """Return the usual address and model of each kind of provider, with the key where one is set."""
    openai = settings.openai_base_url
    return (
        Key(recognize(openai), INSTALLATION, openai, settings.openai_model, settings.openai_api_key),
        Key(
            WireKind.ANTHROPIC, f"{INSTALLATION}-anthropic", settings.anthropic_base_url,
            settings.anthropic_model, settings.anthropic_api_key,
        ),
        Key(
            WireKind.GEMINI, f"{INSTALLATION}-google", settings.google_base_url,
            settings.google_model, settings.google_api_key,
        ),
        Key(
            WireKind.YANDEX, f"{INSTALLATION}-yandex", settings.yandex_base_url,
            settings.yandex_model, settings.yandex_api_key, settings.yandex_folder_id,
        ),
    )  # fmt: skip
