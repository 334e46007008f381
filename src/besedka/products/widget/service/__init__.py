"""Use cases of the widget."""

from besedka.products.widget.service.places import (
    create_widget,
    find_place,
    first_place,
    widgets_of,
)
from besedka.products.widget.service.visits import (
    Session,
    begin,
    call_person,
    find_visit,
    messages,
    passage,
    post,
    sweep,
)

__all__ = [
    "Session",
    "begin",
    "call_person",
    "create_widget",
    "find_place",
    "find_visit",
    "first_place",
    "messages",
    "passage",
    "post",
    "sweep",
    "widgets_of",
]
