"""Use cases of chats with models."""

from besedka.products.chat.service.asking import ask, regenerate, run_of, stop
from besedka.products.chat.service.branches import (
    change_setup,
    get_setup,
    get_turn,
    rate,
    show_branch,
    shown_turns,
)
from besedka.products.chat.service.engine import JOB, answer, seconds_left
from besedka.products.chat.service.estimating import estimate
from besedka.products.chat.service.following import (
    Piece,
    Place,
    answer_of,
    failure_of,
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
    "ask",
    "change_setup",
    "estimate",
    "failure_of",
    "follow",
    "get_setup",
    "get_turn",
    "newest_run",
    "rate",
    "regenerate",
    "run_of",
    "seconds_left",
    "show_branch",
    "shown_turns",
    "stop",
    "wait_for",
]
