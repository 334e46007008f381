"""The generated master key: made once, and replaced in steps that may each be the last before a kill.

A rotation has begun once `master.key.previous` is there; it has ended when that is gone again. Between them both keys open
what is stored.
"""

import os
import secrets
from pathlib import Path

CURRENT, PREVIOUS, NEXT = "master.key", "master.key.previous", "master.key.next"


def current(folder: Path) -> bytes:
    """Return the key, making it first if this is the first start."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / CURRENT
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes().strip()
    _write(descriptor)
    return path.read_bytes().strip()


def previous(folder: Path) -> bytes | None:
    """Return the key that a rotation is leaving, None when there is none."""
    path = folder / PREVIOUS
    return path.read_bytes().strip() if path.exists() else None


def replace(folder: Path) -> None:
    """Put a new key in place and keep the old one as the previous; goes on where an earlier call was cut off."""
    old = current(folder)
    if previous(folder) is None:
        (folder / PREVIOUS).hardlink_to(folder / CURRENT)
        _sync(folder)
    if previous(folder) == old:
        _write(os.open(folder / NEXT, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        (folder / NEXT).rename(folder / CURRENT)
        _sync(folder)


def forget_previous(folder: Path) -> None:
    """Remove the previous key: nothing is sealed with it any more."""
    (folder / PREVIOUS).unlink(missing_ok=True)
    _sync(folder)


def _write(descriptor: int) -> None:
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(48))
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
