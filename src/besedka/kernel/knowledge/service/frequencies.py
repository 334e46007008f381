"""In how many passages words are: those of common words are remembered for a minute, since counting them takes longest.

A word that is in a thousand passages says little, and a few passages more or less change nothing of what it says.
"""

from collections.abc import Collection, Mapping

from besedka.core.clock import monotonic
from besedka.core.db.connection import SystemConn
from besedka.core.ids import WorkspaceId
from besedka.kernel.knowledge.repository import search

COMMON = 1000
SECONDS = 60.0
REMEMBERED = 20_000

_remembered: dict[tuple[WorkspaceId, int], tuple[int, float]] = {}
"""By workspace and key: how many passages, and until when that holds."""


async def frequencies(
    conn: SystemConn, workspace: WorkspaceId, keys: Collection[int]
) -> Mapping[int, int]:
    """Return in how many passages each key occurs; what is common may be a minute old."""
    moment = monotonic()
    known = {
        key: held[0]
        for key in keys
        if (held := _remembered.get((workspace, key))) is not None and held[1] > moment
    }
    unknown = [key for key in keys if key not in known]
    if not unknown:
        return known
    found = await search.frequencies(conn, workspace, unknown)
    if len(_remembered) > REMEMBERED:
        _remembered.clear()
    _remembered.update(
        {(workspace, key): (n, moment + SECONDS) for key, n in found.items() if n >= COMMON}
    )
    return {**known, **found}
