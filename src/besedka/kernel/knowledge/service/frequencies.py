"""In how many passages words are: remembered until the collection changes, since counting them takes longest.

Of common words it is remembered for a minute even then: a word that is in a thousand passages says little, and a few
passages more or less change nothing of what it says.
"""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from besedka.core.clock import monotonic
from besedka.core.db.connection import SystemConn
from besedka.core.ids import WorkspaceId
from besedka.kernel.knowledge.repository import search

COMMON = 1000
SECONDS = 60.0
REMEMBERED = 50_000


class _Held(NamedTuple):
    passages: int
    stamp: str
    until: float


_remembered: dict[tuple[WorkspaceId, int], _Held] = {}
"""By workspace and key."""


async def frequencies(
    conn: SystemConn, workspace: WorkspaceId, keys: Collection[int], *, stamp: str
) -> Mapping[int, int]:
    """Return in how many passages each key occurs; `stamp` tells the state of the collections from any other."""
    moment = monotonic()
    known = {
        key: held.passages
        for key in keys
        if (held := _remembered.get((workspace, key))) is not None
        and (held.stamp == stamp or (held.passages >= COMMON and held.until > moment))
    }
    unknown = [key for key in keys if key not in known]
    if not unknown:
        return known
    found = await search.frequencies(conn, workspace, unknown)
    if len(_remembered) > REMEMBERED:
        _remembered.clear()
    until = moment + SECONDS
    _remembered.update({(workspace, key): _Held(n, stamp, until) for key, n in found.items()})
    return {**known, **found}
