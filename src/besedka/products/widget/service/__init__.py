"""Use cases of the widget."""

from besedka.products.widget.service.places import find_place, first_place, origin_of
from besedka.products.widget.service.settings import (
    change_look,
    create_widget,
    ensure_widget,
    place_of,
    widgets_of,
)
from besedka.products.widget.service.visits import (
    Session,
    attachment,
    begin,
    call_person,
    find_visit,
    messages,
    passage,
    post,
    show_dialog,
    sweep,
)

__all__ = [
    "Session",
    "attachment",
    "begin",
    "call_person",
    "change_look",
    "create_widget",
    "ensure_widget",
    "find_place",
    "find_visit",
    "first_place",
    "messages",
    "origin_of",
    "passage",
    "place_of",
    "post",
    "show_dialog",
    "sweep",
    "widgets_of",
]
