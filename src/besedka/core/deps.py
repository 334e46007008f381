"""FastAPI dependencies of the core."""

from typing import Annotated, cast

from fastapi import Depends
from starlette.requests import HTTPConnection

from besedka.core.i18n import Locale, locale_of
from besedka.core.runtime import Runtime


def get_runtime(connection: HTTPConnection) -> Runtime:
    """Return the process's runtime."""
    return cast(Runtime, connection.app.state.runtime)


CurrentRuntime = Annotated[Runtime, Depends(get_runtime)]
CurrentLocale = Annotated[Locale, Depends(locale_of)]


def client_address(connection: HTTPConnection) -> str:
    """Return the caller's address, as the server (or a trusted proxy) saw it."""
    return connection.client.host if connection.client else "unknown"


ClientAddress = Annotated[str, Depends(client_address)]
