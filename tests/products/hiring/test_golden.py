"""Whole interviews, word for word: what is asked, and what comes of it. Each file in `golden` is one."""

import tomllib
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from besedka.core.runtime import Runtime
from tests.factories import make_workspace
from tests.products.hiring.talk import IVAN, VACANCY, apply, go_through

GOLDEN = {
    path.stem: tomllib.loads(path.read_text(encoding="utf-8"))
    for path in sorted((Path(__file__).parent / "golden").glob("*.toml"))
}


def vacancy_of(told: dict[str, Any]) -> dict[str, Any]:
    """Return the vacancy that a transcript is about."""
    offer = {**VACANCY, "language": told["language"], "location": told["location"]}
    return offer | {
        key: told[name]
        for name, key in (("question", "questions"), ("rubric", "rubric"))
        if name in told
    }


@pytest.mark.parametrize("told", GOLDEN.values(), ids=GOLDEN.keys())
async def test_interview_goes_as_it_is_written_down(
    app: FastAPI, client: httpx.AsyncClient, runtime: Runtime, told: dict[str, Any]
) -> None:
    firm = await make_workspace(runtime)
    person = {**IVAN, "resume_text": told.get("resume", "")}
    who = await apply(client, firm.headers, vacancy_of(told), person)
    frames = await go_through(app, who.response, [each["says"] for each in told["turn"]])
    for frame, turn in zip(frames, told["turn"], strict=False):
        assert all(words in frame["message"] for words in turn["hears"]), frame
    assert frames[-1] == {"type": "chat_ended", "approved": told.get("approved")}
    assert len(frames) == len(told["turn"]) + 1
    found = (await client.get(f"/responses/{who.response}/details", headers=firm.headers)).json()
    assert found["status"] == "review"
    assert found["relevance_score"] == pytest.approx(told.get("score"), abs=1e-4)
    outcome = found["outcome"]
    if "points" in told:
        assert {each["key"]: each["points"] for each in outcome["criteria"]} == told["points"]
    if "reasons" in told:
        assert [each["code"] for each in outcome["reasons"]] == told["reasons"]
