"""Use cases of chats with models."""

from besedka.products.chat.service.asking import ask, compare, estimate, regenerate, start, stop
from besedka.products.chat.service.branches import (
    change_setup,
    find_run,
    get_setup,
    get_turn,
    last_turns,
    rate,
    show_branch,
    shown_turns,
)
from besedka.products.chat.service.engine import JOB, answer, seconds_left
from besedka.products.chat.service.exporting import as_markdown, whole_branch
from besedka.products.chat.service.following import (
    Piece,
    Place,
    answer_of,
    failure_of,
    follow,
    newest_run,
    side_by_side,
    wait_for,
)
from besedka.products.chat.service.live import Lives
from besedka.products.chat.service.person import erase_person, export_person
from besedka.products.chat.service.posted import Posted
from besedka.products.chat.service.sharing import (
    list_shares,
    purge_shares,
    read_shared,
    share,
    take_back,
)

__all__ = [
    "JOB",
    "Lives",
    "Piece",
    "Place",
    "Posted",
    "answer",
    "answer_of",
    "as_markdown",
    "ask",
    "change_setup",
    "compare",
    "erase_person",
    "estimate",
    "export_person",
    "failure_of",
    "find_run",
    "follow",
    "get_setup",
    "get_turn",
    "last_turns",
    "list_shares",
    "newest_run",
    "purge_shares",
    "rate",
    "read_shared",
    "regenerate",
    "seconds_left",
    "share",
    "show_branch",
    "shown_turns",
    "side_by_side",
    "start",
    "stop",
    "take_back",
    "wait_for",
    "whole_branch",
]
