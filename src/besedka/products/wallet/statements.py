"""A statement as a table."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from besedka.core import tables
from besedka.core.i18n import text
from besedka.kernel.ledger import service as ledger
from besedka.kernel.ledger.types import Transaction

COLUMNS = ("when", "kind", "amount", "currency", "about", "note", "id", "charge")


def spell(found: Sequence[Transaction], *, zone: str, locale: str) -> bytes:
    """Write transactions as CSV, with times of a zone and amounts that a spreadsheet adds up."""
    head = [text(locale, f"wallet.column_{each}") for each in COLUMNS]
    return tables.spell(head, [_row(each, ZoneInfo(zone), locale) for each in found])


def _row(each: Transaction, zone: ZoneInfo, locale: str) -> Sequence[tables.Cell]:
    return (
        each.created_at.astimezone(zone).replace(microsecond=0), text(locale, f"wallet.kind_{each.kind}"),
        tables.Digits(ledger.decimal_text(each.amount)), each.currency, about(each), each.note, str(each.id),
        None if each.charge_id is None else str(each.charge_id),
    )  # fmt: skip


def about(each: Transaction) -> str:
    """Return what a transaction was for: a model, or else why."""
    found = each.meta.get("model") or each.meta.get("why") or ""
    return found if isinstance(found, str) else ""
