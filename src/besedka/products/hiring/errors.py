"""Errors of hiring."""

from besedka.core.errors import Conflict, InvalidInput, NotFound, TooLarge, Unauthenticated


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


class CompanyNotFound(NotFound):
    """There is no company of this address that hires."""

    code = "hiring_company_not_found"


class PassRefused(NotFound):
    """The link to an application is not whole, or the application is no longer there."""

    code = "hiring_link_bad"


class SlotNotFound(NotFound):
    """There is no such time."""

    code = "hiring_slot_not_found"


class SlotGone(Conflict):
    """The time can no longer be chosen."""

    code = "hiring_slot_gone"


class BadSlot(InvalidInput):
    """The time cannot be offered (`field`)."""

    code = "hiring_slot_bad"


class TooManySlots(Conflict):
    """So many times wait to be chosen already (`most`)."""

    code = "hiring_too_many_slots"


class ResumeTooLarge(TooLarge):
    """The résumé is larger than one is (`limit`, in bytes)."""

    code = "hiring_resume_too_large"


class ConsentMissing(InvalidInput):
    """Nobody agreed that the application is kept."""

    code = "hiring_consent_missing"


class WorkNeeded(InvalidInput):
    """Too many apply at once: the browser has to compute for a moment first."""

    code = "hiring_work_needed"
