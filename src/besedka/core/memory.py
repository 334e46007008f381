"""The collector of garbage in a process that serves.

What a start has made stays to the end. Looking through it again and again takes up to a fifth of a second each time, in which
nobody is answered; so what is there by then is never looked at, and young objects are looked at less often.
"""

import gc
from typing import Final

YOUNG: Final = 10_000
"""Objects made, less those freed, after which the young ones are looked at."""


def settle() -> None:
    """Leave to the end what is there; a started process calls this once."""
    gc.freeze()
    gc.set_threshold(YOUNG, 10, 10)
