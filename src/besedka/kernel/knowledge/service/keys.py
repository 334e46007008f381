"""Keys: what the indexes hold instead of words.

A key is a word's 64-bit number mixed with its collection's, so that one index of the database serves every
collection: what is looked up in it is found in that collection only, and the lists of a word that all
workspaces use stay as short as one workspace's. Two words of a collection fall together once in 10^19 pairs.
"""

from functools import lru_cache
from hashlib import blake2b

from besedka.kernel.knowledge.service.words import grams
from besedka.kernel.knowledge.types import CollectionId

_REMEMBERED = 1 << 16


@lru_cache(maxsize=_REMEMBERED)
def number_of(word: str) -> int:
    """Return the signed 64-bit number that stands for a lexeme or a gram."""
    digest = blake2b(word.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def salt_of(collection: CollectionId) -> int:
    """Return a collection's own number; the second half of its id is random."""
    return int.from_bytes(collection.bytes[8:], "big", signed=True)


def gram_keys(word: str, salt: int) -> list[int]:
    """Return the keys of a word's grams in a collection."""
    return [number_of(gram) ^ salt for gram in grams(word)]
