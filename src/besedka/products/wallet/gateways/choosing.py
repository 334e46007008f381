"""The gateways that the host has set up."""

from typing import TYPE_CHECKING

from besedka.core.config import Settings
from besedka.core.runtime import Runtime
from besedka.products.wallet.errors import NoGateway
from besedka.products.wallet.gateways.port import Gateway
from besedka.products.wallet.gateways.stripe import Stripe
from besedka.products.wallet.gateways.yookassa import YooKassa
from besedka.products.wallet.types import GatewayKind

if TYPE_CHECKING:
    from besedka.core.http.client import OutgoingHttp


def gateways(runtime: Runtime) -> list[Gateway]:
    """Return the gateways through which one can pay here."""
    return [_made(kind, runtime.http, runtime.settings) for kind in kinds(runtime.settings)]


def kinds(settings: Settings) -> list[GatewayKind]:
    """Return which they are, without loading what talks to them."""
    has = {
        GatewayKind.YOOKASSA: settings.yookassa_shop_id and settings.yookassa_secret_key.get_secret_value(),
        GatewayKind.STRIPE: settings.stripe_secret_key.get_secret_value(),
    }  # fmt: skip
    return [kind for kind in GatewayKind if has[kind]]


def get_gateway(runtime: Runtime, kind: GatewayKind) -> Gateway:
    """Return a gateway. Raises NoGateway when the host has not set it up."""
    if kind not in kinds(runtime.settings):
        raise NoGateway
    return _made(kind, runtime.http, runtime.settings)


def _made(kind: GatewayKind, http: "OutgoingHttp", settings: Settings) -> Gateway:
    return YooKassa(http, settings) if kind is GatewayKind.YOOKASSA else Stripe(http, settings)
