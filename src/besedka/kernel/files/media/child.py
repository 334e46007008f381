"""What a child of the sandbox runs. Arguments and results are plain JSON; bytes go as base64."""

import base64

from besedka.kernel.files.media import picture, recording
from besedka.kernel.files.media.wire import PictureJson


def redraw(payload: bytes, kind: str) -> PictureJson:
    """Draw a picture of a format anew."""
    drawn = picture.redraw(payload, kind)
    return {
        "width": drawn.width,
        "height": drawn.height,
        "data": _text(drawn.data),
        "placeholder": _text(drawn.placeholder),
        "copies": [
            {
                "name": each.name,
                "width": each.width,
                "height": each.height,
                "data": _text(each.data),
            }
            for each in drawn.copies
        ],
    }


def measure(payload: bytes) -> int | None:
    """Return how long a recording is, in milliseconds."""
    found = recording.seconds(payload)
    return None if found is None else round(found * 1000)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
