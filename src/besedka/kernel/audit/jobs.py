"""Sealing, once a minute."""

import structlog

from besedka.core.module import JobContext
from besedka.kernel.audit import service

log = structlog.get_logger(__name__)


async def seal(context: JobContext) -> None:
    """Seal new events. The log tells every new head: logs that are kept elsewhere hold anchors."""
    for workspace, count in (await service.seal_all(context.runtime)).items():
        anchor = await service.take_anchor(context.runtime, workspace)
        if anchor is not None:
            log.info(
                "audit sealed", workspace=str(workspace), count=count, place=anchor.place,
                hash=anchor.hash.hex(),
            )  # fmt: skip
