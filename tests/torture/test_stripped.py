"""The whole tenant matrix with the code's filters off."""

import pytest

from tests.attacks.rights import PUBLIC, VISITORS
from tests.attacks.stripped import strip_all
from tests.attacks.test_tenants import Siege, guarded, look_for_foreign, siege
from tests.torture.conftest import Report

__all__ = ["siege"]

pytestmark = pytest.mark.torture


async def test_row_security_alone_tells_and_changes_nothing(
    siege: Siege, monkeypatch: pytest.MonkeyPatch, report: Report
) -> None:
    stripped = strip_all(monkeypatch)
    await look_for_foreign(siege, guarded(PUBLIC, VISITORS))
    report(f"{siege.requests} requests, {len(stripped)} statements without their filter")
    assert not siege.breaches, siege.report()
    assert len(stripped) > 100
