"""A balance for one, and fifty who want it, again and again."""

import pytest

from besedka.core.runtime import Runtime
from besedka.kernel.ledger import service
from tests.kernel.ledger.purse import race_for_one

pytestmark = pytest.mark.torture

ROUNDS, SPENDERS = 100, 50


async def test_one_of_fifty_wins_every_time(runtime: Runtime) -> None:
    assert [await race_for_one(runtime, spenders=SPENDERS) for _ in range(ROUNDS)] == [1] * ROUNDS
    assert await service.check(runtime) == 0
