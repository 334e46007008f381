"""Errors of hiring."""

from besedka.core.errors import Conflict, InvalidInput, NotFound, Unauthenticated


class VacancyNotFound(NotFound):
    """There is no such vacancy, or it is not shown."""

    code = "vacancy_not_found"


class CandidateNotFound(NotFound):
    """There is no such candidate, or not for the one who asks."""

    code = "candidate_not_found"


class ResponseNotFound(NotFound):
    """There is no such application."""

    code = "response_not_found"


class CandidateUnknown(Unauthenticated):
    """The token is not that of the application's candidate."""

    code = "candidate_unknown"


class VacancyShut(Conflict):
    """The vacancy takes no applications."""

    code = "vacancy_shut"


class BadVacancy(InvalidInput):
    """What a vacancy says does not fit together (`field`)."""

    code = "vacancy_bad"


class BadFrame(InvalidInput):
    """What came over the socket is no answer."""

    code = "interview_bad_frame"


class InterviewOver(Conflict):
    """The interview has ended."""

    code = "interview_over"


class StepRefused(Conflict):
    """The interview is not where this can be done (`step`)."""

    code = "interview_step_refused"


class DecidedMeanwhile(Conflict):
    """Somebody else has decided (`by`, `decision`): look again before deciding otherwise."""

    code = "hiring_decided_meanwhile"


class HiringDecisionNotFound(NotFound):
    """There is no such decision on the application."""

    code = "hiring_decision_not_found"


class LetterUnfit(Conflict):
    """The letter does not fit what was decided."""

    code = "hiring_letter_unfit"


class HiringLetterNotFound(NotFound):
    """There is no such letter, or it has left."""

    code = "hiring_letter_not_found"
