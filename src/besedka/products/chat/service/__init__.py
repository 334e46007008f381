"""Use cases of chats with models."""

from besedka.products.chat.service.asking import ask, estimate, regenerate, run_of, start, stop
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
from besedka.products.chat.service.failing import failure_of
from besedka.products.chat.service.following import (
    Piece,
    Place,
    answer_of,
    follow,
    newest_run,
    wait_for,
)
from besedka.products.chat.service.live import Lives

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
    "estimate",
    "failure_of",
    "find_run",
    "follow",
    "get_setup",
    "get_turn",
    "last_turns",
    "newest_run",
    "rate",
    "regenerate",
    "run_of",
    "seconds_left",
    "show_branch",
    "shown_turns",
    "start",
    "stop",
    "wait_for",
    "whole_branch",
]
