"""What can go wrong with promises and ratings."""

from besedka.core.errors import Conflict, InvalidInput, NotFound


class PolicyNotFound(NotFound):
    """There is no such policy."""

    code = "policy_not_found"


class TooManyPolicies(Conflict):
    """The workspace has as many policies as it can have (`limit`)."""

    code = "too_many_policies"


class NothingPromised(InvalidInput):
    """A policy that is on promises at least one time."""

    code = "nothing_promised"


class PolicyForAll(InvalidInput):
    """A policy besides the default one is for a label, a priority, or both."""

    code = "policy_for_all"


class NothingToRate(Conflict):
    """The dialog was not resolved, or too long ago."""

    code = "nothing_to_rate"


class RatingClosed(Conflict):
    """The rating was given more than a day ago and does not change any more."""

    code = "rating_closed"
