"""What a process remembers of a collection's words: their keys, and which lexemes the database has already."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from besedka.core.db.connection import Conn
from besedka.kernel.knowledge.service import lexicon
from besedka.kernel.knowledge.service.keys import salt_of
from besedka.kernel.knowledge.service.lexicon import STOP
from besedka.kernel.knowledge.types import CollectionId

REMEMBERED = 150_000


@dataclass(slots=True)
class Vocabulary:
    """The words of a collection that this process has met."""

    salt: int
    keys: dict[str, int] = field(default_factory=dict)
    """Folded word → the key of its lexeme, `stop` for words that say nothing."""
    version: int = -1
    stored: set[int] = field(default_factory=set)
    """Keys of the lexemes that the table `word` has, as long as `version` is the collection's."""

    @property
    def stop(self) -> int:
        """What stands in the place of a key for words that say nothing."""
        return STOP[1] ^ self.salt

    async def learn(self, conn: Conn, words: set[str]) -> None:
        """Make sure that `keys` has these words."""
        unknown = words.difference(self.keys)
        if unknown:
            lexemes = await lexicon.learn(conn, unknown)
            self.keys.update((word, number ^ self.salt) for word, (_, number) in lexemes.items())

    def missing(self, version: int, words: Iterable[str]) -> dict[str, int]:
        """Return words, with their keys, whose lexemes may not be stored in this version of the vocabulary."""
        if self.version != version:
            self.version, self.stored = version, {self.stop}
        keys, stored = self.keys, self.stored
        return {word: keys[word] for word in words if keys[word] not in stored}

    def remember(self, version: int, keys: Iterable[int]) -> None:
        """Note that lexemes are stored. Call after the commit."""
        if self.version == version:
            self.stored.update(keys)


_known: dict[CollectionId, Vocabulary] = {}
"""Least recently used first."""


def vocabulary_of(collection: CollectionId) -> Vocabulary:
    """Return what is remembered of a collection."""
    found = _known.pop(collection, None) or Vocabulary(salt_of(collection))
    _known[collection] = found
    while sum(len(each.keys) for each in _known.values()) > REMEMBERED:
        del _known[next(iter(_known))]
    return found
