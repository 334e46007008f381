"""What a check finds."""

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Violation:
    """A line that breaks a rule; a `soft` one is printed and does not fail the build."""

    path: str
    line: int
    message: str
    soft: bool = False

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {'warning: ' if self.soft else ''}{self.message}"
