"""The one place that reads the wall clock."""

from datetime import UTC, datetime
from time import monotonic

__all__ = ["monotonic", "now"]


def now() -> datetime:
    """Return the current time, aware, in UTC."""
    return datetime.now(UTC)
