"""The course of an interview, against a plain model of it: whatever comes, twice, late or out of turn."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from besedka.products.hiring import interview
from besedka.products.hiring.interview import Move
from besedka.products.hiring.types import Course, Question, QuestionKind, Step

QUESTIONS = (
    Question("city", "City?", QuestionKind.CITY),
    Question("years", "Years?", QuestionKind.EXPERIENCE, clarify=False),
    Question("remote", "Remote?", QuestionKind.YES_NO),
)
OVER = {Step.REVIEW, Step.DECIDED, Step.NOTIFIED, Step.WITHDRAWN}


class InterviewMachine(RuleBasedStateMachine):
    """The model counts the answers that were taken, and never asks more than twice about a question."""

    def __init__(self) -> None:
        super().__init__()
        self.course = Course()
        self.steps: list[Step] = []
        self.taken = 0
        self.clarified: list[int] = []

    def take(self, move: Move) -> Move:
        assert move.passed or move.course == self.course
        self.course = move.course
        self.steps += move.passed
        return move

    @rule()
    def comes_back(self) -> None:
        before = self.course
        move = self.take(interview.open_up(self.course))
        assert self.take(interview.open_up(self.course)).passed == ()
        assert move.course.at == before.at

    @rule(readable=st.booleans(), follow=st.booleans())
    def answers(self, *, readable: bool, follow: bool) -> None:
        at, asked = self.course.at, self.course
        move = self.take(interview.answer(self.course, QUESTIONS, readable=readable, follow=follow))
        self.taken += Step.ANSWERED in move.passed
        if move.course.clarified and not asked.clarified:
            assert follow or not readable
            assert QUESTIONS[at].clarify
            self.clarified.append(at)
        self.weighs(move)
        if interview.is_over(asked):
            assert move.passed == ()

    @rule()
    def has_nothing_to_ask(self) -> None:
        asked = self.course
        move = self.take(interview.skip(self.course, QUESTIONS))
        self.taken += Step.ANSWERED in move.passed
        assert bool(move.passed) == (asked.step is Step.CLARIFY)
        self.weighs(move)

    def weighs(self, move: Move) -> None:
        if Step.SCORING in move.passed:
            degraded = self.taken % 2 == 0
            self.take(interview.score(self.course, degraded=degraded))

    @rule(deed=st.sampled_from([interview.pause, interview.remind, interview.give_up]))
    def interrupts(self, deed: object) -> None:
        at = self.course.at
        assert callable(deed)
        self.take(deed(self.course))
        assert self.course.at == at

    @rule()
    def person_takes_over_and_hands_back(self) -> None:
        before = interview.resume(self.course).course
        move = self.take(interview.take_over(self.course))
        if move.passed:
            assert interview.answer(self.course, QUESTIONS, readable=True).passed == ()
            self.take(interview.hand_back(self.course))
            assert (self.course.step, self.course.at) == (before.step, before.at)

    @precondition(lambda self: self.course.step in OVER)
    @rule(deed=st.sampled_from([interview.decide, interview.notify, interview.contest]))
    def person_decides(self, deed: object) -> None:
        assert callable(deed)
        was = self.course.step
        self.take(deed(self.course))
        assert self.course.step in OVER
        assert was is not Step.WITHDRAWN or self.course.step is Step.WITHDRAWN

    @precondition(lambda self: len(self.steps) > 12)
    @rule()
    def withdraws(self) -> None:
        self.take(interview.withdraw(self.course))
        assert interview.withdraw(self.course).passed == ()

    @invariant()
    def holds(self) -> None:
        assert len(set(self.clarified)) == len(self.clarified)
        assert self.taken <= len(QUESTIONS)
        assert self.course.reminders <= interview.MOST_REMINDERS
        if Step.COMPLETED in self.steps:
            assert self.taken == len(QUESTIONS)
            assert self.steps.count(Step.COMPLETED) == 1
        elif not interview.is_over(self.course):
            assert self.course.at == self.taken
        if Step.ASKING in self.steps:
            assert self.steps.index(Step.NOTICE) < self.steps.index(Step.CONSENTED)


TestInterview = InterviewMachine.TestCase
TestInterview.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)


def test_plain_interview_takes_the_written_steps() -> None:
    move = interview.open_up(Course())
    for _ in QUESTIONS:
        move = interview.followed(move, interview.answer(move.course, QUESTIONS, readable=True))
    move = interview.followed(move, interview.score(move.course))
    move = interview.followed(move, interview.decide(move.course))
    move = interview.followed(move, interview.notify(move.course))
    assert [step.value for step in move.passed] == [
        "notice", "consented", "asking", "answered", "asking", "answered", "asking", "answered", "completed",
        "scoring", "review", "decided", "notified",
    ]  # fmt: skip
