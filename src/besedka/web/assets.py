"""The built front end: names from Vite's manifest, answers with the right caching and compression."""

import hashlib
import json
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NotRequired, TypedDict, cast

import structlog
from starlette.requests import Request
from starlette.responses import Response

from besedka.core.errors import NotFound

log = structlog.get_logger(__name__)

STATIC = Path(__file__).parent / "static"
FOREVER = "public, max-age=31536000, immutable"
SHORTLY = "public, max-age=300, stale-while-revalidate=86400"
_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file in memory, with its compressed forms by the name of their encoding."""

    media_type: str
    etag: str
    plain: bytes
    compressed: Mapping[str, bytes]


class Entry(TypedDict):
    """A built file in Vite's manifest; `imports` are keys of further entries."""

    file: str
    imports: NotRequired[list[str]]


@cache
def _manifest() -> Mapping[str, Entry]:
    """Read the manifest. Empty, with a warning, when nothing was built."""
    try:
        return cast(Mapping[str, Entry], json.loads((STATIC / "manifest.json").read_bytes()))
    except FileNotFoundError:
        log.warning("the front end is not built", mend="make setup")
        return {}


@cache
def _names() -> Mapping[str, str]:
    """Map short names to built ones: `app.js` → `app-3fK2.js`."""
    return {
        Path(source).stem + Path(entry["file"]).suffix: entry["file"]
        for source, entry in _manifest().items()
    }


@cache
def preloads(island: str) -> tuple[str, ...]:
    """Return the addresses of an island's script and of all that it imports."""
    found: dict[str, None] = {}
    waiting = [f"src/elements/{island}.ts"]
    while waiting:
        entry = _manifest().get(waiting.pop())
        if entry is not None and entry["file"] not in found:
            found[entry["file"]] = None
            waiting.extend(entry.get("imports", []))
    return tuple(f"/static/{file}" for file in found)


def built() -> bool:
    """Whether the front end was built."""
    return bool(_names())


def asset(name: str) -> str:
    """Return the address of a built file: `asset("app.js")`."""
    return f"/static/{_names().get(name, name)}"


@cache
def _files() -> Mapping[str, StaticFile]:
    """Load what was built, about half a megabyte; only names from here are ever served."""
    known = [path for path in STATIC.glob("*") if path.suffix not in {".br", ".gz", ".json"}]
    return {path.name: _load(path) for path in known if path.is_file()}


def _load(path: Path) -> StaticFile:
    plain = path.read_bytes()
    compressed = {
        encoding: packed.read_bytes()
        for encoding, suffix in _ENCODINGS
        if (packed := path.with_name(path.name + suffix)).is_file()
    }
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return StaticFile(media_type, f'"{hashlib.sha256(plain).hexdigest()[:20]}"', plain, compressed)


def serve(request: Request, name: str, *, cache_control: str = FOREVER) -> Response:
    """Answer with a built file, compressed as the browser likes. Raises NotFound."""
    file = _files().get(name)
    if file is None:
        raise NotFound
    headers = {"Cache-Control": cache_control, "ETag": file.etag, "Vary": "Accept-Encoding"}
    if request.headers.get("if-none-match") == file.etag:
        return Response(status_code=304, headers=headers)
    accepted = {
        part.split(";")[0].strip() for part in request.headers.get("accept-encoding", "").split(",")
    }
    for encoding, content in file.compressed.items():
        if encoding in accepted:
            headers["Content-Encoding"] = encoding
            return Response(content, headers=headers, media_type=file.media_type)
    return Response(file.plain, headers=headers, media_type=file.media_type)
