"""The candidate's own link: it opens their application without an account, for as long as there is one.

What letters carry is signed and not stored, so that every letter can carry it.
"""

import base64
import hmac
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from besedka.core.ids import WorkspaceId
from besedka.core.runtime import Runtime
from besedka.products.hiring.errors import PassRefused, ResponseNotFound
from besedka.products.hiring.service.responses import find_workspace

PATH: Final = "/applications/{response_id}"
_PURPOSE: Final = "hiring-application"
_SIGNATURE: Final = 24


def key_of(runtime: Runtime, response_id: UUID) -> str:
    """Return the key of an application's link."""
    signature = runtime.secrets.sign(_PURPOSE, response_id.bytes)[:_SIGNATURE]
    return base64.urlsafe_b64encode(signature).decode()


def link_of(runtime: Runtime, response_id: UUID) -> str:
    """Return the address by which a candidate comes back to an application."""
    path = PATH.format(response_id=response_id)
    return f"{runtime.settings.base_url}{path}?{urlencode({'key': key_of(runtime, response_id)})}"


async def check_key(runtime: Runtime, response_id: UUID, key: str) -> WorkspaceId:
    """Return in which company an application is, to whoever has its link. Raises PassRefused."""
    if not hmac.compare_digest(key_of(runtime, response_id).encode(), key.encode()):
        raise PassRefused
    try:
        return await find_workspace(runtime, response_id)
    except ResponseNotFound as error:
        raise PassRefused from error
