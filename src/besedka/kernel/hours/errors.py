"""What can go wrong with hours."""

from besedka.core.errors import Conflict, InvalidInput, NotFound


class ScheduleNotFound(NotFound):
    """There is no such schedule."""

    code = "schedule_not_found"


class TooManySchedules(Conflict):
    """The workspace has as many schedules as it can have (`limit`)."""

    code = "too_many_schedules"


class ScheduleIsDefault(Conflict):
    """The default goes last: make another one the default first."""

    code = "schedule_is_default"


class UnknownZone(InvalidInput):
    """There is no time zone of this name (`zone`)."""

    code = "unknown_zone"


class BadWeek(InvalidInput):
    """The open spans of a day (`day`, from 1) end before they begin, overlap, or are too many."""

    code = "bad_week"


class TooManyHolidays(InvalidInput):
    """There are more holidays than a schedule holds (`limit`)."""

    code = "too_many_holidays"
