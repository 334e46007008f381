"""What a payment provider does for us."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

import structlog
from pydantic import BaseModel, ValidationError

from besedka.core.http.types import Limits
from besedka.kernel.ledger.types import Currency
from besedka.products.wallet.errors import GatewayAway, GatewayRefused
from besedka.products.wallet.types import Found, GatewayKind

if TYPE_CHECKING:
    from besedka.core.http.client import OutgoingHttp
    from besedka.core.http.types import Fetched

log = structlog.get_logger(__name__)

LIMITS = Limits(max_bytes=512 * 1024, connect=5.0, idle=15.0, total=20.0)
_TOO_MANY, _CONFLICT = 429, 409
_SHOWN = 300

Answer = TypeVar("Answer", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A payment that a provider is to take. The same `key` is the same payment."""

    key: str
    amount: int
    currency: Currency
    title: str
    back: str
    """Where the payer is sent afterwards."""
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """Part of a payment that is to go back. The same `key` is the same refund."""

    key: str
    charge: str
    amount: int
    currency: Currency
    email: str
    title: str


@dataclass(frozen=True, slots=True)
class Taken:
    """A payment as the provider knows it, and where the payer pays."""

    reference: str
    url: str


class Gateway(Protocol):
    """A payment provider. All that talks to it raises GatewayRefused, GatewayAway and OutgoingError."""

    kind: GatewayKind
    currencies: tuple[Currency, ...]

    async def create(self, order: Order) -> Taken:
        """Have a payment taken."""

    async def find(self, reference: str) -> Found:
        """Ask what became of a payment."""

    async def give_back(self, wanted: Return) -> str:
        """Have money go back; return the provider's name of that."""

    def read_event(self, headers: Mapping[str, str], body: bytes) -> str:
        """Return the payment that an event is about, "" for one that is about none. Raises EventForged, EventUnreadable."""


@dataclass(frozen=True, slots=True)
class Line:
    """A provider's API."""

    kind: GatewayKind
    http: "OutgoingHttp"
    base_url: str
    headers: Mapping[str, str]

    async def post(
        self, path: str, answer: type[Answer], *, headers: Mapping[str, str], json: Mapping[str, object] | None = None,
        body: bytes | None = None,
    ) -> Answer:  # fmt: skip
        """Send a request; a header tells the key under which it is the same deed."""
        got = await self.http.send(
            "POST", f"{self.base_url}{path}", headers={**self.headers, **headers}, json=json, body=body,
            limits=LIMITS,
        )  # fmt: skip
        return self._read(got, answer)

    async def get(self, path: str, answer: type[Answer]) -> Answer:
        """Ask for something."""
        got = await self.http.send(
            "GET", f"{self.base_url}{path}", headers=self.headers, limits=LIMITS
        )
        return self._read(got, answer)

    def _read(self, got: "Fetched", answer: type[Answer]) -> Answer:
        if not got.ok:
            shown = got.body[:_SHOWN].decode("utf-8", "replace")
            log.warning(
                "a payment provider refused", gateway=self.kind, status=got.status, said=shown
            )
            away = got.status >= 500 or got.status in (_TOO_MANY, _CONFLICT)
            raise (GatewayAway if away else GatewayRefused)(gateway=self.kind.value)
        try:
            return answer.model_validate_json(got.body)
        except ValidationError as error:
            log.warning("a payment provider was not understood", gateway=self.kind)
            raise GatewayAway(gateway=self.kind.value) from error
