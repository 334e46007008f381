"""Whatever happens to sockets, processes and the bus between them, everybody comes to know what they may. Long: tests/torture."""

import pytest

from besedka.core.config import Settings
from besedka.core.runtime import Runtime
from tests.kernel.realtime.storm import storm
from tests.plugins.redis import RedisServer

pytestmark = pytest.mark.redis

STEPS = 40


async def test_everybody_agrees_after_a_storm(
    runtime: Runtime, settings: Settings, redis_server: RedisServer
) -> None:
    shared = settings.model_copy(update={"redis_url": redis_server.url})
    async with storm(runtime, shared, seed=1) as raging:
        await raging.rage(STEPS, restarts=1)
        await raging.settle()
        await raging.check()
        assert min(raging.weather.met[fate] for fate in ("lost", "doubled", "late")) > 0
