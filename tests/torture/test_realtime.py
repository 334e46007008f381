"""Storms: two processes, a bus that loses, doubles and delays, sockets and processes that end at any moment."""

import pytest

from besedka.core.config import Settings
from besedka.core.runtime import Runtime
from tests.kernel.realtime.storm import storm
from tests.plugins.redis import RedisServer

pytestmark = [pytest.mark.torture, pytest.mark.redis]

STORMS, STEPS = 40, 150


@pytest.mark.parametrize("seed", range(100, 100 + STORMS))
async def test_everybody_agrees_after_a_storm(
    runtime: Runtime, settings: Settings, redis_server: RedisServer, seed: int
) -> None:
    shared = settings.model_copy(update={"redis_url": redis_server.url})
    async with storm(runtime, shared, seed=seed) as raging:
        await raging.rage(STEPS, restarts=3)
        await raging.settle()
        await raging.check()
        assert min(raging.weather.met[fate] for fate in ("lost", "doubled", "late")) > 10
