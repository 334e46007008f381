"""What is made from the OpenAPI document, sent by everybody: no 5xx, nothing undeclared, no operation without its guard."""

import httpx

from besedka.core.runtime import Runtime
from tests.attacks.company import furnish
from tests.attacks.generated import gather_crowd

TAKES_TURNS = 8
"""Of those who have credentials, every how many-th sends a request."""


async def test_every_operation_keeps_to_the_document(
    runtime: Runtime, client: httpx.AsyncClient
) -> None:
    crowd = await gather_crowd(runtime, client, await furnish(runtime, client))
    await crowd.try_all(positive=1, negative=0, every=TAKES_TURNS)
    assert crowd.sent > 200
    assert not crowd.broken, "\n".join(crowd.broken)
