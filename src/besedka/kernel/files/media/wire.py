"""How a picture travels from a child to the server."""

from typing import TypedDict


class CopyJson(TypedDict):
    """A smaller copy of a picture."""

    name: str
    width: int
    height: int
    data: str


class PictureJson(TypedDict):
    """A picture that was drawn anew."""

    width: int
    height: int
    data: str
    placeholder: str
    copies: list[CopyJson]
