"""All the junk there is."""

import httpx
import pytest

from besedka.core.runtime import Runtime
from tests.attacks.thrower import ATTACKS, Attack, make_thrower

pytestmark = pytest.mark.torture


@pytest.mark.parametrize("attack", ATTACKS)
async def test_all_junk_never_breaks_the_server(
    runtime: Runtime, client: httpx.AsyncClient, attack: Attack
) -> None:
    thrower = await make_thrower(runtime, client, every=1)
    await attack(thrower)
    assert thrower.thrown > 400
    assert not thrower.broken, thrower.report()
