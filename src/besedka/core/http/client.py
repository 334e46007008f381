"""The guarded client: every request of this program to somebody else's server leaves here."""

import json as jsonlib
import re
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace

import aiohttp
from pydantic import JsonValue
from yarl import URL

from besedka.core.http.errors import BadUrl, TooManyRedirects
from besedka.core.http.guard import Guard, Target
from besedka.core.http.resolve import PinnedResolver, Resolver, SystemResolver
from besedka.core.http.response import FAILURES, Response, explain
from besedka.core.http.types import Fetched, Form, Limits

Body = bytes | Form | None
Headers = Mapping[str, str]

_HAS_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_AGENT = "Besedka"
_MAX_CONNECTIONS = 512
_KEEP_ALIVE_SECONDS = 30.0


class OutgoingHttp:
    """One pool of connections under one address rule.

    A connection is only ever reused under the rule that it was opened under, because each client
    has its own pool. `trust` replaces the system's certificate authorities.
    """

    def __init__(
        self,
        guard: Guard | None = None,
        limits: Limits | None = None,
        *,
        resolver: Resolver | None = None,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self.guard = guard or Guard()
        self.limits = limits or Limits()
        self._resolver = PinnedResolver(self.guard, resolver or SystemResolver())
        self._trust = trust
        self._session: aiohttp.ClientSession | None = None

    @asynccontextmanager
    async def stream(
        self,
        method: str,
        url: str,
        *,
        headers: Headers | None = None,
        json: JsonValue | Mapping[str, object] = None,
        body: Body = None,
        limits: Limits | None = None,
    ) -> AsyncIterator[Response]:
        """Send a request and give the answer while it arrives; redirects are answers like others.

        Leaving the block before the end of the body cuts the connection. Raises OutgoingError.
        """
        target = self.guard.target(url)
        limits = limits or self.limits
        sent = {"Accept-Encoding": "identity", **(headers or {})}
        answer = await self._open(
            method, target, _with_json(sent, json), _payload(json, body), limits
        )
        response = Response(answer, host=target.host, limits=limits)
        try:
            yield response
        finally:
            response.close()

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Headers | None = None,
        json: JsonValue | Mapping[str, object] = None,
        body: Body = None,
        limits: Limits | None = None,
    ) -> Fetched:
        """Send a request and return the whole answer; redirects are not followed. Raises OutgoingError."""
        sent = {"Accept-Encoding": "gzip, deflate", **(headers or {})}
        async with self.stream(
            method, url, headers=sent, json=json, body=body, limits=limits
        ) as response:
            content = await response.read()
            return Fetched(response.status, response.url, response.headers, content)

    async def fetch(
        self,
        url: str,
        *,
        headers: Headers | None = None,
        max_bytes: int | None = None,
        limits: Limits | None = None,
    ) -> Fetched:
        """GET a page, following a few redirects, each checked like the first address.

        Headers of the caller are left out once a redirect leads to another origin. Raises OutgoingError.
        """
        limits = limits or self.limits
        if max_bytes is not None:
            limits = replace(limits, max_bytes=max_bytes)
        start = target = self.guard.target(url)
        for _ in range(limits.redirects + 1):
            sent = headers if target.origin == start.origin else None
            fetched = await self.send("GET", str(target.url), headers=sent, limits=limits)
            if fetched.status not in _REDIRECTS or "Location" not in fetched.headers:
                return fetched
            target = self.guard.target(_next_url(target.url, fetched.headers["Location"]))
        raise TooManyRedirects(host=start.host)

    async def close(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _open(
        self,
        method: str,
        target: Target,
        headers: Headers,
        data: bytes | aiohttp.FormData | None,
        limits: Limits,
    ) -> aiohttp.ClientResponse:
        try:
            return await self._shared().request(
                method,
                target.url,
                headers=headers,
                data=data,
                allow_redirects=False,
                timeout=_timeout(limits),
            )
        except FAILURES as error:
            failure = explain(error, target.host)
        raise failure

    def _shared(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(
                resolver=self._resolver,
                use_dns_cache=False,
                limit=_MAX_CONNECTIONS,
                keepalive_timeout=_KEEP_ALIVE_SECONDS,
                ssl=self._trust or True,
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                trust_env=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": _AGENT},
            )
        return self._session


def _timeout(limits: Limits) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(
        total=limits.total,
        connect=limits.connect,
        sock_connect=limits.connect,
        sock_read=limits.idle,
    )


def _with_json(headers: Headers, json: object) -> Headers:
    return headers if json is None else {"Content-Type": "application/json", **headers}


def _payload(json: JsonValue | Mapping[str, object], body: Body) -> bytes | aiohttp.FormData | None:
    if json is not None:
        return jsonlib.dumps(json, ensure_ascii=False, separators=(",", ":")).encode(
            "utf-8", "replace"
        )
    return _multipart(body) if isinstance(body, Form) else body


def _multipart(form: Form) -> aiohttp.FormData:
    data = aiohttp.FormData(default_to_multipart=True)
    for name, value in form.fields.items():
        data.add_field(name, value)
    for part in form.files:
        data.add_field(
            part.name, part.content, filename=part.filename, content_type=part.media_type
        )
    return data


def _next_url(current: URL, location: str) -> str:
    if "\\" in location:
        raise BadUrl(reason="redirect")  # a slash to browsers, a letter to others
    location = location.strip().replace(" ", "%20")
    if _HAS_SCHEME.match(location):
        return location
    try:
        return str(current.join(URL(location)))
    except ValueError:
        raise BadUrl(reason="redirect") from None
