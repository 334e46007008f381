"""Operations over the API, and their forms."""

from datetime import datetime

from pydantic import BaseModel, Field

from besedka.core.schemas import Read, Write
from besedka.products.operations.types import MINUTES, MOST_MINUTES, Level


class LevelRead(Read):
    """The level that was set while running; both are null when every process logs as its settings say."""

    level: Level | None
    until: datetime | None


class LevelUpdate(Write):
    """A level for all processes, and how long it holds."""

    level: Level
    minutes: int = Field(MINUTES, ge=1, le=MOST_MINUTES)


class LevelForm(BaseModel):
    """The same as a form. Unknown fields are ignored: a form also carries its CSRF token."""

    level: Level
    minutes: int = Field(MINUTES, ge=1, le=MOST_MINUTES)
