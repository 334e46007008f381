"""Stored secrets: AES-256-GCM, bound to the workspace, table, row and field they belong to."""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_ID_BYTES = 4
NONCE_BYTES = 12


class SecretUnreadable(Exception):
    """The stored secret was sealed with another key, or for another place."""


class SecretBox:
    """Seals and opens secrets with keys derived from the master key.

    A sealed value is `key id (4) ‖ nonce (12) ‖ ciphertext ‖ tag (16)`. The place, such as
    `workspace/llm_provider/row/api_key`, is authenticated with it, so that a value copied to another row stays shut.
    During a rotation `previous` opens what it sealed; nothing new is sealed with it.
    """

    def __init__(self, master_key: bytes, previous: bytes | None = None) -> None:
        self._master = master_key
        self._cipher = AESGCM(self.derive("secret-box"))
        self._key_id = self.derive("key-id")[:KEY_ID_BYTES]
        self._former = None if previous is None else SecretBox(previous)

    @property
    def key_id(self) -> str:
        """What names the master key, without telling anything of it."""
        return self._key_id.hex()

    def derive(self, purpose: str) -> bytes:
        """Return 32 bytes for one purpose (HKDF-SHA256)."""
        kdf = HKDF(
            algorithm=hashes.SHA256(), length=32, salt=None, info=f"besedka/{purpose}".encode()
        )
        return kdf.derive(self._master)

    def sign(self, purpose: str, message: bytes) -> bytes:
        """Return the HMAC-SHA256 of a message under the purpose's key."""
        code = hmac.HMAC(self.derive(purpose), hashes.SHA256())
        code.update(message)
        return code.finalize()

    def seal(self, secret: str, place: str) -> bytes:
        """Encrypt a secret for one place."""
        nonce = os.urandom(NONCE_BYTES)
        return self._key_id + nonce + self._cipher.encrypt(nonce, secret.encode(), place.encode())

    def open(self, sealed: bytes, place: str) -> str:
        """Decrypt a secret of one place. Raises SecretUnreadable."""
        nonce = sealed[KEY_ID_BYTES : KEY_ID_BYTES + NONCE_BYTES]
        if sealed[:KEY_ID_BYTES] != self._key_id:
            if self._former is not None:
                return self._former.open(sealed, place)
            raise SecretUnreadable("sealed with another key")
        try:
            return self._cipher.decrypt(
                nonce, sealed[KEY_ID_BYTES + NONCE_BYTES :], place.encode()
            ).decode()
        except (InvalidTag, ValueError) as error:
            raise SecretUnreadable("sealed for another place, or damaged") from error
