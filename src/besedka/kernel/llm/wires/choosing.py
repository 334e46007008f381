"""Which protocol a provider speaks: as it was chosen, or as its address tells."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, urlsplit

from besedka.core.module import load
from besedka.kernel.llm.types import WireKind
from besedka.kernel.llm.wires.base import Endpoint, Wire
from besedka.kernel.llm.wires.memory import WireMemory
from besedka.kernel.llm.wires.retry import Retry
from besedka.kernel.llm.wires.spoken import SpokenWire

if TYPE_CHECKING:
    from besedka.core.http.client import OutgoingHttp

_OFFICIAL: Final[Mapping[WireKind, str]] = {
    WireKind.OPENAI: "api.openai.com",
    WireKind.ANTHROPIC: "api.anthropic.com",
    WireKind.GEMINI: "generativelanguage.googleapis.com",
    WireKind.YANDEX: "llm.api.cloud.yandex.net",
}
_WIRES: Final = "besedka.kernel.llm.wires"


def recognize(base_url: str) -> WireKind:
    """Return the protocol of an address; whoever is not known speaks like OpenAI."""
    address = _split(base_url)
    path = address.path.rstrip("/")
    match address.hostname or "":
        case "api.anthropic.com":
            return WireKind.ANTHROPIC
        case "generativelanguage.googleapis.com" if "/openai" not in path:
            return WireKind.GEMINI
        case "llm.api.cloud.yandex.net" if path in {"", "/"} or "/foundationModels" in path:
            return WireKind.YANDEX
        case _ if path.endswith(("/anthropic", "/anthropic/v1", "/v1/messages")):
            return WireKind.ANTHROPIC
        case _:
            return WireKind.OPENAI


def is_official(kind: WireKind, base_url: str) -> bool:
    """Whether an address is the provider's own, so that its prices hold there."""
    return _split(base_url).hostname == _OFFICIAL[kind]


def _split(base_url: str) -> SplitResult:
    """Return the parts of an address, none of what is no address: whoever speaks to it is told so."""
    try:
        return urlsplit(base_url.strip())
    except ValueError:
        return urlsplit("")


def make_wire(
    kind: WireKind, *, http: "OutgoingHttp", endpoint: Endpoint, memory: WireMemory, retry: Retry | None = None
) -> Wire:  # fmt: skip
    """Return the wire of a protocol; its code is loaded when it is first wanted."""
    made: type[SpokenWire]
    match kind:
        case WireKind.OPENAI:
            made = load(f"{_WIRES}.openai").OpenAiWire
        case WireKind.ANTHROPIC:
            made = load(f"{_WIRES}.anthropic").AnthropicWire
        case WireKind.GEMINI:
            made = load(f"{_WIRES}.gemini").GeminiWire
        case WireKind.YANDEX:
            made = load(f"{_WIRES}.yandex").YandexWire
    return made(http, endpoint, memory=memory, retry=retry)
