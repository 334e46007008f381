"""Permissions that the settings pages ask for; accounts and llm grant them."""

from collections.abc import Iterable
from typing import Final

from besedka.core.module import Manifest
from besedka.kernel.accounts.types import EVERYBODY, Role

MANAGE_PEOPLE: Final = "people.manage"
MANAGE_WORKSPACE: Final = "workspace.manage"
MANAGE_MODELS: Final = "llm.manage"


def useful_roles(manifests: Iterable[Manifest]) -> list[Role]:
    """Return the roles worth giving: a member's, and those that may do more by some installed module."""
    named = {
        role
        for manifest in manifests
        for roles in manifest.permissions.values()
        if roles != EVERYBODY
        for role in roles
    }
    return [role for role in Role if role is Role.MEMBER or role.value in named]
