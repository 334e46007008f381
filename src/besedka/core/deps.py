"""FastAPI dependencies of the core.

They are asynchronous, although nothing waits in them: FastAPI runs a plain function in a thread, which costs more
than a hot request's whole query.
"""

from typing import Annotated, cast

from fastapi import Depends
from starlette.requests import HTTPConnection

from besedka.core.i18n import Locale, locale_of
from besedka.core.runtime import Runtime
from besedka.core.security.proxies import caller_address, is_trusted

SCHEMES = ("http", "https")


def get_runtime(connection: HTTPConnection) -> Runtime:
    """Return the process's runtime."""
    return cast(Runtime, connection.scope["app"].state.runtime)


def client_address(connection: HTTPConnection) -> str:
    """Return the caller's address, as the server or a trusted proxy saw it."""
    client = connection.scope.get("client")
    peer = client[0] if client else "unknown"
    trusted = get_runtime(connection).settings.trusted_proxies
    if not trusted:
        return peer
    return caller_address(peer, connection.headers.getlist("x-forwarded-for"), trusted=trusted)


def client_scheme(connection: HTTPConnection) -> str:
    """Return the scheme that the caller used, http or https, as the server or a trusted proxy saw it."""
    seen = str(connection.scope.get("scheme", "http")).replace("ws", "http")
    client = connection.scope.get("client")
    trusted = get_runtime(connection).settings.trusted_proxies
    said = connection.headers.get("x-forwarded-proto", "").lower()
    believed = said in SCHEMES and client is not None and is_trusted(client[0], trusted)
    return said if believed else seen


async def _runtime(connection: HTTPConnection) -> Runtime:  # noqa: RUF029 - see above
    return get_runtime(connection)


async def _locale(connection: HTTPConnection) -> Locale:  # noqa: RUF029 - see above
    return locale_of(connection)


async def _address(connection: HTTPConnection) -> str:  # noqa: RUF029 - see above
    return client_address(connection)


CurrentRuntime = Annotated[Runtime, Depends(_runtime)]
CurrentLocale = Annotated[Locale, Depends(_locale)]
ClientAddress = Annotated[str, Depends(_address)]
