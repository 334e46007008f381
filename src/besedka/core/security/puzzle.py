"""Proof of work: a second of computing that a person does not feel and a flood does.

SHA-256 of `challenge:solution` has to begin with so many zero bits. A challenge is signed for what it is about and
for its moment, so nothing solved for one is good for another.
"""

import base64
import hashlib
import hmac

from besedka.core.security.secretbox import SecretBox

LEAST_BITS, MOST_BITS = 14, 20
SECONDS = 300
"""How long a challenge may be solved."""
LONGEST_SOLUTION = 20


def bits_for(begun: int, *, calm: int) -> int:
    """Return how hard the puzzle is when so many were begun in a minute; 0 for no puzzle.

    Each doubling of the flood doubles the work twice.
    """
    if begun <= calm:
        return 0
    return min(MOST_BITS, LEAST_BITS + 2 * ((begun // calm).bit_length() - 1))


def challenge(secrets: SecretBox, purpose: str, *, about: str, bits: int, at: int) -> str:
    """Return a challenge about something, of a moment in seconds."""
    signed = f"{about}.{bits}.{at}"
    code = base64.urlsafe_b64encode(secrets.sign(purpose, signed.encode())[:18]).decode()
    return f"{bits}.{at}.{code}"


def is_answered(
    secrets: SecretBox, purpose: str, *, about: str, challenged: str, solution: str, at: float
) -> bool:  # fmt: skip
    """Whether a challenge is ours, about this, of the last minutes, and solved."""
    parts = challenged.split(".")
    if len(parts) != 3 or not all(each.isascii() and each.isdigit() for each in parts[:2]):
        return False
    bits, made = int(parts[0][:3]), int(parts[1][:12])
    own = challenge(secrets, purpose, about=about, bits=bits, at=made)
    late = not 0 <= at - made + 1 <= SECONDS
    if late or not hmac.compare_digest(own.encode(), challenged.encode()):
        return False
    return is_solved(challenged, solution, bits=bits)


def is_solved(challenged: str, solution: str, *, bits: int) -> bool:
    """Whether SHA-256 of `challenge:solution` begins with so many zero bits."""
    digest = hashlib.sha256(f"{challenged}:{solution[:LONGEST_SOLUTION]}".encode()).digest()
    return int.from_bytes(digest) >> (256 - bits) == 0
