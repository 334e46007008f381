"""Use cases of answers."""

from besedka.kernel.answers.service.asking import ask, queue_reply, try_out
from besedka.kernel.answers.service.assistants import (
    Changes,
    create_assistant,
    find_assistant,
    get_assistant,
    list_assistants,
    named,
    prompt_versions,
    update_assistant,
)
from besedka.kernel.answers.service.compose import OnText
from besedka.kernel.answers.service.engine import answer
from besedka.kernel.answers.service.handoff import hand_back, hand_off, resolve, take_over
from besedka.kernel.answers.service.runs import explain, is_cited
from besedka.kernel.answers.service.smalltalk import searched_for

__all__ = [
    "Changes",
    "OnText",
    "answer",
    "ask",
    "create_assistant",
    "explain",
    "find_assistant",
    "get_assistant",
    "hand_back",
    "hand_off",
    "is_cited",
    "list_assistants",
    "named",
    "prompt_versions",
    "queue_reply",
    "resolve",
    "searched_for",
    "take_over",
    "try_out",
    "update_assistant",
]
