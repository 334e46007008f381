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
from besedka.products.chat.service.choosing import list_assistants
from besedka.products.chat.service.engine import JOB, answer, seconds_left
from besedka.products.chat.service.exporting import as_markdown, whole_branch
from besedka.products.chat.service.failing import failure_of
from besedka.products.chat.service.following import (
    Piece,
    Place,
    answer_of,
    follow,
    newest_run,
    side_by_side,
    wait_for,
)
from besedka.products.chat.service.imports import (
    IMPORT,
    begin_import,
    forget_imports,
    get_import,
    list_imports,
    take_in,
)
from besedka.products.chat.service.live import Lives
from besedka.products.chat.service.person import erase_person, export_person
from besedka.products.chat.service.posted import Posted
from besedka.products.chat.service.prompts import (
    change_prompt,
    create_prompt,
    delete_prompt,
    export_prompts,
    fill_prompt,
    forget_prompts,
    get_prompt,
    list_prompts,
    may_change,
    prompt_tags,
    tidy_tags,
)
from besedka.products.chat.service.sharing import (
    list_shares,
    purge_shares,
    read_shared,
    share,
    take_back,
)
from besedka.products.chat.service.summing import (
    SUM_UP,
    again,
    list_summaries,
    rewrite,
    sum_up,
)
from besedka.products.chat.service.variables import variables_in

__all__ = [
    "IMPORT",
    "JOB",
    "SUM_UP",
    "Lives",
    "Piece",
    "Place",
    "Posted",
    "again",
    "answer",
    "answer_of",
    "as_markdown",
    "ask",
    "begin_import",
    "change_prompt",
    "change_setup",
    "compare",
    "create_prompt",
    "delete_prompt",
    "erase_person",
    "estimate",
    "export_person",
    "export_prompts",
    "failure_of",
    "fill_prompt",
    "find_run",
    "follow",
    "forget_imports",
    "forget_prompts",
    "get_import",
    "get_prompt",
    "get_setup",
    "get_turn",
    "last_turns",
    "list_assistants",
    "list_imports",
    "list_prompts",
    "list_shares",
    "list_summaries",
    "may_change",
    "newest_run",
    "prompt_tags",
    "purge_shares",
    "rate",
    "read_shared",
    "regenerate",
    "rewrite",
    "seconds_left",
    "share",
    "show_branch",
    "shown_turns",
    "side_by_side",
    "start",
    "stop",
    "sum_up",
    "take_back",
    "take_in",
    "tidy_tags",
    "variables_in",
    "wait_for",
    "whole_branch",
]
