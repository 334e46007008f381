"""Which confidence threshold parts an assistant's past questions best. Pure."""

from collections.abc import Sequence
from typing import Final

SHOWN: Final = 100
FEWEST = 10
LOWEST, HIGHEST = 0.25, 0.75
_STEPS = 100


def suggested(confidences: Sequence[float]) -> float | None:
    """Return the threshold between the two groups that differ most (Otsu 1979, on hundredths); None for few questions.

    Of thresholds that part alike, the one in the middle is taken. It stays between a quarter and three quarters.
    """
    if len(confidences) < FEWEST:
        return None
    parted = {at / _STEPS: _between(confidences, at / _STEPS) for at in range(_STEPS + 1)}
    best = max(parted.values())
    if best == 0:
        return None
    alike = [at for at, value in parted.items() if value >= best * 0.999]
    return min(max(round(sum(alike) / len(alike), 2), LOWEST), HIGHEST)


def _between(confidences: Sequence[float], threshold: float) -> float:
    """Return the variance between those below a threshold and the others."""
    low = [each for each in confidences if each < threshold]
    high = [each for each in confidences if each >= threshold]
    if not low or not high:
        return 0.0
    apart = sum(high) / len(high) - sum(low) / len(low)
    return len(low) * len(high) * apart * apart
