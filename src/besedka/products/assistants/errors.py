"""Errors of assistants' pages and API."""

from besedka.core.errors import NotFound


class PresetNotFound(NotFound):
    """There is no such ready prompt."""

    code = "preset_not_found"
