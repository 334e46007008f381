"""The manifest of account pages."""

from pathlib import Path

from besedka.core.module import Manifest, NavItem
from besedka.products.account import api
from besedka.products.account.pages import (
    entry,
    installation,
    keys,
    model,
    records,
    security,
    settings,
)
from besedka.products.account.places import SETTINGS

MANIFEST = Manifest(
    name="account",
    package="besedka.products.account",
    routers=(api.router,),
    pages=(
        entry.router,
        settings.router,
        model.router,
        security.router,
        keys.router,
        records.router,
        installation.router,
    ),
    navigation=(NavItem(SETTINGS, "settings", "account.settings", order=900),),
    templates=Path(__file__).parent / "templates",
)
