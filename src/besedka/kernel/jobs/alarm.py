"""The bell between a commit and the workers of this process: nobody has to wait for the next poll."""

from collections.abc import Callable

_listeners: list[Callable[[], None]] = []


def listen(callback: Callable[[], None]) -> None:
    """Call a function whenever jobs were committed in this process."""
    _listeners.append(callback)


def leave(callback: Callable[[], None]) -> None:
    """Stop calling it."""
    _listeners.remove(callback)


def ring() -> None:
    """Wake the workers of this process."""
    for callback in _listeners:
        callback()
