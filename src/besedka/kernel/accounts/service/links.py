"""One-time links: confirming an address, setting a password, becoming the host."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from pydantic import JsonValue

from besedka.core.clock import now
from besedka.core.config import Settings
from besedka.core.db.connection import Conn
from besedka.core.ids import UserId, new_token, token_hash
from besedka.kernel.accounts.errors import LinkSpent
from besedka.kernel.accounts.repository.sessions import LinkRepository
from besedka.kernel.accounts.types import OneTime

LIFETIMES: Mapping[OneTime, timedelta] = {
    OneTime.HOST: timedelta(days=1),
    OneTime.CONFIRM: timedelta(days=7),
    OneTime.RESET: timedelta(hours=2),
    OneTime.JOIN: timedelta(days=7),
    OneTime.EMAIL: timedelta(days=1),
    OneTime.EMAIL_UNDO: timedelta(days=7),
}
PATHS: Mapping[OneTime, str] = {
    OneTime.HOST: "/welcome",
    OneTime.CONFIRM: "/confirm-email",
    OneTime.RESET: "/reset-password",
    OneTime.JOIN: "/reset-password",
    OneTime.EMAIL: "/change-email",
    OneTime.EMAIL_UNDO: "/undo-email",
}


@dataclass(frozen=True, slots=True)
class Link:
    """What a one-time link stands for."""

    user_id: UserId | None
    data: Mapping[str, JsonValue]


async def one_time_link(
    conn: Conn, settings: Settings, *, kind: OneTime, user_id: UserId | None = None,
    data: Mapping[str, JsonValue] | None = None,
) -> str:  # fmt: skip
    """Make a link and return its address; the earlier ones of its kind and user stop working.

    Not so the links that take a change of address back: a thief would change it twice.
    """
    token = new_token()
    links = LinkRepository(conn)
    if kind is not OneTime.EMAIL_UNDO:
        await links.withdraw(kind, user_id)
    await links.add(
        token_hash(token), kind=kind, user_id=user_id, data=data or {}, expires_at=now() + LIFETIMES[kind]
    )  # fmt: skip
    return f"{settings.base_url}{PATHS[kind]}?{urlencode({'token': token})}"


async def find_link(conn: Conn, token: str, *kinds: OneTime) -> Link | None:
    """Return what a link stands for while it works, without using it up."""
    for kind in kinds:
        row = await LinkRepository(conn).find(token_hash(token), kind)
        if row is not None:
            return Link(row["user_id"], row["data"])
    return None


async def spend_link(conn: Conn, token: str, *kinds: OneTime) -> Link:
    """Use a link up. Raises LinkSpent."""
    for kind in kinds:
        row = await LinkRepository(conn).spend(token_hash(token), kind)
        if row is not None:
            return Link(row["user_id"], row["data"])
    raise LinkSpent
