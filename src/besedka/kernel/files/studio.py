"""Pictures and recordings, looked at by child processes of their own.

Documents are read by other children, sometimes for minutes; here somebody waits for the answer.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import structlog

from besedka.core.errors import Unavailable
from besedka.core.sandbox.errors import (
    ReplyTooLarge,
    SandboxClosed,
    SandboxError,
    TaskOutOfMemory,
    TaskRefused,
    TaskTimedOut,
)
from besedka.core.sandbox.limits import MIB, Limits
from besedka.core.sandbox.pool import Sandbox
from besedka.kernel.files.errors import (
    ImageRefused,
    ImageTooLarge,
    ImageTooLong,
    ImageUnreadable,
)
from besedka.kernel.files.media.limits import FORMATS, MOST_PIXELS, Refusal
from besedka.kernel.files.media.wire import PictureJson

log = structlog.get_logger(__name__)

FUNCTIONS: Mapping[str, str] = {
    "files.redraw": "besedka.kernel.files.media.child:redraw",
    "files.measure": "besedka.kernel.files.media.child:measure",
}
LIMITS = Limits(cpu_seconds=45, wall_seconds=60.0, reply_bytes=128 * MIB, idle_seconds=30.0)
MEASURED_BYTES = 512 * MIB
"""A child gets the whole recording: how long a larger one is stays unknown."""


@dataclass(frozen=True, slots=True)
class SmallCopy:
    """A smaller copy of a picture."""

    name: str
    media_type: str
    width: int
    height: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it is kept: drawn anew, with smaller copies and its blurred look (ThumbHash)."""

    width: int
    height: int
    data: bytes
    placeholder: bytes
    copies: tuple[SmallCopy, ...]


class Studio:
    """Has pictures drawn anew and recordings measured. Nothing starts before the first of them."""

    def __init__(self) -> None:
        self._sandbox = Sandbox(FUNCTIONS, limits=LIMITS)

    async def redraw(self, path: Path, media_type: str) -> Picture:
        """Return a picture drawn anew.

        Raises ImageRefused, ImageUnreadable, ImageTooLarge, ImageTooLong; Unavailable while the server shuts down.
        """
        kind = FORMATS.get(media_type)
        if kind is None:
            raise ImageRefused(media_type=media_type)
        try:
            drawn = await self._sandbox.call("files.redraw", {"kind": kind}, payload=path)
        except SandboxClosed:
            raise Unavailable from None
        except SandboxError as error:
            log.info("picture refused", cause=type(error).__name__)
            raise _refusal(error) from error
        return _picture(cast(PictureJson, drawn))

    async def measure(self, path: Path, size: int) -> int | None:
        """Return how long a recording is, in milliseconds; None when it does not say."""
        if size > MEASURED_BYTES:
            return None
        try:
            found = await self._sandbox.call("files.measure", {}, payload=path)
        except SandboxError as error:
            log.info("recording not measured", cause=type(error).__name__)
            return None
        return cast("int | None", found)

    async def close(self) -> None:
        """End the children."""
        await self._sandbox.close()


def _refusal(
    error: SandboxError,
) -> ImageUnreadable | ImageTooLarge | ImageTooLong:
    match error:
        case TaskRefused(code=Refusal.TOO_LONG):
            return ImageTooLong()
        case (
            TaskRefused(code=Refusal.TOO_LARGE)
            | TaskTimedOut()
            | TaskOutOfMemory()
            | ReplyTooLarge()
        ):
            return ImageTooLarge(megapixels=MOST_PIXELS // 1_000_000)
        case _:
            return ImageUnreadable()


def _picture(drawn: PictureJson) -> Picture:
    copies = tuple(
        SmallCopy(
            each["name"],
            "image/webp",
            each["width"],
            each["height"],
            base64.b64decode(each["data"]),
        )
        for each in drawn["copies"]
    )
    return Picture(
        drawn["width"], drawn["height"], base64.b64decode(drawn["data"]),
        base64.b64decode(drawn["placeholder"]), copies,
    )  # fmt: skip
