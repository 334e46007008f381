"""Charts as shapes: what a template draws as SVG, without a style of its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 720, 220
LEFT, BOTTOM, TOP = 40, 24, 10
GAP = 0.25
MOST_LABELS = 8


@dataclass(frozen=True, slots=True)
class Box:
    """A bar of a chart; `kind` says of which series."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    title: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A word on an axis."""

    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars over an axis."""

    width: int
    height: int
    boxes: Sequence[Box]
    lines: Sequence[Mark]
    """Lines of the grid with their numbers."""
    labels: Sequence[Mark]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a chart: the parts that stand on each other."""

    label: str
    title: str
    parts: Sequence[tuple[str, int]]


def stacked(columns: Sequence[Column], *, spell: Callable[[int], str] = str) -> Chart:
    """Return columns of stacked bars, the first part at the bottom; `spell` writes the numbers of the axis."""
    highest = max((sum(n for _, n in column.parts) for column in columns), default=0)
    top = _round_up(highest)
    step = (WIDTH - LEFT) / max(len(columns), 1)
    height = HEIGHT - TOP - BOTTOM
    boxes = []
    for place, column in enumerate(columns):
        base = float(HEIGHT - BOTTOM)
        for kind, amount in column.parts:
            size = height * amount / top
            base -= size
            if amount:
                boxes.append(
                    Box(
                        round(LEFT + step * (place + GAP / 2), 2), round(base, 2), round(step * (1 - GAP), 2),
                        round(size, 2), kind, column.title,
                    )
                )  # fmt: skip
    lines = [
        Mark(LEFT, round(HEIGHT - BOTTOM - height * share / 2, 2), spell(top * share // 2))
        for share in ((0, 1, 2) if top > 1 else (0, 2))
    ]
    every = -(-len(columns) // MOST_LABELS) or 1
    labels = [
        Mark(round(LEFT + step * (place + 0.5), 2), HEIGHT - 6, column.label)
        for place, column in enumerate(columns)
        if place % every == 0
    ]
    return Chart(WIDTH, HEIGHT, boxes, lines, labels)


def _round_up(highest: int) -> int:
    """Return a number to end an axis with: even, of one or two leading digits, not below."""
    size: int = 10 ** max(len(str(highest)) - 2, 0)
    steps = -(-highest // size)
    return max((steps + steps % 2) * size, 2)


def shades(table: Sequence[Sequence[int]]) -> list[list[int]]:
    """Return a shade from 0 to 4 for each cell: its share of the largest."""
    most = max((max(row) for row in table), default=0)
    return [[-(-cell * 4 // most) if most else 0 for cell in row] for row in table]
