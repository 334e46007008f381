"""Errors of jobs."""

from besedka.core.errors import Conflict, NotFound


class JobNotFound(NotFound):
    """The workspace has no such job."""

    code = "job_not_found"


class JobNotRetriable(Conflict):
    """Only a dead or cancelled job can be tried again, and only while no other has its key (`state`)."""

    code = "job_not_retriable"


class JobFinished(Conflict):
    """The job has ended already (`state`)."""

    code = "job_finished"


class RetryLater(Exception):
    """A job raises this to be tried again after so many seconds, while it has attempts left."""

    def __init__(self, reason: str, *, after: float) -> None:
        super().__init__(reason)
        self.after = after


class GiveUp(Exception):
    """A job raises this when no further attempt can help."""
