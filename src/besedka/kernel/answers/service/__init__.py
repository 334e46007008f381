"""Use cases of answers."""

from besedka.kernel.answers.service.about import AboutPorts, about_person
from besedka.kernel.answers.service.asking import Replying, ask, try_out
from besedka.kernel.answers.service.assistants import (
    Changes,
    changed,
    create_assistant,
    find_assistant,
    get_assistant,
    list_assistants,
    named,
    prompt_versions,
    update_assistant,
)
from besedka.kernel.answers.service.citations import without_marks
from besedka.kernel.answers.service.collections import (
    add_collection,
    delete_collection,
    lend_collection,
    rename_collection,
    restore_collection,
    use_collections,
)
from besedka.kernel.answers.service.compose import Consulted, OnText
from besedka.kernel.answers.service.engine import answer
from besedka.kernel.answers.service.handoff import (
    hand_back,
    hand_off,
    has_assistant,
    resolve,
    take_over,
)
from besedka.kernel.answers.service.precedence import FirstWords
from besedka.kernel.answers.service.removal import (
    archive_assistant,
    assistant_kept_until,
    delete_assistant,
    destroy_assistant,
    list_deleted_assistants,
    restore_assistant,
    unarchive_assistant,
)
from besedka.kernel.answers.service.runs import (
    answer_of,
    correct,
    explain,
    is_cited,
    past_questions,
    question_of,
)
from besedka.kernel.answers.service.smalltalk import searched_for
from besedka.kernel.answers.service.versions import (
    discard_draft,
    drafted,
    publish_draft,
    roll_back,
    save_draft,
)
from besedka.kernel.answers.versions import guardrails_of, guidelines_of, snapshot, with_settings

__all__ = [
    "AboutPorts",
    "Changes",
    "Consulted",
    "FirstWords",
    "OnText",
    "Replying",
    "about_person",
    "add_collection",
    "answer",
    "answer_of",
    "archive_assistant",
    "ask",
    "assistant_kept_until",
    "changed",
    "correct",
    "create_assistant",
    "delete_assistant",
    "delete_collection",
    "destroy_assistant",
    "discard_draft",
    "drafted",
    "explain",
    "find_assistant",
    "get_assistant",
    "guardrails_of",
    "guidelines_of",
    "hand_back",
    "hand_off",
    "has_assistant",
    "is_cited",
    "lend_collection",
    "list_assistants",
    "list_deleted_assistants",
    "named",
    "past_questions",
    "prompt_versions",
    "publish_draft",
    "question_of",
    "rename_collection",
    "resolve",
    "restore_assistant",
    "restore_collection",
    "roll_back",
    "save_draft",
    "searched_for",
    "snapshot",
    "take_over",
    "try_out",
    "unarchive_assistant",
    "update_assistant",
    "use_collections",
    "with_settings",
    "without_marks",
]
