"""Counts of answered requests, kept as plain numbers: one loop adds to them, Prometheus reads them when it asks."""

from bisect import bisect_left
from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import REGISTRY, Collector

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper ends of the buckets, in seconds."""


class Requests(Collector):
    """How many requests were answered, with what, and how long they took."""

    def __init__(self) -> None:
        self._answers: dict[tuple[str, int], int] = {}
        self._buckets = [0] * (len(BOUNDS) + 1)
        self._seconds = 0.0

    def add(self, method: str, status: int, *, seconds: float) -> None:
        """Count one answer."""
        key = (method, status)
        self._answers[key] = self._answers.get(key, 0) + 1
        self._buckets[bisect_left(BOUNDS, seconds)] += 1
        self._seconds += seconds

    def collect(self) -> Iterator[Metric]:
        """Give the numbers to Prometheus."""
        answers = CounterMetricFamily(
            "besedka_http_requests", "Answered requests.", labels=("method", "status")
        )
        for (method, status), count in list(self._answers.items()):
            answers.add_metric((method, str(status)), count)
        yield answers
        yield HistogramMetricFamily(
            "besedka_http_request_seconds", "Time to the last byte.",
            buckets=self._cumulative(), sum_value=self._seconds,
        )  # fmt: skip

    def _cumulative(self) -> list[tuple[str, float]]:
        ends, total, shown = [*map(str, BOUNDS), "+Inf"], 0, []
        for end, count in zip(ends, self._buckets, strict=True):
            total += count
            shown.append((end, float(total)))
        return shown


REQUESTS = Requests()
REGISTRY.register(REQUESTS)
