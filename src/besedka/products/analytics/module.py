"""The manifest of analytics."""

from pathlib import Path

from besedka.core.module import Manifest, NavItem
from besedka.kernel.accounts.types import ADMINISTRATORS
from besedka.kernel.conversations.types import STAFF_READS
from besedka.products.analytics import api, pages
from besedka.products.analytics.types import ANALYTICS_READ

MANIFEST = Manifest(
    name="analytics",
    package="besedka.products.analytics",
    routers=(api.router,),
    pages=(pages.router,),
    permissions={ANALYTICS_READ: ADMINISTRATORS},
    navigation=(NavItem(pages.PAGE, "chart", "analytics.title", STAFF_READS, order=70),),
    templates=Path(__file__).parent / "templates",
)
