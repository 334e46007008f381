"""Who has failed lately: a provider that keeps failing at a model is passed over for a while, then tried by one call.

This is what one process has seen. After failures in a row the way is closed for a time that doubles while tries fail;
when it is over one call may go, and the next follow if it succeeds.
"""

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import REGISTRY, Collector

from besedka.core.clock import monotonic
from besedka.kernel.llm.errors import ErrorKind, LlmError

IN_A_ROW: Final = 3
FIRST_PAUSE: Final = 30.0
LONGEST_PAUSE: Final = 600.0
TRY_SECONDS: Final = 120.0
"""How long the one call that tries a way may take before another one may."""
REMEMBERED: Final = 1000
_AT_ONCE: Final = frozenset({ErrorKind.AUTH})
"""Failures that pass by nobody's waiting."""

PASSED_ON: Final = frozenset(
    {
        ErrorKind.AUTH, ErrorKind.RATE_LIMIT, ErrorKind.OVERLOADED, ErrorKind.UNREACHABLE, ErrorKind.MODEL_NOT_FOUND,
        ErrorKind.CUT_MID_STREAM, ErrorKind.UNKNOWN,
    }
)  # fmt: skip
"""Failures that are the provider's own: another one may answer. What is wrong with a question is wrong everywhere."""

Way = tuple[str, str]
"""A provider's name and a model."""


class Gate(StrEnum):
    """Whether calls go a way: all of them, none for now, or the one that tries it."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(slots=True)
class _Breaker:
    failures: int = 0
    pause: float = 0.0
    until: float = 0.0
    trying_until: float = 0.0
    detail: str = ""


class Breakers:
    """The breakers of a process: closed is good, as with a fuse."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._ways: OrderedDict[Way, _Breaker] = OrderedDict()

    def gate(self, way: Way) -> Gate:
        """Return what a call may expect; half open says that the next one is the one that tries."""
        breaker, now = self._ways.get(way), self._clock()
        if breaker is None or not breaker.pause:
            return Gate.CLOSED
        return Gate.OPEN if now < max(breaker.until, breaker.trying_until) else Gate.HALF_OPEN

    def begin(self, way: Way) -> None:
        """A call goes this way: where it is half open, others wait for what comes of it."""
        if self.gate(way) is Gate.HALF_OPEN:
            self._ways[way].trying_until = self._clock() + TRY_SECONDS

    def succeed(self, way: Way) -> None:
        """A call answered: the way is free."""
        CALLS.add(way[0], "done")
        self._ways.pop(way, None)

    def give_up(self, way: Way) -> None:
        """A call was ended before anybody knew: another one may try."""
        if (breaker := self._ways.get(way)) is not None:
            breaker.trying_until = 0.0

    def fail(self, way: Way, error: LlmError) -> None:
        """A call failed by the provider's fault."""
        CALLS.add(way[0], error.kind.value)
        if error.kind not in PASSED_ON:
            self.give_up(way)
            return
        breaker = self._ways.pop(way, None) or _Breaker()
        self._ways[way] = breaker
        breaker.failures += 1
        breaker.detail = error.detail
        breaker.trying_until = 0.0
        if breaker.failures >= IN_A_ROW or error.kind in _AT_ONCE:
            breaker.pause = min(LONGEST_PAUSE, breaker.pause * 2 or FIRST_PAUSE)
            breaker.until = self._clock() + max(breaker.pause, min(error.retry_after or 0.0, LONGEST_PAUSE))  # fmt: skip
        if len(self._ways) > REMEMBERED:
            self._ways.popitem(last=False)

    def detail(self, way: Way) -> str:
        """Return the provider's sentence of the last failure, if the way has failed since it last answered."""
        breaker = self._ways.get(way)
        return "" if breaker is None else breaker.detail

    def waits(self, way: Way) -> float:
        """Return in how many seconds a way is tried again, 0 for one that is free."""
        breaker = self._ways.get(way)
        return 0.0 if breaker is None else max(0.0, breaker.until - self._clock())


class Calls(Collector):
    """Counts of calls of the installation's providers and what came of them, since the process began."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()

    def add(self, provider: str, outcome: str) -> None:
        """Count one call. Anybody may read the numbers, so what hosts call their servers is not told."""
        shown = "servers" if ":" in provider else provider
        self._counts[shown, outcome] += 1

    def collect(self) -> Iterator[Metric]:
        """Give the numbers to Prometheus."""
        family = CounterMetricFamily(
            "besedka_llm_calls", "Calls of models by the installation's providers.", labels=("provider", "outcome")
        )  # fmt: skip
        for (provider, outcome), count in list(self._counts.items()):
            family.add_metric((provider, outcome), count)
        yield family


CALLS: Final = Calls()
REGISTRY.register(CALLS)
