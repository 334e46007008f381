"""Ready replies: made, changed, filled, taken elsewhere as a table and back."""

import csv
import io
from uuid import UUID

from besedka.core.db.connection import TenantConn
from besedka.core.ids import new_id
from besedka.kernel.accounts.types import Identity
from besedka.kernel.conversations.types import ConversationId
from besedka.products.desk.errors import (
    BadTable,
    CannedEmpty,
    CannedNotFound,
    NotForSharing,
    TooManyCanned,
)
from besedka.products.desk.repository.canned import CannedRepository
from besedka.products.desk.service.variables import check_variables, fill, variables_of
from besedka.products.desk.types import (
    LONGEST_NAME,
    LONGEST_TEXT,
    MOST_REPLIES,
    SHARES,
    Canned,
    CannedChange,
)

_HEAD = ["name", "ru", "en"]
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


async def list_canned(conn: TenantConn, identity: Identity) -> list[Canned]:
    """Return the shared ready replies and the caller's own, by their names."""
    return await CannedRepository(conn, identity.actor_id).all()


async def get_canned(conn: TenantConn, identity: Identity, canned: UUID) -> Canned:
    """Return a ready reply that the caller may use. Raises CannedNotFound."""
    found = await CannedRepository(conn, identity.actor_id).find(canned)
    if found is None:
        raise CannedNotFound
    return found


async def create_canned(conn: TenantConn, identity: Identity, given: CannedChange) -> Canned:
    """Make a ready reply. Raises NotForSharing, CannedTaken, CannedEmpty, UnknownVariable, TooManyCanned."""
    repository = CannedRepository(conn, identity.actor_id)
    if await repository.count(shared=given.shared) >= MOST_REPLIES:
        raise TooManyCanned(most=MOST_REPLIES)
    return await _save(repository, identity, new_id(), given)


async def change_canned(
    conn: TenantConn, identity: Identity, canned: UUID, *, given: CannedChange
) -> Canned:
    """Let a ready reply say something else. Raises CannedNotFound, and as `create_canned`."""
    found = await get_canned(conn, identity, canned)
    _check_may(identity, shared=found.shared)
    return await _save(CannedRepository(conn, identity.actor_id), identity, canned, given)


async def _save(
    repository: CannedRepository, identity: Identity, canned: UUID, given: CannedChange
) -> Canned:
    _check_may(identity, shared=given.shared)
    name, ru, en = given.name.strip(), given.body_ru.strip(), given.body_en.strip()
    if not name or not (ru or en):
        raise CannedEmpty
    for body in (ru, en):
        check_variables(body)
    saved = Canned(canned, None if given.shared else identity.actor_id, name, ru, en)
    await repository.save(saved)
    return saved


async def delete_canned(conn: TenantConn, identity: Identity, canned: UUID) -> None:
    """Delete a ready reply. Raises CannedNotFound, NotForSharing."""
    found = await get_canned(conn, identity, canned)
    _check_may(identity, shared=found.shared)
    await CannedRepository(conn, identity.actor_id).delete(canned)


async def fill_canned(
    conn: TenantConn, identity: Identity, canned: UUID, *, dialog: ConversationId
) -> str:
    """Return a ready reply's words for a dialog, in its language. Raises CannedNotFound, ChatNotFound."""
    found = await get_canned(conn, identity, canned)
    known = await variables_of(conn, dialog, operator=identity.actor_id)
    return fill(found.body(known.locale), known.values)


def _check_may(identity: Identity, *, shared: bool) -> None:
    if shared and not identity.may(SHARES):
        raise NotForSharing


async def export_table(conn: TenantConn, identity: Identity) -> str:
    """Return the ready replies as CSV; what a spreadsheet would run begins with an apostrophe."""
    table = io.StringIO()
    written = csv.writer(table)
    written.writerow([*_HEAD, "shared"])
    for each in await list_canned(conn, identity):
        cells = (each.name, each.body_ru, each.body_en)
        written.writerow([*map(_inert, cells), "yes" if each.shared else ""])
    return table.getvalue()


def _inert(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


async def import_table(conn: TenantConn, identity: Identity, table: str, *, shared: bool) -> int:
    """Make ready replies of a CSV table with the columns name, ru, en; those of the same name say this from now on.

    All of them or none. Returns how many. Raises BadTable, and as `create_canned`.
    """
    rows = csv.DictReader(io.StringIO(table.lstrip("\ufeff")))
    if not set(_HEAD) <= set(rows.fieldnames or ()):
        raise BadTable(line=0)
    known = {
        each.name.lower(): each.id
        for each in await list_canned(conn, identity)
        if each.shared is shared
    }
    count = 0
    for count, row in enumerate(rows, 1):
        given = _row(row, shared=shared, line=count + 1)
        if (canned := known.get(given.name.lower())) is not None:
            await change_canned(conn, identity, canned, given=given)
        else:
            known[given.name.lower()] = (await create_canned(conn, identity, given)).id
    return count


def _row(row: dict[str, str | None], *, shared: bool, line: int) -> CannedChange:
    name, ru, en = (_plain(row[column] or "") for column in _HEAD)
    if not 0 < len(name) <= LONGEST_NAME or max(len(ru), len(en)) > LONGEST_TEXT:
        raise BadTable(line=line)
    return CannedChange(name, ru, en, shared)


def _plain(cell: str) -> str:
    return cell[1:].strip() if cell[:1] == "'" and cell[1:].startswith(_FORMULA) else cell.strip()
