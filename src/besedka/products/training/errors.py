"""Errors of training."""

from besedka.core.errors import Conflict, InvalidInput, NotFound


class GapNotFound(NotFound):
    """The assistant has no such group of questions."""

    code = "gap_not_found"


class NoAnswer(InvalidInput):
    """The answer is not written yet."""

    code = "gap_no_answer"


class CaseNotFound(NotFound):
    """The assistant has no such test question."""

    code = "test_case_not_found"


class TestRunNotFound(NotFound):
    """The assistant has no such test run."""

    __test__ = False
    code = "test_run_not_found"


class NoCases(Conflict):
    """There are no test questions yet."""

    code = "test_no_cases"


class TooManyCases(Conflict):
    """The assistant has as many test questions as it may have (`limit`)."""

    code = "test_too_many"


class BadTable(InvalidInput):
    """A line of the table cannot be taken (`line`)."""

    code = "test_bad_table"
