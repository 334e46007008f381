"""Use cases of the ledger, all in the caller's transaction or, as single statements, without one.

`hold`, then the work, then `capture` or `release`, each on a connection of its own: nothing is held open while a model speaks.
`refund` reads before it writes and needs a transaction.
"""

from besedka.kernel.ledger.service.holds import capture, hold, release, renew
from besedka.kernel.ledger.service.keeping import check, expire_holds, take_back_expired
from besedka.kernel.ledger.service.limits import list_limits, note_told, set_limit
from besedka.kernel.ledger.service.money import (
    NewGrant,
    Received,
    balance,
    deposit,
    get_transaction,
    give,
    list_transactions,
    open_wallet,
    refund,
)
from besedka.kernel.ledger.service.payouts import hold_payout, pay_out
from besedka.kernel.ledger.service.prices import checked_price, cost_of, decimal_text, enabled
from besedka.kernel.ledger.service.spending import spend

__all__ = [
    "NewGrant",
    "Received",
    "balance",
    "capture",
    "check",
    "checked_price",
    "cost_of",
    "decimal_text",
    "deposit",
    "enabled",
    "expire_holds",
    "get_transaction",
    "give",
    "hold",
    "hold_payout",
    "list_limits",
    "list_transactions",
    "note_told",
    "open_wallet",
    "pay_out",
    "refund",
    "release",
    "renew",
    "set_limit",
    "spend",
    "take_back_expired",
]
