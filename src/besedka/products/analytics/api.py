"""JSON of analytics: `/analytics`, the figures that the pages show."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from besedka.core.db.connection import TenantConn
from besedka.core.deps import CurrentRuntime
from besedka.core.routing import LateRoute
from besedka.core.schemas import problems
from besedka.kernel.accounts.deps import require
from besedka.kernel.accounts.types import Identity
from besedka.kernel.conversations.types import STAFF_READS
from besedka.kernel.hours import service as hours
from besedka.kernel.hours.types import Period
from besedka.products.analytics import service
from besedka.products.analytics.schemas import (
    AssistantFiguresRead,
    DayRead,
    GapRead,
    MoneyRead,
    OperatorRead,
    OperatorsRead,
    OverviewRead,
    PeriodRead,
    RatingReportRead,
    SpanQuery,
    TopicRead,
    TotalsRead,
)
from besedka.products.analytics.types import ANALYTICS_READ, Overview

router = APIRouter(prefix="/analytics", tags=["analytics"], route_class=LateRoute)

Reader = Annotated[Identity, Depends(require(ANALYTICS_READ))]
Helper = Annotated[Identity, Depends(require(STAFF_READS))]
Wanted = Annotated[SpanQuery, Query()]


@router.get("", summary="Figures of a period", responses=problems(401, 403, 422))
async def read_overview(runtime: CurrentRuntime, identity: Reader, wanted: Wanted) -> OverviewRead:
    """Return the figures of a period: dialogs, times, ratings, costs by assistant, topics, unanswered questions."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        return _overview(await service.overview(conn, await _period(conn, wanted)))


@router.get("/ratings", summary="Ratings of a period", responses=problems(401, 403, 422))
async def read_ratings(
    runtime: CurrentRuntime, identity: Reader, wanted: Wanted
) -> RatingReportRead:
    """Return how visitors rated during a period."""
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        return RatingReportRead.of(await service.ratings(conn, await _period(conn, wanted)))


@router.get("/operators", summary="What people did", responses=problems(401, 403, 422))
async def read_operators(
    runtime: CurrentRuntime, identity: Helper, wanted: Wanted
) -> OperatorsRead:
    """Return what people did during a period: all of them to those who may see all, oneself to others."""
    whose = None if identity.may(ANALYTICS_READ) else identity.actor_id
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        period = await _period(conn, wanted)
        found = await service.operators(conn, period, actor=whose)
    return OperatorsRead(
        period=PeriodRead.model_validate(period),
        operators=[OperatorRead.model_validate(each) for each in found],
    )


async def _period(conn: TenantConn, wanted: SpanQuery) -> Period:
    return await hours.choose_period(conn, days=wanted.days, first=wanted.first, last=wanted.last)


def _overview(found: Overview) -> OverviewRead:
    return OverviewRead(
        period=PeriodRead.model_validate(found.period), totals=TotalsRead.of(found.totals),
        before=TotalsRead.of(found.before), days=[DayRead.model_validate(each) for each in found.days],
        hours=[list(row) for row in found.hours],
        assistants=[AssistantFiguresRead.model_validate(each) for each in found.assistants],
        other_cost=[MoneyRead.model_validate(each) for each in found.other_cost],
        labels=[TopicRead.model_validate(each) for each in found.labels],
        words=[TopicRead.model_validate(each) for each in found.words],
        gaps=[GapRead.model_validate(each) for each in found.gaps],
    )  # fmt: skip
