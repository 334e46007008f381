"""What can go wrong with money."""

from besedka.core.errors import BesedkaError, Conflict, InvalidInput, NotFound


class BalanceShort(BesedkaError):
    """The wallet has less `available` than is `needed`, in micro-units."""

    code = "balance_short"
    status = 402


class LimitReached(BesedkaError):
    """A limit leaves less than is `needed` until it `ends_at`."""

    code = "limit_reached"
    status = 402


class DayLimitReached(LimitReached):
    """All together have spent what they may in a day."""

    code = "day_limit_reached"


class MonthLimitReached(LimitReached):
    """All together have spent what they may in a month."""

    code = "month_limit_reached"


class OwnDayLimitReached(LimitReached):
    """The person has spent what they may in a day."""

    code = "own_day_limit_reached"


class OwnMonthLimitReached(LimitReached):
    """The person has spent what they may in a month."""

    code = "own_month_limit_reached"


class PriceUnknown(Conflict):
    """Nobody has said what a `unit` costs, so it is not used."""

    code = "price_unknown"


class PriceInvalid(Conflict):
    """The price of a `unit` is negative or not a number."""

    code = "price_invalid"


class AmountInvalid(InvalidInput):
    """An amount is not between one micro-unit and `most`."""

    code = "amount_invalid"


class CurrencyDiffers(Conflict):
    """The wallet counts in another `currency`."""

    code = "currency_differs"


class HoldNotFound(NotFound):
    """There is no such hold in this workspace."""

    code = "hold_not_found"


class HoldEnded(Conflict):
    """The hold was captured, released, or has expired (`state`)."""

    code = "hold_ended"


class CaptureAboveHold(Conflict):
    """More is to be captured than was `held`."""

    code = "capture_above_hold"


class TransactionNotFound(NotFound):
    """There is no such transaction in this workspace."""

    code = "transaction_not_found"


class NotRefundable(Conflict):
    """Only charges are refunded."""

    code = "not_refundable"


class RefundTooLarge(Conflict):
    """More is to be refunded than is `left` of the charge."""

    code = "refund_too_large"
