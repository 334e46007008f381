"""Use cases of the widget."""

from besedka.products.widget.service.form import fill
from besedka.products.widget.service.identity import identify, read_token
from besedka.products.widget.service.installed import look_at
from besedka.products.widget.service.places import find_place, first_place, is_own, origin_of
from besedka.products.widget.service.puzzle import accept
from besedka.products.widget.service.settings import (
    add_place,
    change_look,
    change_place,
    create_widget,
    delete_place,
    ensure_widget,
    get_place,
    list_places,
    place_of,
    places_of,
    rotate_secret,
    widgets_of,
)
from besedka.products.widget.service.visits import (
    Arrival,
    Session,
    begin,
    call_person,
    describe,
    find_visit,
    greeting_of,
    leave,
    messages,
    passage,
    post,
    spoken_in,
    sweep,
)
from besedka.products.widget.service.waiting import keep_promises, leave_contact, queue

__all__ = [
    "Arrival",
    "Session",
    "accept",
    "add_place",
    "begin",
    "call_person",
    "change_look",
    "change_place",
    "create_widget",
    "delete_place",
    "describe",
    "ensure_widget",
    "fill",
    "find_place",
    "find_visit",
    "first_place",
    "get_place",
    "greeting_of",
    "identify",
    "is_own",
    "keep_promises",
    "leave",
    "leave_contact",
    "list_places",
    "look_at",
    "messages",
    "origin_of",
    "passage",
    "place_of",
    "places_of",
    "post",
    "queue",
    "read_token",
    "rotate_secret",
    "spoken_in",
    "sweep",
    "widgets_of",
]
