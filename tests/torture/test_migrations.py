"""Migrations on a million messages, under somebody who reads and writes them."""

import pytest

from besedka.core.db.embedded import Embedded
from tests.migrations.rows import up_down_up
from tests.migrations.test_schema import fresh
from tests.torture.conftest import Report

pytestmark = pytest.mark.torture

MESSAGES = 1_000_000
MOST_SECONDS = 1.0


async def test_million_messages_go_up_down_and_up_and_nobody_waits_long(
    postgres: Embedded, worker_id: str, report: Report
) -> None:
    dsn = await fresh(postgres, f"besedka_million_{worker_id}")
    said, longest = await up_down_up(dsn, MESSAGES)
    report(said)
    assert longest <= MOST_SECONDS, said
