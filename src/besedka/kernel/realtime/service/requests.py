"""Frames that clients send, read with care: everything in them is hostile until shown otherwise."""

import json
from collections.abc import Mapping
from json import JSONDecodeError, JSONDecoder
from typing import cast
from uuid import UUID

from pydantic import JsonValue

from besedka.core.errors import BesedkaError
from besedka.core.problems import words_of
from besedka.kernel.realtime.errors import BadFrame
from besedka.kernel.realtime.service.sockets import Socket
from besedka.kernel.realtime.types import (
    LONGEST_CID,
    PROTOCOL,
    ClientFrame,
    Frame,
    Principal,
    dumps,
)


def _refuse(constant: str) -> JsonValue:
    raise JSONDecodeError(f"{constant} is no JSON", constant, 0)


_decoder = JSONDecoder(parse_constant=_refuse)


def parse(text: str) -> ClientFrame:
    """Read a client's frame. Raises BadFrame."""
    try:
        frame = _decoder.decode(text)
    except (ValueError, RecursionError) as error:
        raise BadFrame(reason="json") from error
    if type(frame) is not dict or type(frame.get("type")) is not str:
        raise BadFrame(reason="shape")
    if "\\u" in text:
        _check_escapes(frame)
    return cast(ClientFrame, frame)


def _check_escapes(frame: object) -> None:
    """Escapes can spell what no text holds: half a surrogate pair, or NUL, which the database refuses."""
    spelled = json.dumps(frame, ensure_ascii=False)
    try:
        spelled.encode()
    except UnicodeEncodeError as error:
        raise BadFrame(reason="characters") from error
    if "\\u0000" in spelled:
        raise BadFrame(reason="characters")


class Request:
    """One frame of a client, and the way to answer it."""

    __slots__ = ("cid", "frame", "socket")

    def __init__(self, socket: Socket, frame: ClientFrame) -> None:
        self.socket, self.frame = socket, frame
        cid = frame.get("cid")
        if cid is not None and not (type(cid) is str and len(cid) <= LONGEST_CID) and type(cid) is not int:  # fmt: skip
            raise BadFrame(reason="cid")
        self.cid = cid if cid is not None else None

    @property
    def principal(self) -> Principal:
        """Who asks."""
        return self.socket.principal

    def ack(self, data: str = "{}", *, chat: UUID | None = None) -> None:
        """Say that it is done, with data that is JSON already. Without `cid` nobody waits for it."""
        if self.cid is not None:
            of_chat = f',"chat":"{chat}"' if chat is not None else ""
            text = f'{{"v":{PROTOCOL},"type":"ack","cid":{dumps(self.cid)}{of_chat},"data":{data}}}'
            self.socket.offer(Frame(text))

    def fail(self, error: BesedkaError) -> None:
        """Say why it was not done."""
        self.socket.offer(error_frame(self.socket, error, cid=self.cid))

    def uuid(self, field: str) -> UUID:
        """Return a field that has to be a UUID. Raises BadFrame."""
        value = self.frame.get(field)
        if type(value) is str and len(value) == 36:
            try:
                return UUID(value)
            except ValueError:
                pass
        raise BadFrame(reason="field", field=field)

    def text(self, field: str, *, most: int) -> str:
        """Return a field that has to be a text of 1 to `most` characters. Raises BadFrame."""
        value = self.frame.get(field)
        if type(value) is not str or not 0 < len(value) <= most:
            raise BadFrame(reason="field", field=field)
        return value

    def find_text(self, field: str, *, most: int) -> str | None:
        """Return a text that may be missing. Raises BadFrame."""
        return self.text(field, most=most) if self.frame.get(field) is not None else None

    def number(self, field: str) -> int:
        """Return a field that has to be a whole number, not negative, of at most 63 bits. Raises BadFrame."""
        return whole(self.frame.get(field), field)

    def find_number(self, field: str) -> int | None:
        """Return a number that may be missing. Raises BadFrame."""
        return self.number(field) if self.frame.get(field) is not None else None


def whole(value: JsonValue, field: str) -> int:
    """Return a whole number that a bigint can hold. Raises BadFrame."""
    if type(value) is not int or not 0 <= value < 2**63:
        raise BadFrame(reason="field", field=field)
    return value


def error_frame(socket: Socket, error: BesedkaError, *, cid: JsonValue | None = None) -> Frame:
    """Present an error to a socket, in its language."""
    data: Mapping[str, JsonValue] = {
        "code": error.code,
        "message": words_of(socket.locale, error),
        "params": dict(error.params),
    }
    return Frame(f'{{"v":{PROTOCOL},"type":"error","cid":{dumps(cid)},"data":{dumps(data)}}}')
