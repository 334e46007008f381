"""Spam kept out: the puzzle under a flood, and visitors who are blocked."""

from itertools import count
from uuid import UUID

import pytest

from besedka.core.ids import ActorId
from besedka.core.security import puzzle as work
from besedka.kernel.conversations import service as conversations
from besedka.products.widget.service import puzzle
from tests.products.widget.counter import Counter


def solve(challenge: str, bits: int) -> str:
    return next(n for n in map(str, count()) if work.is_solved(challenge, n, bits=bits))


@pytest.mark.parametrize(
    ("begun", "bits"), [(0, 0), (240, 0), (241, 14), (480, 16), (960, 18), (3840, 20), (99999, 20)]
)
def test_puzzle_grows_with_the_flood(begun: int, bits: int) -> None:
    assert work.bits_for(begun, calm=puzzle.CALM_PER_MINUTE) == bits


async def test_under_a_flood_a_new_dialog_costs_a_puzzle_once(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await counter.enter()
    assert (await before.say("Привет")).status_code == 201
    monkeypatch.setattr(puzzle, "CALM_PER_MINUTE", 1)
    monkeypatch.setattr(work, "LEAST_BITS", 6)
    assert (await (await counter.enter()).say("Привет")).status_code == 201
    visit = await counter.enter()
    asked = await visit.say("Привет")
    assert (asked.status_code, asked.json()["code"]) == (403, "proof_needed")
    challenge, bits = asked.json()["params"]["challenge"], asked.json()["params"]["bits"]
    solution = solve(challenge, bits)
    other = await counter.enter()
    unsolved = next(n for n in map(str, count()) if not work.is_solved(challenge, n, bits=bits))
    wrong = [
        (visit, challenge, unsolved), (other, challenge, solution), (visit, challenge.replace(str(bits), "1", 1), "1"),
        (visit, "abc", "1"),
    ]  # fmt: skip
    for who, theirs, said in wrong:
        answer = await who.post("/proof", {"challenge": theirs, "solution": said})
        assert (answer.status_code, answer.json()["code"]) == (422, "proof_wrong")
    solved = await visit.post("/proof", {"challenge": challenge, "solution": solution})
    assert solved.status_code == 204, solved.text
    assert (await visit.say("Привет")).status_code == 201
    assert (await before.say("Я уже здесь")).status_code == 201
    assert (await other.say("Привет")).json()["code"] == "proof_needed"


async def test_puzzle_that_was_solved_too_late_is_wrong(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(puzzle, "CALM_PER_MINUTE", 1)
    monkeypatch.setattr(work, "LEAST_BITS", 4)
    for _ in range(2):
        await (await counter.enter()).say("Привет")
    visit = await counter.enter()
    asked = (await visit.say("Привет")).json()["params"]
    solution = solve(asked["challenge"], asked["bits"])
    monkeypatch.setattr(work, "SECONDS", -1)
    late = await visit.post("/proof", {"challenge": asked["challenge"], "solution": solution})
    assert late.json()["code"] == "proof_wrong"


async def test_blocked_visitor_is_not_heard(counter: Counter) -> None:
    visit = await counter.enter()
    assert (await visit.say("Привет")).status_code == 201
    async with counter.runtime.db.fast.transaction(counter.made.id) as conn:
        await conversations.set_blocked(
            counter.runtime, conn, ActorId(UUID(str(visit.session["contact"]))), blocked=True,
            by=counter.made.owner.actor_id,
        )  # fmt: skip
    answers = [
        await visit.say("Ещё"), await visit.post("/person"), await visit.post("/contact", {"contact": "a@b.example"}),
        await visit.post("/transcript", {"email": "a@b.example"}), await visit.post("/attributes", {"attributes": {}}),
        await visit.post("/form", {"name": "A"}), await visit.post("/rating", {"score": 5}),
    ]  # fmt: skip
    assert {(each.status_code, each.json()["code"]) for each in answers} == {
        (403, "contact_blocked")
    }
    assert (await visit.get("/messages")).status_code == 200
