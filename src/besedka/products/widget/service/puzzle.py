"""Spam kept out: a puzzle for new dialogs, only while a workspace is flooded with them.

Who begins a dialog then spends a second of computing first. The challenge is bound to the widget, the visitor and the
moment, so nothing solved for one is good for another; a solved one is noted on the visitor and asked for no more.
"""

import base64
import hashlib
import hmac
from datetime import datetime, timedelta
from uuid import UUID

from besedka.core.clock import now
from besedka.core.db.connection import TenantConn
from besedka.core.runtime import Runtime
from besedka.products.widget.errors import ProofNeeded, ProofWrong
from besedka.products.widget.repository.visits import VisitorRepository
from besedka.products.widget.types import Known, Place

PURPOSE = "widget-puzzle"
CALM_PER_MINUTE = 240
"""So many new dialogs a minute are a good day: a campaign, a broadcast, an outage that everybody asks about."""
LEAST_BITS, MOST_BITS = 14, 20
PUZZLE_SECONDS = 300
PROVED_MINUTES = 30
LONGEST_SOLUTION = 20


def bits_for(begun: int) -> int:
    """Return how hard the puzzle is when so many dialogs were begun in a minute; 0 for no puzzle.

    Each doubling of the flood doubles the work twice.
    """
    if begun <= CALM_PER_MINUTE:
        return 0
    return min(MOST_BITS, LEAST_BITS + 2 * ((begun // CALM_PER_MINUTE).bit_length() - 1))


async def check_calm(runtime: Runtime, conn: TenantConn, place: Place, visitor: Known) -> None:
    """Let a visitor begin a dialog, unless too many do and this one has proved nothing. Raises ProofNeeded."""
    if visitor.proved or visitor.verified:
        return
    moment = now()
    begun = await VisitorRepository(conn).count_new_dialogs(
        since=_first_id(moment - timedelta(minutes=1)), most=CALM_PER_MINUTE * 16
    )
    bits = bits_for(begun)
    if bits:
        challenge = _challenge(runtime, place, visitor, bits=bits, at=int(moment.timestamp()))
        raise ProofNeeded(challenge=challenge, bits=bits)


def _first_id(moment: datetime) -> UUID:
    """Return the least UUIDv7 of a moment."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)


def _challenge(runtime: Runtime, place: Place, visitor: Known, *, bits: int, at: int) -> str:
    signed = f"{place.public_key}.{visitor.id}.{bits}.{at}"
    code = base64.urlsafe_b64encode(runtime.secrets.sign(PURPOSE, signed.encode())[:18]).decode()
    return f"{bits}.{at}.{code}"


async def accept(
    runtime: Runtime, place: Place, visitor: Known, *, challenge: str, solution: str
) -> None:
    """Note that a visitor has solved the puzzle. Raises ProofWrong."""
    parts = challenge.split(".")
    if len(parts) != 3 or not all(each.isascii() and each.isdigit() for each in parts[:2]):
        raise ProofWrong
    bits, at = int(parts[0][:3]), int(parts[1][:12])
    own = _challenge(runtime, place, visitor, bits=bits, at=at)
    late = not 0 <= now().timestamp() - at + 1 <= PUZZLE_SECONDS
    if late or not hmac.compare_digest(own.encode(), challenge.encode()):
        raise ProofWrong
    if not is_solved(challenge, solution, bits=bits):
        raise ProofWrong
    async with runtime.db.fast.acquire(place.workspace_id) as conn:
        await VisitorRepository(conn).set_proved(visitor.id, minutes=PROVED_MINUTES)


def is_solved(challenge: str, solution: str, *, bits: int) -> bool:
    """Whether SHA-256 of `challenge:solution` begins with so many zero bits."""
    digest = hashlib.sha256(f"{challenge}:{solution[:LONGEST_SOLUTION]}".encode()).digest()
    return int.from_bytes(digest) >> (256 - bits) == 0
