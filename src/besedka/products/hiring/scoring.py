"""Weighing answers, as pure functions: the documented rule, and criteria with weights.

A score is `Σ weight · points/4 / Σ weight` over the criteria that could be assessed; `coverage` is the part of all weight
that they have. Knock-outs stand beside the score and never change it. Nothing here decides: it recommends.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from besedka.products.hiring import places, readers
from besedka.products.hiring.types import (
    Assessed,
    Checked,
    Criterion,
    Evidence,
    Knockout,
    Outcome,
    Question,
    QuestionKind,
    Reader,
    Reason,
    Rubric,
    RubricKind,
)

MOST_POINTS: Final = 4
LEAST_COVERAGE: Final = 0.7
SHOWN: Final = 200
RULES: Final = "rules"
RESUME: Final = ""

Texts = Mapping[str, str]
"""What the candidate wrote: by a question's key, and the résumé under ""."""


def is_readable(question: Question, answer: str, *, location: str) -> bool:
    """Whether an answer says what its question asks for; if not, it is asked about once."""
    match question.kind:
        case QuestionKind.CITY:
            return not location or places.fits(answer, location) is not None
        case QuestionKind.CHOICE:
            return readers.option_in(answer, question.options) is not None
        case QuestionKind.NUMBER:
            return readers.number_in(answer) is not None
        case _:
            return True


def weigh(
    rubric: Rubric, questions: Sequence[Question], *, texts: Texts, location: str, year: int,
    assessed: Mapping[str, Assessed] | None = None,
) -> Outcome:  # fmt: skip
    """Return what a rubric recommends. `assessed`: what a model found, by criterion; the rest is found by rules."""
    if rubric.kind is RubricKind.SIMPLE:
        return _simple(questions, texts, location)
    by_key = {question.key: question for question in questions}
    found = tuple(
        (assessed or {}).get(each.key) or by_rules(each, by_key, texts=texts, year=year)
        for each in rubric.criteria
    )
    checked = tuple(_check(each, by_key, texts) for each in rubric.knockouts)
    return _weighted(rubric, found, checked)


def _simple(questions: Sequence[Question], texts: Texts, location: str) -> Outcome:
    """The documented rule: another city than the vacancy's is not recommended, everything else is."""
    asked = next((each.key for each in questions if each.kind is QuestionKind.CITY), None)
    if location and asked is not None:
        fits = places.fits(texts.get(asked, ""), location)
        if not fits:
            code = "city_unknown" if fits is None else "city_differs"
            return Outcome(
                approved=False, score=0.0, coverage=1.0, reasons=(Reason(code, location),)
            )
    return Outcome(approved=True, score=1.0, coverage=1.0, reasons=(Reason("all_answered"),))


def _weighted(
    rubric: Rubric, assessed: tuple[Assessed, ...], checked: tuple[Checked, ...]
) -> Outcome:
    total = sum(each.weight for each in assessed)
    known = [(each.weight, each.points) for each in assessed if each.points is not None]
    weight = sum(each for each, _ in known)
    coverage = weight / total if total else 0.0
    score = None
    if known and coverage >= LEAST_COVERAGE:
        score = sum(each * points / MOST_POINTS for each, points in known) / weight
    failed = [each for each in checked if each.passed is False]
    return Outcome(
        approved=_recommended(rubric, score, checked),
        score=score,
        coverage=coverage,
        reasons=_reasons(rubric, score, failed),
        assessed=assessed,
        knockouts=checked,
        by=RULES if all(each.by == RULES for each in assessed) else "model",
    )


def _recommended(rubric: Rubric, score: float | None, checked: Sequence[Checked]) -> bool | None:
    if any(each.passed is False for each in checked):
        return False
    if score is None or any(each.passed is None for each in checked):
        return None
    return score >= rubric.threshold


def _reasons(
    rubric: Rubric, score: float | None, failed: Sequence[Checked]
) -> tuple[Reason, ...]:  # fmt: skip
    reasons = [Reason("knockout", each.name) for each in failed]
    if score is None:
        reasons.append(Reason("too_little_known"))
    elif score < rubric.threshold:
        reasons.append(Reason("below_threshold", f"{rubric.threshold * 100:g}%"))
    else:
        reasons.append(Reason("above_threshold", f"{rubric.threshold * 100:g}%"))
    return tuple(reasons)


def by_rules(
    criterion: Criterion, questions: Mapping[str, Question], *, texts: Texts, year: int
) -> Assessed:
    """Assess a criterion without a model; what only a model can read is insufficient."""
    said = texts.get(criterion.question, "")
    points, quotes = _read(criterion, questions.get(criterion.question), said, year=year)
    return proved(criterion, points, quotes=quotes, texts=texts, by=RULES)


def _read(
    criterion: Criterion, question: Question | None, said: str, *, year: int
) -> tuple[int | None, tuple[str, ...]]:
    """Return the points of what was said, and the words that they are for."""
    points: int | None = None
    quotes: tuple[str, ...] = ()
    match criterion.reader:
        case Reader.MONTHS if found := readers.months_in(said, year=year):
            points, quotes = sum(found[0] >= step for step in criterion.steps), (found[1],)
        case Reader.SKILLS if said:
            named = readers.skills_in(said, criterion.skills)
            points = _share(len(named), len(criterion.skills))
            quotes = tuple(named.values()) or (said[:SHOWN],)
        case Reader.CHOICE if question and (option := readers.option_in(said, question.options)):
            points, quotes = criterion.points.get(option), (said[:SHOWN],)
    return points, quotes


def _share(part: int, whole: int) -> int:
    return (part * MOST_POINTS * 2 + whole) // (whole * 2) if whole else 0


def proved(
    criterion: Criterion, points: int | None, *, quotes: Sequence[str], texts: Texts, by: str
) -> Assessed:
    """Return what was found of a criterion: insufficient without a quote that stands in the candidate's words."""
    source = criterion.question
    evidence = tuple(Evidence(source, each) for each in quotes if each and each in texts.get(source, ""))  # fmt: skip
    if points is None or not 0 <= points <= MOST_POINTS or not evidence:
        points, evidence = None, ()
    return Assessed(
        key=criterion.key, name=criterion.name, weight=criterion.weight, points=points, by=by,
        reason=criterion.reason, evidence=evidence,
    )  # fmt: skip


def _check(knockout: Knockout, questions: Mapping[str, Question], texts: Texts) -> Checked:
    question = questions.get(knockout.question)
    said = texts.get(knockout.question, "")
    passed = None
    if question is not None and question.kind is QuestionKind.YES_NO:
        yes = readers.yes_or_no(said)
        passed = None if yes is None else ("yes" if yes else "no") in knockout.accepts
    elif question is not None:
        option = readers.option_in(said, question.options)
        passed = None if option is None else option in knockout.accepts
    return Checked(key=knockout.key, name=knockout.name, passed=passed, reason=knockout.reason)
