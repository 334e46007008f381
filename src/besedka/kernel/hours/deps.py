"""Dependencies: the days that a request asks for."""

from datetime import date
from typing import Annotated, Literal

from fastapi import Query
from pydantic import BaseModel

from besedka.core.db.connection import TenantConn
from besedka.kernel.hours import service
from besedka.kernel.hours.types import Period


class PeriodQuery(BaseModel):
    """Which days are wanted: the last so many, or from the first to the last."""

    days: Literal["7", "30", "90", "365"] = "30"
    first: date | Literal[""] = ""
    last: date | Literal[""] = ""

    async def find(self, conn: TenantConn) -> Period:
        """Return the period; days the wrong way round are turned. Raises InvalidInput."""
        first, last = self.first or None, self.last or None
        if first and last and first > last:
            first, last = last, first
        return await service.choose_period(conn, days=int(self.days), first=first, last=last)

    @property
    def suffix(self) -> str:
        """The same as part of an address."""
        if self.first or self.last:
            return f"?first={self.first}&last={self.last}"
        return f"?days={self.days}"


WantedPeriod = Annotated[PeriodQuery, Query()]
