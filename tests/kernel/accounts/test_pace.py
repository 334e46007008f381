"""The limit per minute that every request is counted against."""

import pytest

from besedka.core.errors import RateLimited
from besedka.kernel.accounts.service.pace import Pace


class Clock:
    """A clock that tests turn."""

    def __init__(self) -> None:
        self.now = 6000.0

    def __call__(self) -> float:
        return self.now


def _hits(pace: Pace, times: int, key: str = "anna") -> int:
    """Return how many of some requests were let through."""
    passed = 0
    for _ in range(times):
        try:
            pace.hit(key)
        except RateLimited:
            continue
        passed += 1
    return passed


def test_a_minute_lets_through_as_many_as_allowed_per_person() -> None:
    pace = Pace(10, clock=Clock())
    assert _hits(pace, 15) == 10
    assert _hits(pace, 15, "boris") == 10


def test_the_end_of_a_window_is_no_way_around() -> None:
    clock = Clock()
    pace = Pace(10, clock=clock)
    clock.now += 59
    assert _hits(pace, 10) == 10
    clock.now += 2
    assert _hits(pace, 10) <= 1
    clock.now += 30
    assert 4 <= _hits(pace, 10) <= 6


def test_those_who_paused_start_anew_and_are_forgotten() -> None:
    clock = Clock()
    pace = Pace(10, clock=clock)
    _hits(pace, 15)
    clock.now += 180
    assert _hits(pace, 15, "boris") == 10
    assert "anna" not in {**pace._before, **pace._now}
    assert _hits(pace, 15) == 10


def test_refusal_says_how_long_to_wait() -> None:
    pace = Pace(1, clock=Clock())
    pace.hit("anna")
    with pytest.raises(RateLimited) as caught:
        pace.hit("anna")
    assert 1 <= int(caught.value.headers["Retry-After"]) <= 60
