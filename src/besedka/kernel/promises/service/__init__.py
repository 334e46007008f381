"""Use cases of promises."""

from besedka.kernel.promises.service.keeping import (
    Questions,
    Replies,
    forget,
    note_state,
    reckon,
    reckon_all,
)
from besedka.kernel.promises.service.noticing import notice
from besedka.kernel.promises.service.policies import (
    RECKON_JOB,
    change_policy,
    create_policy,
    delete_policy,
    get_policy,
    list_policies,
    reckon_later,
    set_default,
)
from besedka.kernel.promises.service.rating import rate, rating_state
from besedka.kernel.promises.service.standing import due_of, is_promised, list_due, standing_of

__all__ = [
    "RECKON_JOB",
    "Questions",
    "Replies",
    "change_policy",
    "create_policy",
    "delete_policy",
    "due_of",
    "forget",
    "get_policy",
    "is_promised",
    "list_due",
    "list_policies",
    "note_state",
    "notice",
    "rate",
    "rating_state",
    "reckon",
    "reckon_all",
    "reckon_later",
    "set_default",
    "standing_of",
]
