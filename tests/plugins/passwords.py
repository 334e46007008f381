"""Hashing that costs next to nothing: it is slow on purpose, and only the tests of passwords are about that."""

from collections.abc import Iterator
from typing import NamedTuple

import pytest

from besedka.kernel.accounts.service import passwords


class Cost(NamedTuple):
    """Of one hash."""

    rounds: int
    memory: int


CHEAP = Cost(1, 8)


@pytest.fixture(scope="session", autouse=True)
def real_cost() -> Iterator[Cost]:
    """Make hashes cheap, and tell what they cost outside of tests."""
    found = Cost(passwords.ROUNDS, passwords.MEMORY_KIB)
    with pytest.MonkeyPatch.context() as patch:
        set_cost(patch, CHEAP)
        yield found


def set_cost(patch: pytest.MonkeyPatch, cost: Cost) -> None:
    """Have the applications that start from now on hash at this cost."""
    patch.setattr(passwords, "ROUNDS", cost.rounds)
    patch.setattr(passwords, "MEMORY_KIB", cost.memory)
