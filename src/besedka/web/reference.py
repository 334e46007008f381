"""Published viewers under policies of their own: the API reference, `/docs` and `/redoc`, and the frame that draws diagrams."""

import mimetypes
from typing import Final

from fastapi import APIRouter, Request, Response
from starlette.responses import FileResponse, HTMLResponse

from besedka.core.errors import NotFound
from besedka.core.routing import LateRoute
from besedka.web.assets import STATIC, asset

router = APIRouter(route_class=LateRoute)

FOLDER: Final = STATIC / "reference"
# Both viewers style their elements inline; they run no inline script.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:;"
    " connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# What it draws was written by a model: no origin, no network, and nothing of the page around it.
DIAGRAM_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; img-src data:; font-src data:; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'self'; sandbox allow-scripts"
)
_DIAGRAM: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="color-scheme" content="light dark">
<title>Diagram</title>
</head>
<body>
<script src="/reference/mermaid.tiny.js"></script>
<script src="/reference/diagram-begin.js"></script>
</body>
</html>
"""
_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Besedka API</title>
<link rel="icon" href="{icon}" type="image/svg+xml">
{styles}
</head>
<body>
<main id="reference"></main>
{scripts}
</body>
</html>
"""


def _page(*, scripts: tuple[str, ...], styles: tuple[str, ...] = ()) -> Response:
    content = _PAGE.format(
        icon=asset("mark.svg"),
        styles="".join(f'<link rel="stylesheet" href="/reference/{name}">' for name in styles),
        scripts="".join(f'<script src="/reference/{name}"></script>' for name in scripts),
    )
    return HTMLResponse(content, headers={"Content-Security-Policy": POLICY})


@router.get("/docs")
def swagger() -> Response:
    """Show the API for trying it out."""
    return _page(scripts=("swagger-ui-bundle.js", "swagger-begin.js"), styles=("swagger-ui.css",))


@router.get("/redoc")
def redoc() -> Response:
    """Show the API for reading."""
    return _page(scripts=("redoc.standalone.js", "redoc-begin.js"))


@router.get("/diagram")
def diagram() -> Response:
    """The frame in which a page has a diagram drawn: it is sent the text, and tells how high it became."""
    headers = {"Content-Security-Policy": DIAGRAM_POLICY, "Cache-Control": "public, max-age=86400"}
    return HTMLResponse(_DIAGRAM, headers=headers)


@router.get("/reference/{name}")
def reference_file(request: Request, name: str) -> Response:
    """Serve a file of the viewers, compressed when the browser likes. Raises NotFound."""
    known = {path.name: path for path in FOLDER.glob("*") if path.suffix in {".js", ".css"}}
    if name not in known:
        raise NotFound
    path, headers = (
        known[name],
        {"Cache-Control": "public, max-age=86400", "Vary": "Accept-Encoding"},
    )
    packed = path.with_name(name + ".gz")
    if packed.is_file() and "gzip" in request.headers.get("accept-encoding", ""):
        path, headers = packed, headers | {"Content-Encoding": "gzip"}
    return FileResponse(path, headers=headers, media_type=mimetypes.guess_type(name)[0])
