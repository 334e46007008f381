"""What an answer takes: no look that waits for the next one, few statements."""

import pytest

from besedka.products.chat.service import following
from tests.fakes.llm import Say
from tests.plugins.queries import recorded
from tests.products.chat.scenes import Scene

STATEMENTS = 17


async def test_reader_finds_the_answer_that_this_process_makes_at_once(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "POLL_SECONDS", 3600.0)
    scene.model.then(Say("Here it is.", first_pause=0.05))
    answer = await scene.send("POST", "/message/stream", {"content": "Hello"})
    assert "event: done" in answer.text


async def test_answer_takes_few_statements(scene: Scene) -> None:
    for _ in range(2):
        await scene.ask("Hello")
    async with recorded(scene.runtime.db.fast) as seen:
        answer = await scene.send("POST", "/message/stream", {"content": "Hello again"})
    assert "event: done" in answer.text
    assert len(seen) <= STATEMENTS, seen
