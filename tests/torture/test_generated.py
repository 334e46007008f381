"""Much of what can be made from the OpenAPI document, sent by everybody."""

import httpx
import pytest

from besedka.core.runtime import Runtime
from tests.attacks.company import furnish
from tests.attacks.generated import gather_crowd
from tests.torture.conftest import Report

pytestmark = pytest.mark.torture

EXAMPLES = 20


async def test_every_operation_keeps_to_the_document_whoever_asks(
    runtime: Runtime, client: httpx.AsyncClient, report: Report
) -> None:
    crowd = await gather_crowd(runtime, client, await furnish(runtime, client))
    await crowd.try_all(positive=EXAMPLES, negative=EXAMPLES)
    report(f"{crowd.sent} requests")
    assert not crowd.broken, "\n".join(crowd.broken)
