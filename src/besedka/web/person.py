"""Who looks at a page."""

from starlette.requests import Request

from besedka.core.errors import NotFound, Unauthenticated
from besedka.kernel.accounts.deps import find_identity
from besedka.kernel.accounts.types import Identity


async def identity_of(request: Request) -> Identity | None:
    """Return the person behind a request; None for a stranger, also one with an ended session."""
    try:
        return await find_identity(request)
    except (NotFound, Unauthenticated):
        return None


def known_identity(request: Request) -> Identity | None:
    """Return the person if the request has been asked already; never asks the database."""
    found = request.scope.get("besedka.identity")
    return found if isinstance(found, Identity) else None


def csrf_token_of(request: Request) -> str:
    """Return the token that forms of this person carry; empty where the session came without a cookie."""
    return str(request.scope.get("besedka.csrf", ""))
