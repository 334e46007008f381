"""The child process: `python -m besedka.core.sandbox.child CONFIG`. It answers frames until they end.

CONFIG is JSON: `functions` (name → "module:function"), `memory` (bytes), `parent` (process id).
A request is `{"function", "arguments", "payload_bytes", "cpu_seconds"}`, and then so many bytes; a reply is `{"result"}`, `{"refused", "detail"}`
or `{"failed", "detail"}`.
"""

import importlib
import json
import os
import sys
from collections.abc import Callable, Mapping
from typing import BinaryIO, cast

from besedka.core.sandbox.confine import allow_cpu, confine
from besedka.core.sandbox.frames import read_frame, write_frame

_DETAIL_CHARS = 500


def main() -> None:
    """Confine the process, then work."""
    config = json.loads(sys.argv[1])
    confine(memory=config["memory"], parent=config["parent"])
    replies = _take_over_stdout()
    while (frame := read_frame(sys.stdin.buffer)) is not None:
        request = json.loads(frame)
        size = request["payload_bytes"]
        if size is not None:
            request["arguments"]["payload"] = sys.stdin.buffer.read(size)
        write_frame(replies, answer(request, config["functions"]))


def answer(request: Mapping[str, object], functions: Mapping[str, str]) -> bytes:
    """Run one request and say how it went, as JSON."""
    try:
        allow_cpu(cast(int, request["cpu_seconds"]))
        function = _resolve(functions[cast(str, request["function"])])
        return _encoded({"result": function(**cast(dict[str, object], request["arguments"]))})
    except Exception as error:  # noqa: BLE001 - the boundary: whatever a parser raises becomes a reply
        return _encoded(_describe(error))


def _encoded(reply: Mapping[str, object]) -> bytes:
    return json.dumps(reply, ensure_ascii=False).encode("utf-8", "replace")


def _describe(error: Exception) -> dict[str, object]:
    code = getattr(error, "refusal_code", None)
    if isinstance(code, str):
        return {"refused": code, "detail": str(error)[:_DETAIL_CHARS]}
    return {"failed": type(error).__name__, "detail": str(error)[:_DETAIL_CHARS]}


def _resolve(target: str) -> Callable[..., object]:
    module, _, name = target.partition(":")
    return cast(Callable[..., object], getattr(importlib.import_module(module), name))


def _take_over_stdout() -> BinaryIO:
    """Keep the pipe for replies alone: native libraries sometimes print."""
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return replies


if __name__ == "__main__":
    main()
