"""Use cases of the wallet."""

from besedka.products.wallet.service.spending import spending, statement

__all__ = ["spending", "statement"]
