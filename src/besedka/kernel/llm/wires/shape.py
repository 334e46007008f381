"""Looking into JSON of strangers: the wrong type counts as absent."""

from collections.abc import Mapping, Sequence
from typing import cast

_EMPTY: Mapping[str, object] = {}
# No count of tokens reaches it, and sums of a few still fit into a column of four bytes.
_MOST = 500_000_000


def mapping(value: object) -> Mapping[str, object]:
    """Return an object, empty for anything else."""
    return cast(Mapping[str, object], value) if isinstance(value, dict) else _EMPTY


def items(value: object) -> Sequence[object]:
    """Return an array; a single object counts as an array of one."""
    if isinstance(value, list):
        return value
    return [value] if isinstance(value, dict) else []


def words(value: object) -> str:
    """Return a string, empty for anything else."""
    return value if isinstance(value, str) else ""


def whole(value: object) -> int | None:
    """Return a count: whole numbers from zero, also as 12.0 or "12"; None for anything else, or what no count reaches."""
    if isinstance(value, str):
        value = int(value) if value.isascii() and value.isdigit() and len(value) < 20 else None
    elif isinstance(value, float):
        value = int(value) if value.is_integer() else None
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= _MOST else None
