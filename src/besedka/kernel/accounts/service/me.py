"""What a person is told of themselves, and what they may change of it."""

from pydantic_core import to_json

from besedka.core.db.connection import SystemConn
from besedka.core.i18n import Locale
from besedka.core.ids import UserId
from besedka.kernel.accounts.repository.people import SystemMemberships, UserRepository
from besedka.kernel.accounts.service.names import tidy
from besedka.kernel.accounts.types import Identity


def me(identity: Identity) -> bytes:
    """Return the JSON of `schemas.Me`, built once."""
    return to_json(
        {
            "id": identity.user_id,
            "email": identity.email,
            "name": identity.name,
            "locale": identity.locale,
            "email_confirmed": identity.email_confirmed,
            "is_host": identity.is_host,
            "actor": identity.actor_id,
            "role": identity.role,
            "permissions": sorted(identity.permissions),
            "workspace": {
                "id": identity.workspace_id,
                "slug": identity.workspace_slug,
                "name": identity.workspace_name,
                "kind": identity.workspace_kind,
            },
        }
    )


async def update_me(
    conn: SystemConn, user_id: UserId, *, name: str | None = None, locale: Locale | None = None
) -> None:
    """Change one's name, in every workspace, or one's language."""
    name = tidy(name or "") or None
    await UserRepository(conn).update(user_id, name=name, locale=locale)
    if name is not None:
        await SystemMemberships(conn).rename(user_id, name)
