"""Who a visitor is, said by the site: a short-lived token that it signs with the widget's secret.

What a visitor wrote without a name becomes the history of the person whom the site names only when that person is new
here and nobody vouches for the visitor yet; otherwise the two stay apart (docs/adr/0028).
"""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Final

import jwt

from besedka.core.clock import now
from besedka.core.db.connection import TenantConn
from besedka.core.i18n import text
from besedka.core.ids import ActorId, new_id, new_token, token_hash
from besedka.core.runtime import Runtime
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.errors import IdentityTaken
from besedka.kernel.conversations.types import ContactChange, ContactIdentity
from besedka.products.widget.errors import (
    IdentityExpired,
    IdentityForged,
    IdentityOff,
)
from besedka.products.widget.repository.visits import VisitorRepository
from besedka.products.widget.service.settings import secret_place
from besedka.products.widget.service.visits import LEEWAY
from besedka.products.widget.types import Claims, Known, Place

CHANNEL = "signed"
ALGORITHM: Final = "HS256"
LONGEST_TOKEN = 4000
LONGEST_SUBJECT = 200
LONGEST_FIELD = 200
LONGEST_LIFE = timedelta(hours=1)
TRIES = 2


def read_token(runtime: Runtime, place: Place, token: str) -> Claims:
    """Return what a site says of its visitor. Raises IdentityOff, IdentityForged, IdentityExpired."""
    if place.identity_secret is None:
        raise IdentityOff
    secret = runtime.secrets.open(place.identity_secret, secret_place(place.workspace_id, place.id))
    try:
        said = jwt.decode(
            token[:LONGEST_TOKEN], secret, algorithms=[ALGORITHM], leeway=LEEWAY,
            options={"require": ["exp", "sub"], "verify_aud": False},
        )  # fmt: skip
    except jwt.ExpiredSignatureError as error:
        raise IdentityExpired from error
    except jwt.InvalidTokenError as error:
        raise IdentityForged from error
    if int(said["exp"]) > (now() + LONGEST_LIFE + LEEWAY).timestamp():
        raise IdentityExpired
    return _claims(said)


def _claims(said: dict[str, object]) -> Claims:
    subject = said["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT:
        raise IdentityForged
    once = said.get("jti")
    return Claims(
        subject=subject, until=datetime.fromtimestamp(int(str(said["exp"])), UTC) + LEEWAY, name=_field(said, "name"), email=_field(said, "email"), phone=_field(said, "phone"),
        once=once if isinstance(once, str) and once else None,
    )  # fmt: skip


def _field(said: dict[str, object], name: str) -> str | None:
    value = said.get(name)
    return value.strip()[:LONGEST_FIELD] or None if isinstance(value, str) else None


async def identify(
    runtime: Runtime, place: Place, visitor: Known, *, claims: Claims, locale: str
) -> str:
    """Let a visitor be whom the site names and return their new token; the former one is good for nothing.

    The token is good for as long as the site's own, which it may renew. Raises IdentityUsed, ContactBlocked.
    """
    for attempt in range(TRIES):
        try:
            async with runtime.db.fast.transaction(place.workspace_id) as conn:
                return await _become(runtime, conn, place, visitor, claims=claims, locale=locale)
        except IdentityTaken:
            # Somebody with the same token was first: by now the person is known.
            if attempt == TRIES - 1:
                raise
    raise IdentityTaken


async def _become(
    runtime: Runtime, conn: TenantConn, place: Place, visitor: Known, *, claims: Claims, locale: str
) -> str:  # fmt: skip
    visitors = VisitorRepository(conn)
    dialog = await visitors.lock(visitor.id)
    contact, joins = await _person(conn, place, visitor, claims=claims, locale=locale)
    if not joins:
        dialog = await visitors.newest_dialog(contact, place.id)
    change = ContactChange(
        name=claims.name, email=claims.email, phone=claims.phone, meta={"verified": True}
    )
    found = await conversations.update_contact(runtime, conn, contact, change=change)
    await conversations.check_not_blocked(conn, found.id)
    token = new_token()
    if visitor.verified and found.id == visitor.contact_id and claims.once is None:
        await visitors.extend(visitor.id, until=claims.until, token_hash=token_hash(token))
        return token
    await visitors.end(visitor.id, token_hash=token_hash(new_token()))
    await visitors.insert(
        Known(new_id(), contact, dialog, filled=True, verified=True, verified_until=claims.until), widget_id=place.id,
        token_hash=token_hash(token), once_hash=_once(place, claims),
    )  # fmt: skip
    return token


def _once(place: Place, claims: Claims) -> bytes | None:
    return hashlib.sha256(f"{place.id}:{claims.once}".encode()).digest() if claims.once else None


async def _person(
    conn: TenantConn, place: Place, visitor: Known, *, claims: Claims, locale: str
) -> tuple[ActorId, bool]:
    """Return the contact whom the site names, and whether it is the visitor's own, whose history it keeps."""
    known = ContactIdentity(CHANNEL, f"{place.id}:{claims.subject}", verified=True)
    found = await conversations.find_contact_by_identity(
        conn, channel=known.channel, external_id=known.external_id
    )
    if found is not None:
        return found.id, found.id == visitor.contact_id
    if not await VisitorRepository(conn).is_verified(visitor.contact_id):
        await conversations.add_identity(conn, visitor.contact_id, known)
        return visitor.contact_id, True
    made = await conversations.create_contact(
        conn, name=claims.name or text(locale, "widget.visitor", number=claims.subject[:20]), locale=locale,
        identity=known,
    )  # fmt: skip
    return made.id, False
