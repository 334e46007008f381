"""Access tokens: JWT with one fixed algorithm. A token names a session; the session row decides, on every request."""

import math
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

import jwt

from besedka.core.clock import now
from besedka.core.errors import Unauthenticated
from besedka.core.ids import SessionId, UserId, WorkspaceId
from besedka.kernel.accounts.errors import TokenExpired

ALGORITHM = "HS256"
LIFETIME_SECONDS = 15 * 60
REMEMBERED = 8192
_CLAIMS = ["sid", "uid", "ws", "exp"]


@dataclass(frozen=True, slots=True)
class Claims:
    """What an access token says: `workspace_id` is a hint, `expires` is Unix time."""

    session_id: SessionId
    user_id: UserId
    workspace_id: WorkspaceId
    expires: float


class AccessTokens:
    """Signs and reads access tokens.

    The signature check, and nothing else, is remembered under the whole token; failures are not remembered, so
    nobody can push good tokens out with bad ones.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._verified = lru_cache(maxsize=REMEMBERED)(self._verify)

    def issue(
        self, session_id: SessionId, user_id: UserId, *, workspace_id: WorkspaceId,
        lifetime: float = LIFETIME_SECONDS,
    ) -> str:  # fmt: skip
        """Return a token that is good for `lifetime` seconds."""
        issued = now().timestamp()
        claims = {
            "sid": session_id.hex,
            "uid": user_id.hex,
            "ws": workspace_id.hex,
            "iat": int(issued),
            "exp": math.ceil(issued + lifetime),
        }
        return jwt.encode(claims, self._key, ALGORITHM)

    def read(self, token: str) -> Claims:
        """Return what a token says. Raises Unauthenticated, TokenExpired."""
        claims = self._verified(token)
        if claims.expires <= now().timestamp():
            raise TokenExpired
        return claims

    def _verify(self, token: str) -> Claims:
        try:
            found = jwt.decode(
                token,
                self._key,
                algorithms=[ALGORITHM],
                options={"verify_exp": False, "verify_iat": False, "require": _CLAIMS},
            )
            return Claims(
                SessionId(UUID(hex=found["sid"])),
                UserId(UUID(hex=found["uid"])),
                WorkspaceId(UUID(hex=found["ws"])),
                float(found["exp"]),
            )
        except (jwt.InvalidTokenError, ValueError, TypeError, AttributeError) as error:
            raise Unauthenticated from error
