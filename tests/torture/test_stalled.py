"""A hundred clients that stop reading beside a hundred that read."""

import pytest
from fastapi import FastAPI

from besedka.core.runtime import Runtime
from tests.kernel.realtime.test_stalled import assert_bounded, stall
from tests.torture.conftest import Report

pytestmark = pytest.mark.torture


async def test_hundred_stalled_are_let_go_and_hundred_live_notice_nothing(
    app: FastAPI, runtime: Runtime, monkeypatch: pytest.MonkeyPatch, report: Report
) -> None:
    monkeypatch.setattr("besedka.kernel.realtime.service.sockets.STALL_SECONDS", 3.0)
    depths = await stall(app, runtime, stalled=100, live=100, latest=10.0)
    report(f"at most {depths.frames} frames in a queue, {depths.characters} characters in all")
    assert_bounded(depths)
