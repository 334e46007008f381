"""A look at a page for the widget's line, as the pages that offer it need it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from fastapi import Request

from besedka.core.i18n import locale_of
from besedka.core.problems import words_of
from besedka.core.runtime import Runtime
from besedka.core.security.ratelimit import HEAVY
from besedka.kernel.accounts.types import Identity
from besedka.products.widget import service
from besedka.products.widget.errors import BadSite
from besedka.products.widget.types import Found, Place


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found at the address that was typed, or what is wrong with it."""

    address: str = ""
    found: Found | None = None
    errors: Mapping[str, str] = field(default_factory=dict)


async def check_site(
    request: Request, runtime: Runtime, identity: Identity, place: Place, address: str
) -> Checked:
    """Look for a widget's line on a page, within the limits of the person who asks."""
    await runtime.limiter.hit(HEAVY, "widget-check", str(identity.actor_id))
    try:
        found = await service.look_at(runtime, place, address)
    except BadSite as error:
        return Checked(address, errors={"url": words_of(locale_of(request), error)})
    return Checked(address, found)


def first_address(place: Place) -> str:
    """Return the page that is most likely to have the line: where it was used last, or the first allowed site."""
    return place.seen_origin or next(iter(place.allowed_origins), "")
