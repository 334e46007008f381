"""Use cases of the wallet."""

from besedka.products.wallet.service.alerts import shortness, warn_below, watch
from besedka.products.wallet.service.paybacks import finish, finish_open, give_back
from besedka.products.wallet.service.payments import (
    get_payment,
    hear,
    list_payments,
    settle,
    settle_open,
    start_payment,
)
from besedka.products.wallet.service.spending import spending, statement

__all__ = [
    "finish",
    "finish_open",
    "get_payment",
    "give_back",
    "hear",
    "list_payments",
    "settle",
    "settle_open",
    "shortness",
    "spending",
    "start_payment",
    "statement",
    "warn_below",
    "watch",
]
