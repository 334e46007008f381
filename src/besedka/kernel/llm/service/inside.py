"""Where a host's model servers may be: anywhere outside, and inside only at the addresses that a setting names."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from besedka.core.config import Settings
from besedka.core.http.guard import Guard
from besedka.core.module import load
from besedka.core.runtime import Runtime

if TYPE_CHECKING:
    from besedka.core.http.client import OutgoingHttp

LOOPBACK: Final = "loopback"
USUAL_PORTS: Final = (11434, 1234, 8000, 8080, 30000, 4891, 5001)
"""Ollama, LM Studio, vLLM, llama.cpp and LocalAI, SGLang, GPT4All, KoboldCpp."""
_NAMES: Final = ("127.0.0.1", "localhost", "::1")


def usual_addresses(settings: Settings) -> Sequence[str]:
    """Return where model servers of this machine usually are, without ourselves; none where no setting allows them."""
    if not (settings.outgoing_private or LOOPBACK in settings.model_hosts):
        return ()
    return [f"http://127.0.0.1:{port}" for port in USUAL_PORTS if port != settings.port]


def allowed_hosts(settings: Settings) -> frozenset[str]:
    """Return what addresses inside may be asked for a host, as the guard wants them."""
    named = {each.strip().lower() for each in settings.model_hosts if each.strip() != LOOPBACK}
    if LOOPBACK not in settings.model_hosts:
        return frozenset(named)
    ports = [port for port in USUAL_PORTS if port != settings.port]
    return frozenset(named | {f"{name}:{port}" for name in _NAMES for port in ports})


class HostsHttp:
    """The client for servers that hosts named: its rule and its connections are no others'."""

    def __init__(self) -> None:
        self._http: OutgoingHttp | None = None

    def of(self, runtime: Runtime) -> "OutgoingHttp":
        """Return the client; its library is loaded with the first request."""
        if self._http is None:
            settings = runtime.settings
            guard = Guard(
                allow_private=settings.outgoing_private, allowed_hosts=allowed_hosts(settings)
            )
            made: OutgoingHttp = load("besedka.core.http.client").OutgoingHttp(guard)
            self._http = made
        return self._http

    async def close(self) -> None:
        """Close its connections, if it was ever used."""
        if self._http is not None:
            await self._http.close()
            self._http = None
