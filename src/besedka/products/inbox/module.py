"""The manifest of the inbox."""

from pathlib import Path

from besedka.core.module import Manifest, NavItem, Waiting
from besedka.kernel.conversations.types import STAFF_READS, STAFF_WRITES, Kind
from besedka.products.inbox import api, contact, pages, service

HELPERS = frozenset({"owner", "admin", "operator"})

MANIFEST = Manifest(
    name="inbox",
    package="besedka.products.inbox",
    routers=(api.router,),
    pages=(pages.router, contact.router),
    permissions={STAFF_READS: HELPERS, STAFF_WRITES: HELPERS},
    navigation=(
        NavItem(
            pages.PATH,
            "inbox",
            "inbox.title",
            STAFF_READS,
            order=10,
            waiting=Waiting(service.count_waiting, stream="inbox", path="/dialogs/waiting"),
        ),
    ),
    places={Kind.DIALOG: pages.PATH + "/{id}"},
    templates=Path(__file__).parent / "templates",
)
