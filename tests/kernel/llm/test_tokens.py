"""Estimates of tokens: the formula, its margin, and what it learns."""

import pytest

from besedka.kernel.llm.tokens import TokenRatios, count, count_request
from besedka.kernel.llm.types import ChatRequest, ImagePart, Tool, assistant, system, user


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        (" \n\t ", 0),
        ("беседка", 1.14 + 0.11 * 7),
        ("summer house", 2 * 0.78 + 0.07 * 11),
        ("2026", 1.76 * 2),
        ("1 22 333", 1.76 * 3),
        ("—!?", 3 * 0.56),
        ("Ёж, cat 7", 1.14 + 0.22 + 0.56 + 0.78 + 0.21 + 1.76),
        ("家", 1.3),
        ("🏡", 1.3),
    ],
)
def test_text_is_counted_by_the_formula(text: str, tokens: float) -> None:
    assert count(text) == pytest.approx(tokens)


def test_request_counts_messages_pictures_and_tools() -> None:
    short = ChatRequest("m", (user("Да"),))
    longer = ChatRequest("m", (system("Be kind."), user("Да"), assistant("Нет")))
    picture = ChatRequest("m", (user("Да", ImagePart(b"", "image/png")),))
    tools = ChatRequest(
        "m", (user("Да"),), tools=(Tool("find", "Finds things.", {"type": "object"}),)
    )
    assert count_request(short) < count_request(longer)
    assert count_request(picture) - count_request(short) == pytest.approx(1000)
    assert count_request(tools) > count_request(short) + 5


def test_ratio_moves_towards_what_is_reported() -> None:
    ratios = TokenRatios()
    assert ratios.likely("m", 100) == 100
    ratios.observe("m", counted=100, reported=150)
    assert ratios.of("m") == pytest.approx(1.5)
    for _ in range(60):
        ratios.observe("m", counted=100, reported=120)
    assert ratios.of("m") == pytest.approx(1.2, abs=0.01)
    assert ratios.ceiling("m", 100) >= 150
    assert ratios.of("other") == 1.0


def test_absurd_or_tiny_reports_teach_nothing_wild() -> None:
    ratios = TokenRatios()
    ratios.observe("m", counted=10, reported=1000)
    ratios.observe("m", counted=1000, reported=0)
    assert ratios.of("m") == 1.0
    ratios.observe("m", counted=100, reported=1_000_000)
    assert ratios.of("m") == 4.0


def test_memory_of_ratios_is_bounded() -> None:
    ratios = TokenRatios()
    for number in range(600):
        ratios.observe(f"m{number}", counted=100, reported=200)
    assert ratios.of("m0") == 1.0
    assert ratios.of("m599") == 2.0
