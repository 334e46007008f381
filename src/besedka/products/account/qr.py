"""QR codes, drawn by the server."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from markupsafe import Markup

from besedka.core.module import load

QUIET = 4
"""Modules of white around the code, as ISO/IEC 18004 wants."""
_SVG = Markup(
    '<svg class="qr" viewBox="0 0 {side} {side}" role="img" aria-label="{label}" shape-rendering="crispEdges">'
    '<path fill="#fff" d="M0 0h{side}v{side}H0z"/><path fill="#000" d="{path}"/></svg>'
)


def picture(words: str, label: str) -> Markup:
    """Return a QR code of some words as an SVG element without styles; black on white whatever the page's colours."""
    rows: Sequence[Sequence[int]] = load("segno").make(words, micro=False).matrix
    path = "".join(_runs(rows))
    return _SVG.format(side=len(rows) + 2 * QUIET, label=label, path=path)


def _runs(rows: Iterable[Sequence[int]]) -> Iterator[str]:
    """Yield a rectangle for every run of dark modules."""
    for y, row in enumerate(rows, QUIET):
        x = QUIET
        for dark, run in groupby(row):
            width = len(list(run))
            if dark:
                yield f"M{x} {y}h{width}v1h-{width}z"
            x += width
