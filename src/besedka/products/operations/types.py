"""Words of operations as types."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

MINUTES: Final = 30
"""How long a level holds, unless somebody says."""
MOST_MINUTES: Final = 24 * 60


class Level(StrEnum):
    """The least level that is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class LevelUntil:
    """A level that was set for a time."""

    level: Level
    until: datetime
