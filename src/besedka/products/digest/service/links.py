"""Links by which a member stops the letters without logging in: signed, and good for as long as they are a member."""

import base64
import binascii
import hmac
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from besedka.core.ids import ActorId, WorkspaceId
from besedka.core.runtime import Runtime
from besedka.core.security.secretbox import SecretBox
from besedka.products.digest.errors import BadUnsubscribeLink

PATH: Final = "/unsubscribe"
_PURPOSE: Final = "digest-unsubscribe"
_ID: Final = 16
_SIGNATURE: Final = 20


def link_of(runtime: Runtime, workspace: WorkspaceId, actor: ActorId) -> str:
    """Return the address by which a member unsubscribes."""
    ids = workspace.bytes + actor.bytes
    token = base64.urlsafe_b64encode(ids + _sign(runtime.secrets, ids)).rstrip(b"=").decode()
    return f"{runtime.settings.base_url}{PATH}?{urlencode({'token': token})}"


def read_link(secrets: SecretBox, token: str) -> tuple[WorkspaceId, ActorId]:
    """Return whose link a token is of. Raises BadUnsubscribeLink."""
    try:
        found = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadUnsubscribeLink from error
    ids, signature = found[: 2 * _ID], found[2 * _ID :]
    if len(ids) != 2 * _ID or not hmac.compare_digest(signature, _sign(secrets, ids)):
        raise BadUnsubscribeLink
    return WorkspaceId(UUID(bytes=ids[:_ID])), ActorId(UUID(bytes=ids[_ID:]))


def _sign(secrets: SecretBox, ids: bytes) -> bytes:
    return secrets.sign(_PURPOSE, ids)[:_SIGNATURE]
