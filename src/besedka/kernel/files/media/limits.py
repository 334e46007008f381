"""How much a picture may ask for, and in which sizes it is shown."""

from enum import StrEnum

MOST_PIXELS = 50_000_000
MOST_FRAMES = 1000
MOST_ANIMATED_PIXELS = 250_000_000
"""Of all frames together."""
EDGES = {"thumbnail": 320, "preview": 1280}
"""The longest side of each smaller copy, in pixels."""
FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/gif": "GIF", "image/webp": "WEBP"}
"""Media type → the decoder's name: pictures of any other kind are not opened."""


class Refusal(StrEnum):
    """Why a picture is refused."""

    UNREADABLE = "unreadable"
    TOO_LARGE = "too_large"
    TOO_LONG = "too_long"


class Refused(Exception):
    """The picture cannot be taken, and trying again would not help."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal

    @property
    def refusal_code(self) -> str:
        """The code that the sandbox hands over."""
        return self.refusal.value
