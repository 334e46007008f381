"""Use cases of the inbox."""

from besedka.products.inbox.service.assigning import (
    Arrivals,
    assign,
    keep_noting,
    list_operators,
    save_operator,
    save_team,
    sweep,
)
from besedka.products.inbox.service.bulk import Bulk, carry_out
from besedka.products.inbox.service.dialogs import (
    Reply,
    call_person,
    count_waiting,
    get_dialog,
    reply,
    start,
)
from besedka.products.inbox.service.listing import find_dialogs, find_ids
from besedka.products.inbox.service.moves import (
    Transfer,
    give_back,
    put_off,
    reopen,
    resolve,
    set_priority,
    snooze,
    take,
    to_team,
    transfer,
    unassign,
    wake,
)
from besedka.products.inbox.service.snoozing import moment_of, zone_of
from besedka.products.inbox.service.views import delete_view, export_person, list_views, save_view

__all__ = [
    "Arrivals",
    "Bulk",
    "Reply",
    "Transfer",
    "assign",
    "call_person",
    "carry_out",
    "count_waiting",
    "delete_view",
    "export_person",
    "find_dialogs",
    "find_ids",
    "get_dialog",
    "give_back",
    "keep_noting",
    "list_operators",
    "list_views",
    "moment_of",
    "put_off",
    "reopen",
    "reply",
    "resolve",
    "save_operator",
    "save_team",
    "save_view",
    "set_priority",
    "snooze",
    "start",
    "sweep",
    "take",
    "to_team",
    "transfer",
    "unassign",
    "wake",
    "zone_of",
]
