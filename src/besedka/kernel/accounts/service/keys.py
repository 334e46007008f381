"""API keys: made by a person for a program, with rights within the person's, in one workspace.

A key is `bsd_` and 72 letters: 38 random bytes, of which the first six are shown, then the workspace's id. So the
statement that verifies a key runs behind the wall of its workspace, and the shown part leaves 256 bits to guess.
"""

import base64
import binascii
import secrets
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from besedka.core.clock import now
from besedka.core.db.connection import TenantConn
from besedka.core.ids import ActorId, WorkspaceId, token_hash
from besedka.kernel.accounts.errors import (
    ExpiryPast,
    KeyNotFound,
    KeyRefused,
    NotByKey,
    ScopeRefused,
    TooManyKeys,
)
from besedka.kernel.accounts.repository.keys import KeyRepository
from besedka.kernel.accounts.service import letters
from besedka.kernel.accounts.types import ApiKey, Identity, KeyId, NewKey

MARK: Final = "bsd_"
MOST_KEYS: Final = 50
SECRET_BYTES: Final = 38
SHOWN: Final = len(MARK) + 8
_ID_BYTES: Final = 16
_LETTERS: Final = (SECRET_BYTES + _ID_BYTES) * 4 // 3


@dataclass(frozen=True, slots=True)
class MadeKey:
    """A new key; `token` is shown to its maker this once."""

    key: ApiKey
    token: str


def new_key(workspace: WorkspaceId) -> str:
    """Return a random key of a workspace."""
    code = base64.urlsafe_b64encode(secrets.token_bytes(SECRET_BYTES) + workspace.bytes)
    return MARK + code.decode()


def workspace_of(token: str) -> WorkspaceId:
    """Return the workspace that a key says it is of. Raises KeyRefused for what cannot be a key."""
    code = token.removeprefix(MARK)
    try:
        if len(code) != _LETTERS:
            raise KeyRefused
        found = base64.b64decode(code, altchars=b"-_", validate=True)
        return WorkspaceId(UUID(bytes=found[SECRET_BYTES:]))
    except (binascii.Error, ValueError) as error:
        raise KeyRefused from error


async def make_key(conn: TenantConn, identity: Identity, key: NewKey) -> MadeKey:
    """Make a key of the connection's workspace. Raises NotByKey, ScopeRefused, ExpiryPast, TooManyKeys."""
    if identity.key_id is not None:
        raise NotByKey
    beyond = sorted(set(key.scopes) - identity.permissions)
    if beyond:
        raise ScopeRefused(field="scopes", scope=beyond[0])
    if key.expires_at is not None and key.expires_at <= now():
        raise ExpiryPast(field="expires_at")
    keys = KeyRepository(conn)
    await keys.lock_maker(identity.actor_id)
    if len(await keys.list_keys(identity.actor_id)) >= MOST_KEYS:
        raise TooManyKeys(limit=MOST_KEYS)
    token = new_key(conn.workspace)
    key_id = await keys.add(
        identity.actor_id, key, prefix=token[:SHOWN], key_hash=token_hash(token)
    )
    made = await _get(conn, key_id)
    await _record(conn, identity, "accounts.key_created", made)
    return MadeKey(made, token)


async def list_keys(conn: TenantConn, identity: Identity) -> list[ApiKey]:
    """Return one's keys in the workspace; all of them for those who manage it."""
    return await KeyRepository(conn).list_keys(_reach(identity))


async def revoke_key(conn: TenantConn, identity: Identity, key_id: KeyId) -> None:
    """End a key of one's own, or any of a workspace that one manages. Raises KeyNotFound."""
    key = await _get(conn, key_id, _reach(identity))
    if not await KeyRepository(conn).delete(key_id):
        raise KeyNotFound
    await _record(conn, identity, "accounts.key_revoked", key)


async def _get(conn: TenantConn, key_id: KeyId, maker: ActorId | None = None) -> ApiKey:
    found = await KeyRepository(conn).find(key_id, maker)
    if found is None:
        raise KeyNotFound
    return found


def _reach(identity: Identity) -> ActorId | None:
    """Return whose keys a person may see: their own, or None for everybody's."""
    return None if identity.may("workspace.manage") else identity.actor_id


async def _record(conn: TenantConn, identity: Identity, action: str, key: ApiKey) -> None:
    await letters.record_own(
        conn, identity, action, name=key.name, prefix=key.prefix, maker=key.maker,
        scopes=", ".join(key.scopes),
    )  # fmt: skip
