"""A server that speaks as much of S3 as an object store needs: path-style, signed, with parts, ranges and lists."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import formatdate
from xml.sax.saxutils import escape

from aiohttp import web

from besedka.core.clock import now

KEY_ID, SECRET, BUCKET = "AKIAFAKE", "a-secret", "files"
_SIGNED = re.compile(
    rf"AWS4-HMAC-SHA256 Credential={KEY_ID}/\d{{8}}/[a-z0-9-]+/s3/aws4_request,"
    r" ?SignedHeaders=[a-z0-9;-]*host[a-z0-9;-]*, ?Signature=[0-9a-f]{64}"
)


@dataclass
class FakeS3:
    """What is stored, and how it came; `denied` refuses everything."""

    url: str = ""
    objects: dict[str, bytes] = field(default_factory=dict)
    parts: dict[str, dict[int, bytes]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    modified: float | None = None
    denied: bool = False

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        self.calls.append(f"{request.method} {'&'.join(request.query)}".strip())
        signature = request.headers.get("Authorization", "")
        if self.denied or not _SIGNED.fullmatch(signature) or "x-amz-date" not in request.headers:
            return _problem(403, "AccessDenied")
        bucket, _, key = request.match_info["path"].partition("/")
        if bucket != BUCKET:
            return _problem(404, "NoSuchBucket")
        if request.method == "GET" and "list-type" in request.query:
            return self._list(request.query.get("prefix", ""))
        if request.method in {"PUT", "POST"}:
            return await self._take(request, key)
        return self._give(request, key)

    async def _take(self, request: web.Request, key: str) -> web.Response:
        upload, body = request.query.get("uploadId"), await request.read()
        if "uploads" in request.query:
            self.parts[key] = {}
            return _xml(
                f"<InitiateMultipartUploadResult><UploadId>{key}</UploadId></InitiateMultipartUploadResult>"
            )
        if upload is None:
            self.objects[key] = body
        elif request.method == "PUT":
            self.parts[upload][int(request.query["partNumber"])] = body
        else:
            self.objects[key] = b"".join(data for _, data in sorted(self.parts.pop(upload).items()))
            return _xml(
                "<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>"
            )
        return web.Response(headers={"ETag": '"e"'})

    def _give(self, request: web.Request, key: str) -> web.Response:
        if request.method == "DELETE":
            self.objects.pop(key, None)
            return web.Response(status=204)
        data = self.objects.get(key)
        if data is None:
            return _problem(404, "NoSuchKey")
        headers = {"ETag": '"e"', "Last-Modified": formatdate(self.modified, usegmt=True)}
        if request.method == "HEAD":
            return web.Response(headers={**headers, "Content-Length": str(len(data))})
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", request.headers.get("Range", ""))
        if asked is None:
            return web.Response(body=data, headers=headers)
        start, end = int(asked[1]), min(int(asked[2]) + 1, len(data))
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{len(data)}"
        return web.Response(status=206, body=data[start:end], headers=headers)

    def _list(self, prefix: str) -> web.Response:
        found = "".join(
            f"<Contents><Key>{escape(key)}</Key><LastModified>{_moment(self.modified)}</LastModified>"
            f"<ETag>e</ETag><Size>{len(data)}</Size></Contents>"
            for key, data in sorted(self.objects.items())
            if key.startswith(prefix)
        )
        return _xml(f"<ListBucketResult><IsTruncated>false</IsTruncated>{found}</ListBucketResult>")


def _moment(modified: float | None) -> str:
    moment = now() if modified is None else datetime.fromtimestamp(modified, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _xml(body: str) -> web.Response:
    return web.Response(text=f'<?xml version="1.0"?>{body}', content_type="application/xml")


def _problem(status: int, code: str) -> web.Response:
    text = f"<Error><Code>{code}</Code><Message>{code}</Message></Error>"
    return web.Response(status=status, text=text, content_type="application/xml")


@asynccontextmanager
async def fake_s3() -> AsyncIterator[FakeS3]:
    """Serve on a free port of this machine."""
    made = FakeS3()
    app = web.Application(client_max_size=2**30)
    app.router.add_route("*", "/{path:.*}", made.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    made.url = f"http://{host}:{port}"
    try:
        yield made
    finally:
        await runner.cleanup()
