"""Holding what the clients were told against what is stored."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.torture.traffic import QUESTION, Firm, Log, Said

WAIT_SECONDS = 120.0

Messages = Sequence[dict[str, object]]


@dataclass
class Findings:
    """What is wrong, and how much was looked at. Nothing wrong: `lost` and the rest are empty."""

    acknowledged: int = 0
    tries: int = 0
    questions: int = 0
    waited: float = 0.0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    answered_twice: list[str] = field(default_factory=list)
    surprises: list[str] = field(default_factory=list)

    @property
    def wrong(self) -> list[str]:
        """Everything that is wrong."""
        return [
            f"{name}: {each}"
            for name in ("lost", "doubled", "unanswered", "answered_twice", "surprises")
            for each in getattr(self, name)
        ]


async def audit(firm: Firm, log: Log, *, wait: float = WAIT_SECONDS) -> Findings:
    """Compare the log with the stored messages, once the answers are there or should have been."""
    await firm.refresh()
    found = Findings(acknowledged=len([s for s in log.said if s.ack]), surprises=log.surprises)
    found.tries = sum(said.tries for said in log.said)
    started = time.perf_counter()
    for chat in sorted({said.chat for said in log.said if said.chat}):
        said = [each for each in log.said if each.chat == chat]
        stored = await firm.messages(chat)
        _compare(said, stored, found)
        if chat != firm.chat:
            await _compare_answers(firm, chat, found, started + wait)
    found.waited = time.perf_counter() - started
    return found


def _compare(said: list[Said], stored: Messages, found: Findings) -> None:
    times = Counter(str(message["body"]) for message in stored)
    ids = {str(message["id"]): message for message in stored}
    for each in said:
        if each.ack is None:
            continue
        kept = ids.get(str(each.ack["id"]))
        if kept is None or (kept["body"], kept["seq"]) != (each.body, each.ack["seq"]):
            found.lost.append(each.body)
    found.doubled += [each.body for each in said if times[each.body] > 1]


async def _compare_answers(firm: Firm, chat: str, found: Findings, deadline: float) -> None:
    """Look for exactly one answer to every question of a dialog, and wait a while for late ones."""
    while True:
        stored = await firm.messages(chat)
        asked = [m["seq"] for m in stored if str(m["body"]).startswith(QUESTION)]
        answers = await _answered(firm, stored)
        if sorted(answers) == sorted(map(str, asked)) or time.perf_counter() > deadline:
            break
        await asyncio.sleep(0.5)
    times = Counter(answers)
    found.questions += len(asked)
    found.unanswered += [f"{chat}: {seq}" for seq in asked if not times[str(seq)]]
    found.answered_twice += [f"{chat}: {seq}" for seq, count in times.items() if count > 1]


async def _answered(firm: Firm, stored: Messages) -> list[str]:
    """Return the numbers of the questions that the assistant's messages answer."""
    runs = [
        meta["run"]
        for message in stored
        if isinstance(meta := message["meta"], dict) and "run" in meta
    ]
    return [
        str((await firm.send("GET", f"/assistants/runs/{run}")).json()["question_seq"])
        for run in runs
    ]
