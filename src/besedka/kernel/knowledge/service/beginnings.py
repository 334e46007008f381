"""Which lexemes of some collections have a beginning: remembered until one of the collections changes."""

from collections.abc import Iterable, Mapping, Sequence

from besedka.core.db.connection import SystemConn
from besedka.core.ids import WorkspaceId
from besedka.kernel.knowledge.repository import search
from besedka.kernel.knowledge.types import CollectionId

REMEMBERED = 20_000

_remembered: dict[tuple[WorkspaceId, str, str], frozenset[str]] = {}
"""By workspace, stamp of the collections, and beginning."""


async def lexemes_with(
    conn: SystemConn, workspace: WorkspaceId, collections: Sequence[CollectionId], beginnings: Iterable[str], *,
    stamp: str, limit: int,
) -> Mapping[str, frozenset[str]]:  # fmt: skip
    """Return for each beginning the first lexemes that have it, at most `limit`."""
    found = {each: _remembered.get((workspace, stamp, each)) for each in beginnings}
    unknown = [each for each, lexemes in found.items() if lexemes is None]
    if unknown:
        pairs = await search.beginning_alike(conn, workspace, collections, unknown, limit=limit)
        if len(_remembered) > REMEMBERED:
            _remembered.clear()
        for each in unknown:
            lexemes = frozenset(lexeme for beginning, lexeme in pairs if beginning == each)
            found[each] = _remembered[workspace, stamp, each] = lexemes
    return {each: lexemes for each, lexemes in found.items() if lexemes is not None}
