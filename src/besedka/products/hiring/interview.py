"""The course of an interview, as pure functions: no channel, no clock, no database.

An event that does not fit where the interview is changes nothing, so what comes twice or late does no harm.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from besedka.products.hiring.types import Course, Question, Step

ASKS: Final[frozenset[Step]] = frozenset({Step.ASKING, Step.CLARIFY})
"""A question is open."""
PAUSES: Final[frozenset[Step]] = frozenset({Step.PAUSED, Step.REMINDED, Step.ABANDONED})
"""Coming back, or answering, goes on where it was interrupted."""
GOING: Final[frozenset[Step]] = frozenset({Step.CREATED, Step.NOTICE, *ASKS})
"""The interview itself is going on."""
MOST_REMINDERS: Final = 2


@dataclass(frozen=True, slots=True)
class Move:
    """Where the interview is now, and the steps that it took on the way."""

    course: Course
    passed: tuple[Step, ...] = ()

    def then(
        self, step: Step, *, at: int | None = None, clarified: bool | None = None,
        interrupted: Step | None = None, reminders: int | None = None,
    ) -> "Move":  # fmt: skip
        """Take one more step; what is None stays, but for `interrupted`."""
        now = self.course
        course = Course(
            step=step,
            at=now.at if at is None else at,
            clarified=now.clarified if clarified is None else clarified,
            interrupted=interrupted,
            reminders=now.reminders if reminders is None else reminders,
        )
        return Move(course, (*self.passed, step))


def followed(first: Move, second: Move) -> Move:
    """Return two moves as one; the second begins where the first ended."""
    return Move(second.course, (*first.passed, *second.passed))


def open_up(course: Course) -> Move:
    """Begin with the notice, or come back to where it was."""
    move = resume(course)
    return move.then(Step.NOTICE) if move.course.step is Step.CREATED else move


def resume(course: Course) -> Move:
    """Go on after a pause, a reminder, or after it was given up."""
    if course.step not in PAUSES or course.interrupted is None:
        return Move(course)
    return Move(course).then(course.interrupted)


def answer(
    course: Course, questions: Sequence[Question], *, readable: bool, follow: bool = False
) -> Move:
    """Take an answer to the open question. The first one agrees to the notice that stands before it.

    `follow`: a readable answer may be asked about once, too.
    """
    move = resume(course)
    if move.course.step is Step.NOTICE:
        move = move.then(Step.CONSENTED).then(Step.ASKING)
    if move.course.step not in ASKS:
        return Move(course)
    question = questions[move.course.at]
    if (follow or not readable) and question.clarify and not move.course.clarified:
        return move.then(Step.CLARIFY, clarified=True)
    return _go_on(move, questions)


def skip(course: Course, questions: Sequence[Question]) -> Move:
    """Go on without asking about an answer: there is nothing to ask."""
    return _go_on(Move(course), questions) if course.step is Step.CLARIFY else Move(course)


def _go_on(move: Move, questions: Sequence[Question]) -> Move:
    move = move.then(Step.ANSWERED)
    if move.course.at + 1 < len(questions):
        return move.then(Step.ASKING, at=move.course.at + 1, clarified=False)
    return move.then(Step.COMPLETED).then(Step.SCORING)


def score(course: Course, *, degraded: bool = False) -> Move:
    """Note that the answers were weighed; `degraded`: without the model that was to do it."""
    if course.step is not Step.SCORING:
        return Move(course)
    move = Move(course)
    return (move.then(Step.DEGRADED) if degraded else move).then(Step.REVIEW)


def decide(course: Course) -> Move:
    """Note a person's decision: after the interview, or instead of the rest of it."""
    if course.step is Step.WITHDRAWN:
        return Move(course)
    return Move(course).then(Step.DECIDED)


def notify(course: Course) -> Move:
    """Note that the candidate was told of the decision."""
    return Move(course).then(Step.NOTIFIED) if course.step is Step.DECIDED else Move(course)


def reopen(course: Course) -> Move:
    """Take a decision back that the candidate was not told of."""
    return Move(course).then(Step.REVIEW) if course.step is Step.DECIDED else Move(course)


def contest(course: Course) -> Move:
    """Go back to review: a person looks again."""
    if course.step not in {Step.DECIDED, Step.NOTIFIED}:
        return Move(course)
    return Move(course).then(Step.REVIEW)


def pause(course: Course) -> Move:
    """Stop for a while."""
    return Move(course) if course.step is Step.PAUSED else _interrupt(course, Step.PAUSED)


def remind(course: Course) -> Move:
    """Note that the candidate was reminded, twice at most."""
    if course.reminders >= MOST_REMINDERS:
        return Move(course)
    return _interrupt(course, Step.REMINDED, reminders=course.reminders + 1)


def give_up(course: Course) -> Move:
    """Wait no longer; who comes back goes on all the same."""
    return _interrupt(course, Step.ABANDONED)


def _interrupt(course: Course, step: Step, *, reminders: int | None = None) -> Move:
    if course.step in {Step.PAUSED, Step.REMINDED}:
        return Move(course).then(step, interrupted=course.interrupted, reminders=reminders)
    if course.step not in GOING:
        return Move(course)
    return Move(course).then(step, interrupted=course.step, reminders=reminders)


def take_over(course: Course) -> Move:
    """Let a person go on instead of the questions."""
    move = resume(course)
    if move.course.step not in GOING:
        return Move(course)
    return move.then(Step.HUMAN, interrupted=move.course.step)


def hand_back(course: Course) -> Move:
    """Let the questions go on where a person took over."""
    if course.step is not Step.HUMAN or course.interrupted is None:
        return Move(course)
    return Move(course).then(course.interrupted)


def withdraw(course: Course) -> Move:
    """End it: the candidate takes the application back."""
    if course.step is Step.WITHDRAWN:
        return Move(course)
    return Move(course).then(Step.WITHDRAWN)


def is_over(course: Course) -> bool:
    """Whether nothing more is asked."""
    return course.step not in {*GOING, *PAUSES, Step.HUMAN}
