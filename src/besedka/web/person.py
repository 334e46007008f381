"""Who looks at a page."""

from starlette.requests import Request

from besedka.kernel.accounts.types import Identity


async def identity_of(request: Request) -> Identity | None:
    """Return the person behind a request, or None."""
    found = request.scope.get("besedka.identity")
    return found if isinstance(found, Identity) else None


def csrf_token_of(request: Request) -> str:
    """Return the token that forms of this person carry, or an empty string."""
    return str(request.scope.get("besedka.csrf", ""))
