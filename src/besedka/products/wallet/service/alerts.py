"""Telling people in time: when most of a limit is gone, when all of it is, and when the balance gets short."""

from collections.abc import Sequence

import structlog
from pydantic import JsonValue

from besedka.core.db.connection import TenantConn
from besedka.core.errors import BesedkaError
from besedka.core.i18n import as_locale, text
from besedka.core.ids import WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.accounts import service as accounts
from besedka.kernel.accounts.types import ADMINISTRATORS, Person
from besedka.kernel.ledger import service as ledger
from besedka.kernel.ledger.types import Limit
from besedka.kernel.mail import service as mail
from besedka.products.wallet.repository import Watchdog, WatchRepository
from besedka.products.wallet.types import PAGE, Short

log = structlog.get_logger(__name__)

SHARES = (100, 80)
"""Per cent of a limit that are told of, each once in a period."""


async def watch(runtime: Runtime) -> int:
    """Look over all workspaces that have limits, or little money left; return how many were looked at."""
    if not ledger.enabled(runtime.settings):
        return 0
    async with runtime.db.system.acquire() as conn:
        due = await Watchdog(conn).due()
    for workspace in due:
        try:
            await look_after(runtime, workspace)
        except BesedkaError as error:
            log.warning("money could not be told of", workspace=str(workspace), code=error.code)
    return len(due)


async def look_after(runtime: Runtime, workspace: WorkspaceId) -> None:
    """Write to those of one workspace whom it concerns. What is told is noted in the transaction of the letters."""
    async with runtime.db.fast.transaction(workspace) as conn:
        people = [each for each in await accounts.people(conn) if each.active]
        for limit in await ledger.list_limits(conn):
            await _tell_of_limit(runtime, conn, limit, people)
        short = await WatchRepository(conn).turn()
        if short is not None and short.is_short:
            await _tell_of_shortness(runtime, conn, short, people)


async def _tell_of_limit(
    runtime: Runtime, conn: TenantConn, limit: Limit, people: Sequence[Person]
) -> None:
    share = next((each for each in SHARES if limit.share >= each), 0)
    if not share or not await ledger.note_told(conn, limit, share):
        return
    currency = (await ledger.balance(conn)).currency or ""
    for person in people:
        is_theirs = limit.actor_id is not None and person.actor_id == limit.actor_id
        if is_theirs or (limit.actor_id is None and person.role in ADMINISTRATORS):
            words = text(
                as_locale(person.locale), f"wallet.limit_{limit.period}",
                limit=f"{ledger.decimal_text(limit.amount)} {currency}",
            )  # fmt: skip
            spent = f"{ledger.decimal_text(limit.spent + limit.held)} {currency}"
            await _write(
                runtime, conn, person, "wallet_limit", limit=words, spent=spent, over=share == SHARES[0], own=is_theirs
            )  # fmt: skip


async def _tell_of_shortness(
    runtime: Runtime, conn: TenantConn, short: Short, people: Sequence[Person]
) -> None:
    left = f"{ledger.decimal_text(short.available)} {short.currency}"
    for person in people:
        if person.role in ADMINISTRATORS:
            await _write(runtime, conn, person, "wallet_short", left=left)


async def _write(
    runtime: Runtime, conn: TenantConn, person: Person, letter: str, **params: JsonValue
) -> None:
    card = await accounts.get_workspace(conn)
    page = f"{runtime.settings.base_url}/w/{card.slug}{PAGE}"
    await mail.send(
        conn, to=person.email, letter=letter, locale=as_locale(person.locale),
        params={"workspace": card.name, "page": page, **params},
    )  # fmt: skip


async def warn_below(conn: TenantConn, amount: int | None) -> None:
    """Choose below which amount the balance counts as short; None stands for a tenth of the last payment."""
    await WatchRepository(conn).choose(amount)


async def shortness(conn: TenantConn) -> Short | None:
    """Return whether the balance is short; None before the first money."""
    return await WatchRepository(conn).find()
