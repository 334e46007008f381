"""Permissions that the settings pages ask for; accounts and llm grant them."""

from typing import Final

MANAGE_PEOPLE: Final = "people.manage"
MANAGE_WORKSPACE: Final = "workspace.manage"
MANAGE_MODELS: Final = "llm.manage"
