"""Password hashes: argon2id, at most two at a time in threads; bcrypt of imported users is verified and replaced."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

import bcrypt
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from besedka.kernel.accounts.errors import PasswordTooLong, PasswordTooShort

MEMORY_KIB = 19 * 1024
ROUNDS = 2
LANES = 1
AT_ONCE = 2
MAX_BYTES = 1024
BCRYPT_BYTES = 72
_BCRYPT_MARKS = ("$2a$", "$2b$", "$2x$", "$2y$")

T = TypeVar("T")


class Passwords:
    """Makes and checks password hashes without blocking the loop.

    The parameters are OWASP's for argon2id (19 MiB, 2 rounds, 1 lane). The semaphore bounds memory and keeps a flood
    of log-ins from taking every core.
    """

    def __init__(self) -> None:
        self._argon = PasswordHasher(ROUNDS, MEMORY_KIB, LANES)
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._decoy: str | None = None

    async def hash(self, password: str) -> str:
        """Return the argon2id hash of a password."""
        return await self._apart(lambda: self._argon.hash(password))

    async def matches(self, stored: str | None, password: str) -> bool:
        """Whether a password fits a stored hash. Without a hash it takes the same time and says no."""
        if stored is None or len(password.encode()) > MAX_BYTES:
            await self._pretend(password)
            return False
        return await self._apart(lambda: self._fits(stored, password))

    def outdated(self, stored: str) -> bool:
        """Whether a hash should be replaced by a stronger one, now that the password is at hand."""
        return stored.startswith(_BCRYPT_MARKS) or self._argon.check_needs_rehash(stored)

    async def _pretend(self, password: str) -> None:
        if self._decoy is None:
            self._decoy = await self.hash("decoy")
        decoy = self._decoy
        await self._apart(lambda: self._fits(decoy, password[:MAX_BYTES]))

    def _fits(self, stored: str, password: str) -> bool:
        try:
            if stored.startswith(_BCRYPT_MARKS):
                return bcrypt.checkpw(password.encode()[:BCRYPT_BYTES], stored.encode())
            return self._argon.verify(stored, password)
        except (VerificationError, InvalidHashError, ValueError):
            return False

    async def _apart(self, work: Callable[[], T]) -> T:
        async with self._gate:
            return await asyncio.to_thread(work)


def check_strength(password: str, minimum: int) -> None:
    """Refuse passwords that are too short (characters) or too long (bytes)."""
    if len(password) < minimum:
        raise PasswordTooShort(field="password", minimum=minimum)
    if len(password.encode()) > MAX_BYTES:
        raise PasswordTooLong(field="password", maximum=MAX_BYTES)
