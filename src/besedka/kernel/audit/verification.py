"""Walking along a chain: what does not fit, and where."""

from dataclasses import dataclass, field
from datetime import timedelta

from besedka.core.ids import WorkspaceId
from besedka.kernel.audit.chain import GENESIS, digest
from besedka.kernel.audit.types import Anchor, Flaw, FlawKind, Head, Sealed, Verdict

ODDLY_OLD = timedelta(hours=1)
"""No transaction stays open so long: an event that much older than its predecessor was put in later."""


@dataclass(slots=True)
class Walk:
    """One verification: rows are given in the order of their places, then comes the end."""

    workspace: WorkspaceId
    head: Head | None
    anchor: Anchor | None = None
    verdict: Verdict = field(init=False)
    _last: Sealed | None = None

    def __post_init__(self) -> None:
        self.verdict = Verdict(self.workspace)

    @property
    def place(self) -> int:
        """The last place that was seen."""
        return self._last.place if self._last else 0

    def step(self, row: Sealed) -> None:
        """Look at the next row."""
        last, self._last = self._last, row
        self.verdict.checked += 1
        if row.place > (self.head.place if self.head else 0):
            self._note(FlawKind.INSERTED, row)
            return
        follows = self._follows(last, row)
        previous = last.hash if last else GENESIS
        if follows and row.hash != digest(
            previous, row.link, workspace=self.workspace, place=row.place
        ):
            self._note(FlawKind.CHANGED, row)
        if last is not None and row.link.created_at < last.link.created_at - ODDLY_OLD:
            self._note(FlawKind.BACKDATED, row)
        self._compare_anchor(row)

    def end(self) -> Verdict:
        """Look at what has to be there behind the last row."""
        place = self.place
        if self.head is not None and self.head.place > place:
            self.verdict.note(Flaw(FlawKind.MISSING, place + 1, self.head.place))
        elif self.head is not None and self.head.hash != (
            self._last.hash if self._last else GENESIS
        ):
            self.verdict.note(Flaw(FlawKind.HEAD, place))
        elif self.head is None and place:
            self.verdict.note(Flaw(FlawKind.HEAD, 0))
        if self.anchor is not None and self.anchor.place > place:
            self.verdict.note(Flaw(FlawKind.ANCHOR, self.anchor.place))
        return self.verdict

    def _follows(self, last: Sealed | None, row: Sealed) -> bool:
        """Whether the row before is there; without it the hash cannot be computed."""
        expected = last.place + 1 if last else 1
        if row.place == expected:
            return True
        if row.place > expected:
            self.verdict.note(Flaw(FlawKind.MISSING, expected, row.place - 1))
        else:
            self._note(FlawKind.INSERTED, row)
        return False

    def _compare_anchor(self, row: Sealed) -> None:
        anchor = self.anchor
        if anchor is not None and row.place == anchor.place and row.hash != anchor.hash:
            self._note(FlawKind.ANCHOR, row)

    def _note(self, kind: FlawKind, row: Sealed) -> None:
        self.verdict.note(Flaw(kind, row.place, row.place, row.link.id))
