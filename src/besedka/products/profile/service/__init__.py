"""Use cases of profiles."""

from besedka.products.profile.service.analysing import analyse, propose
from besedka.products.profile.service.keeping import (
    Wish,
    accept_fact,
    add_fact,
    change_fact,
    choose,
    forget_all,
    forget_fact,
    get_fact,
    history,
    list_facts,
    prompt_about,
    read_choices,
    reject_fact,
    replace,
    tell,
)
from besedka.products.profile.service.person import export_person, export_profile

__all__ = [
    "Wish",
    "accept_fact",
    "add_fact",
    "analyse",
    "change_fact",
    "choose",
    "export_person",
    "export_profile",
    "forget_all",
    "forget_fact",
    "get_fact",
    "history",
    "list_facts",
    "prompt_about",
    "propose",
    "read_choices",
    "reject_fact",
    "replace",
    "tell",
]
