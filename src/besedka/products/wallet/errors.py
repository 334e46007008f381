"""What can go wrong with a wallet."""

from besedka.core.errors import InvalidInput


class StatementTooLong(InvalidInput):
    """More than `most` transactions were made during the period."""

    code = "statement_too_long"
