"""Keys: what the search index holds instead of lexemes.

A key is a lexeme's 64-bit number mixed with its collection's, so that one index of the database serves every
collection: what is looked up in it is found in that collection only, and the lists of a word that all
workspaces use stay as short as one workspace's. Two lexemes of a collection fall together once in 10^19 pairs.
"""

from functools import lru_cache
from hashlib import blake2b

from besedka.kernel.knowledge.types import CollectionId

_REMEMBERED = 1 << 16


@lru_cache(maxsize=_REMEMBERED)
def number_of(lexeme: str) -> int:
    """Return the signed 64-bit number that stands for a lexeme."""
    digest = blake2b(lexeme.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def salt_of(collection: CollectionId) -> int:
    """Return a collection's own number; the second half of its id is random."""
    return int.from_bytes(collection.bytes[8:], "big", signed=True)
