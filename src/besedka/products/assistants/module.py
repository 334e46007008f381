"""The manifest of assistants."""

from pathlib import Path

from besedka.core.module import EntityType, Manifest, NavItem
from besedka.kernel.accounts.types import ADMINISTRATORS, Role
from besedka.kernel.answers.types import ASSISTANTS_MANAGE, ASSISTANTS_READ
from besedka.products.assistants import api, collections, removal, service
from besedka.products.assistants.pages import (
    assistants,
    checking,
    documents,
    passages,
    presets,
    searching,
    settings,
    thresholds,
    trash,
    trying,
    why,
)
from besedka.products.assistants.pages import collections as shared
from besedka.products.assistants.pages import removal as leaving
from besedka.products.assistants.pages.common import PATH

MANIFEST = Manifest(
    name="assistants",
    package="besedka.products.assistants",
    routers=(removal.router, api.router, collections.router),
    pages=(
        assistants.router,
        shared.router,
        shared.for_one,
        why.router,
        documents.router,
        passages.router,
        trash.router,
        checking.router,
        trying.router,
        searching.router,
        settings.router,
        thresholds.router,
        presets.router,
        leaving.router,
        leaving.for_one,
    ),
    permissions={
        ASSISTANTS_READ: ADMINISTRATORS | {Role.OPERATOR.value},
        ASSISTANTS_MANAGE: ADMINISTRATORS,
    },
    entity_types=(EntityType("assistant", service.find_titles, ASSISTANTS_READ),),
    navigation=(NavItem(PATH, "assistant", "assistants.title", ASSISTANTS_READ, order=20),),
    templates=Path(__file__).parent / "templates",
)
