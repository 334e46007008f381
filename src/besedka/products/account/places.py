"""Where a person begins."""

from besedka.kernel.accounts.types import Identity

FIRST = (("inbox.read", "/dashboard/inbox"),)
START = "/dashboard/start"
SETTINGS = "/dashboard/settings"


def home_of(identity: Identity) -> str:
    """Return the page of the first job that a person has."""
    return next((path for permission, path in FIRST if identity.may(permission)), SETTINGS)
