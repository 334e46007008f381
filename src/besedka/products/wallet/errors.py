"""What can go wrong with a wallet."""

from besedka.core.errors import BesedkaError, Conflict, InvalidInput, NotFound


class StatementTooLong(InvalidInput):
    """More than `most` transactions were made during the period."""

    code = "statement_too_long"


class PaymentNotFound(NotFound):
    """There is no such payment in this workspace."""

    code = "payment_not_found"


class NoGateway(Conflict):
    """The host has set up no payment provider that takes this currency."""

    code = "no_gateway"


class AmountUneven(InvalidInput):
    """An amount that is not of whole hundredths, or not between `least` and `most`."""

    code = "amount_uneven"


class PaymentNotPaid(Conflict):
    """Only money that came in can go back (`state`)."""

    code = "payment_not_paid"


class ReturnTooLarge(Conflict):
    """More is to go back than is `left` of the payment."""

    code = "return_too_large"


class GatewayRefused(BesedkaError):
    """The payment provider does not do what it was asked for (`gateway`)."""

    code = "gateway_refused"
    status = 502


class GatewayAway(BesedkaError):
    """The payment provider is not there, or not in order (`gateway`)."""

    code = "gateway_away"
    status = 503
    permanent = False


class EventForged(BesedkaError):
    """An event is not signed by the provider, or not lately."""

    code = "event_forged"
    status = 400


class EventUnreadable(BesedkaError):
    """An event is not of the documented form."""

    code = "event_unreadable"
    status = 400
