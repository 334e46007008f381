"""What can go wrong with a profile."""

from besedka.core.errors import Conflict, InvalidInput, NotFound


class FactNotFound(NotFound):
    """There is no such fact in one's own profile."""

    code = "profile_fact_not_found"


class FactTaken(Conflict):
    """The profile says the same already, in another fact of this kind."""

    code = "profile_fact_taken"


class NotProposed(Conflict):
    """The fact belongs to the profile already: it can be forgotten, not rejected."""

    code = "profile_not_proposed"


class TooManyFacts(Conflict):
    """The profile is full (`most`)."""

    code = "profile_full"


class FactEmpty(InvalidInput):
    """A fact says something."""

    code = "profile_fact_empty"
