"""Spam kept out: a puzzle for new dialogs, only while a workspace is flooded with them.

Who begins a dialog then spends a second of computing first. The challenge is bound to the widget, the visitor and the
moment, so nothing solved for one is good for another; a solved one is noted on the visitor and asked for no more.
"""

from datetime import datetime, timedelta
from uuid import UUID

from besedka.core.clock import now
from besedka.core.db.connection import TenantConn
from besedka.core.runtime import Runtime
from besedka.core.security import puzzle
from besedka.products.widget.errors import ProofNeeded, ProofWrong
from besedka.products.widget.repository.visits import VisitorRepository
from besedka.products.widget.types import Known, Place

PURPOSE = "widget-puzzle"
CALM_PER_MINUTE = 240
"""So many new dialogs a minute are a good day: a campaign, a broadcast, an outage that everybody asks about."""
PROVED_MINUTES = 30


async def check_calm(runtime: Runtime, conn: TenantConn, place: Place, visitor: Known) -> None:
    """Let a visitor begin a dialog, unless too many do and this one has proved nothing. Raises ProofNeeded."""
    if visitor.proved or visitor.verified:
        return
    moment = now()
    begun = await VisitorRepository(conn).count_new_dialogs(
        since=_first_id(moment - timedelta(minutes=1)), most=CALM_PER_MINUTE * 16
    )
    bits = puzzle.bits_for(begun, calm=CALM_PER_MINUTE)
    if bits:
        challenge = puzzle.challenge(
            runtime.secrets,
            PURPOSE,
            about=_about(place, visitor),
            bits=bits,
            at=int(moment.timestamp()),
        )
        raise ProofNeeded(challenge=challenge, bits=bits)


def _first_id(moment: datetime) -> UUID:
    """Return the least UUIDv7 of a moment."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)


def _about(place: Place, visitor: Known) -> str:
    return f"{place.public_key}.{visitor.id}"


async def accept(
    runtime: Runtime, place: Place, visitor: Known, *, challenge: str, solution: str
) -> None:
    """Note that a visitor has solved the puzzle. Raises ProofWrong."""
    if not puzzle.is_answered(
        runtime.secrets, PURPOSE, about=_about(place, visitor), challenged=challenge, solution=solution, at=now().timestamp()
    ):  # fmt: skip
        raise ProofWrong
    async with runtime.db.fast.acquire(place.workspace_id) as conn:
        await VisitorRepository(conn).set_proved(visitor.id, minutes=PROVED_MINUTES)
