"""The second step of logging in: secrets, recovery codes, challenges."""

from collections.abc import Collection
from datetime import datetime

from besedka.core.db.connection import Conn, Row
from besedka.core.ids import UserId
from besedka.kernel.accounts.types import SessionKind


class SecondFactorRepository:
    """The authenticator and the recovery codes of one user."""

    def __init__(self, conn: Conn, user_id: UserId) -> None:
        self._conn, self._user_id = conn, user_id

    async def begin(self, secret: bytes) -> bool:
        """Keep a secret that has yet to be confirmed; False where one is in force."""
        kept = await self._conn.fetchval(
            "INSERT INTO second_factor (user_id, secret) SELECT id, $2 FROM app_user"
            " WHERE id = $1 AND second_factor_at IS NULL"
            " ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret, last_step = 0 RETURNING true",
            self._user_id, secret,
        )  # fmt: skip
        return bool(kept)

    async def find(self) -> Row | None:
        """Return the sealed secret, since when it is in force, and how many recovery codes are left."""
        return await self._conn.fetchrow(
            "SELECT f.secret, u.second_factor_at,"
            " (SELECT count(*) FROM recovery_code c WHERE c.user_id = u.id) AS codes"
            " FROM app_user u LEFT JOIN second_factor f ON f.user_id = u.id WHERE u.id = $1",
            self._user_id,
        )

    async def advance(self, step: int) -> bool:
        """Use the code of a half minute up; of many at once exactly one succeeds."""
        used = await self._conn.fetchval(
            "UPDATE second_factor SET last_step = $2 WHERE user_id = $1 AND last_step < $2 RETURNING true",
            self._user_id, step,
        )  # fmt: skip
        return bool(used)

    async def turn_on(self) -> bool:
        """Put the secret into force; False where one is already."""
        turned = await self._conn.fetchval(
            "UPDATE app_user SET second_factor_at = now() WHERE id = $1 AND second_factor_at IS NULL RETURNING true",
            self._user_id,
        )
        return bool(turned)

    async def turn_off(self) -> None:
        """Forget the secret, the codes, and the log-ins that wait for one."""
        await self._conn.execute(
            "UPDATE app_user SET second_factor_at = NULL WHERE id = $1", self._user_id
        )
        for table in ("second_factor", "recovery_code", "login_challenge"):
            await self._conn.execute(f"DELETE FROM {table} WHERE user_id = $1", self._user_id)

    async def replace_codes(self, hashes: Collection[bytes]) -> None:
        """Put new recovery codes in the place of the old ones."""
        await self._conn.execute("DELETE FROM recovery_code WHERE user_id = $1", self._user_id)
        await self._conn.execute(
            "INSERT INTO recovery_code (user_id, hash) SELECT $1, unnest($2::bytea[])",
            self._user_id, list(hashes),
        )  # fmt: skip

    async def spend_code(self, code_hash: bytes) -> bool:
        """Use a recovery code up; of many at once exactly one succeeds."""
        spent = await self._conn.fetchval(
            "DELETE FROM recovery_code WHERE user_id = $1 AND hash = $2 RETURNING true",
            self._user_id, code_hash,
        )  # fmt: skip
        return bool(spent)


class ChallengeRepository:
    """Log-ins that wait for their second step, by hash."""

    def __init__(self, conn: Conn) -> None:
        self._conn = conn

    async def add(
        self, challenge_hash: bytes, user_id: UserId, *, kind: SessionKind, expires_at: datetime
    ) -> None:
        """Insert a challenge."""
        await self._conn.execute(
            "INSERT INTO login_challenge (hash, user_id, kind, expires_at) VALUES ($1, $2, $3, $4)",
            challenge_hash, user_id, kind, expires_at,
        )  # fmt: skip

    async def take_try(self, challenge_hash: bytes, *, most: int) -> Row | None:
        """Count a try and return whose it is; None when it is over, or was tried `most` times."""
        return await self._conn.fetchrow(
            "UPDATE login_challenge c SET tries = tries + 1 FROM app_user u"
            " WHERE c.hash = $1 AND c.tries < $2 AND c.expires_at > now() AND u.id = c.user_id"
            " AND u.disabled_at IS NULL AND u.second_factor_at IS NOT NULL"
            " RETURNING c.user_id, c.kind, u.email",
            challenge_hash, most,
        )  # fmt: skip

    async def spend(self, challenge_hash: bytes) -> bool:
        """End a challenge; of many at once exactly one succeeds."""
        spent = await self._conn.fetchval(
            "DELETE FROM login_challenge WHERE hash = $1 AND expires_at > now() RETURNING true",
            challenge_hash,
        )
        return bool(spent)

    async def withdraw(self, user_id: UserId) -> None:
        """End every challenge of a user."""
        await self._conn.execute("DELETE FROM login_challenge WHERE user_id = $1", user_id)

    async def sweep(self) -> None:
        """Delete what is over."""
        await self._conn.execute("DELETE FROM login_challenge WHERE expires_at < now()")
