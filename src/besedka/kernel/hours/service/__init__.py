"""Use cases of hours."""

from besedka.kernel.hours.service.periods import choose_period
from besedka.kernel.hours.service.reckoning import (
    add_working,
    is_open,
    next_opening,
    open_within,
    opening_of,
    working_time,
)
from besedka.kernel.hours.service.schedules import (
    change_schedule,
    check,
    create_schedule,
    delete_schedule,
    find_default,
    find_schedule,
    get_schedule,
    list_schedules,
    make_default,
    opening,
    zone_of,
    zones,
)

__all__ = [
    "add_working",
    "change_schedule",
    "check",
    "choose_period",
    "create_schedule",
    "delete_schedule",
    "find_default",
    "find_schedule",
    "get_schedule",
    "is_open",
    "list_schedules",
    "make_default",
    "next_opening",
    "open_within",
    "opening",
    "opening_of",
    "working_time",
    "zone_of",
    "zones",
]
