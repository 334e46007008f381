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
from besedka.products.chat.service.person import export_person

__all__ = [
    "JOB",
    "Lives",
    "Piece",
    "Place",
    "answer",
    "answer_of",
    "as_markdown",
    "ask",
    "change_setup",
    "compare",
    "estimate",
    "export_person",
    "failure_of",
    "find_run",
    "follow",
    "get_setup",
    "get_turn",
    "last_turns",
    "newest_run",
    "rate",
    "regenerate",
    "seconds_left",
    "show_branch",
    "shown_turns",
    "side_by_side",
    "start",
    "stop",
    "wait_for",
    "whole_branch",
]
