"""Changing the questions and the rubric of a vacancy, as pure functions: every change gives a whole vacancy."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal, TypeVar

from besedka.products.hiring.service.vacancies import questions_of
from besedka.products.hiring.types import (
    Criterion,
    Knockout,
    Question,
    QuestionKind,
    Reader,
    Terms,
)

Way = Literal["up", "down"]
Part = TypeVar("Part", bound=Criterion | Knockout)
YES_NO = ("yes", "no")


def next_key(stem: str, used: Iterable[str]) -> str:
    """Return a key that is not used yet."""
    taken = set(used)
    number = 1
    while f"{stem}{number}" in taken:
        number += 1
    return f"{stem}{number}"


def with_question(terms: Terms, question: Question) -> Terms:
    """Add a question, or put it in the place of that with its key; what weighs its options follows them."""
    asked = questions_of(terms)
    known = any(each.key == question.key for each in asked)
    questions = tuple(question if each.key == question.key else each for each in asked)
    changed = replace(terms, questions=questions if known else (*asked, question))
    rubric = terms.rubric
    criteria = tuple(_following(each, question) for each in rubric.criteria)
    knockouts = tuple(_accepting(each, question) for each in rubric.knockouts)
    return replace(changed, rubric=replace(rubric, criteria=criteria, knockouts=knockouts))


def _following(criterion: Criterion, question: Question) -> Criterion:
    if criterion.question != question.key or criterion.reader is not Reader.CHOICE:
        return criterion
    return replace(
        criterion, points={option: criterion.points.get(option, 0) for option in question.options}
    )


def _accepting(knockout: Knockout, question: Question) -> Knockout:
    if knockout.question != question.key or question.kind is not QuestionKind.CHOICE:
        return knockout
    return replace(
        knockout, accepts=tuple(each for each in knockout.accepts if each in question.options)
    )


def without_question(terms: Terms, key: str) -> Terms:
    """Ask one question less; without any left, the usual ones are asked."""
    return replace(terms, questions=tuple(each for each in questions_of(terms) if each.key != key))


def moved_question(terms: Terms, key: str, *, way: Way) -> Terms:
    """Ask a question earlier or later."""
    asked = list(questions_of(terms))
    place = next((n for n, each in enumerate(asked) if each.key == key), None)
    if place is None:
        return terms
    other = place + (-1 if way == "up" else 1)
    if 0 <= other < len(asked):
        asked[place], asked[other] = asked[other], asked[place]
    return replace(terms, questions=tuple(asked))


def with_criterion(terms: Terms, criterion: Criterion) -> Terms:
    """Weigh something more, or otherwise."""
    return _weighing(terms, criteria=_put(terms.rubric.criteria, criterion))


def without_criterion(terms: Terms, key: str) -> Terms:
    """Weigh something less."""
    return _weighing(
        terms, criteria=tuple(each for each in terms.rubric.criteria if each.key != key)
    )


def with_knockout(terms: Terms, knockout: Knockout) -> Terms:
    """Check something that the job cannot do without, or check it otherwise."""
    return _weighing(terms, knockouts=_put(terms.rubric.knockouts, knockout))


def without_knockout(terms: Terms, key: str) -> Terms:
    """Check something less."""
    return _weighing(
        terms, knockouts=tuple(each for each in terms.rubric.knockouts if each.key != key)
    )


def _put(parts: Sequence[Part], part: Part) -> tuple[Part, ...]:
    if any(each.key == part.key for each in parts):
        return tuple(part if each.key == part.key else each for each in parts)
    return (*parts, part)


def _weighing(
    terms: Terms, *, criteria: tuple[Criterion, ...] | None = None, knockouts: tuple[Knockout, ...] | None = None
) -> Terms:  # fmt: skip
    rubric = terms.rubric
    return replace(
        terms,
        rubric=replace(
            rubric,
            criteria=rubric.criteria if criteria is None else criteria,
            knockouts=rubric.knockouts if knockouts is None else knockouts,
        ),
    )


def options_of(question: Question) -> tuple[str, ...]:
    """Return what a closed question can be answered with."""
    return YES_NO if question.kind is QuestionKind.YES_NO else question.options


def closed(questions: Sequence[Question]) -> list[Question]:
    """Return the questions whose answers are one of a few."""
    return [each for each in questions if each.kind in {QuestionKind.CHOICE, QuestionKind.YES_NO}]


def readers_of(question: Question | None) -> list[Reader]:
    """Return how the answer to a question, or without one the résumé, can be weighed."""
    if question is not None and question.kind is QuestionKind.CHOICE:
        return [Reader.CHOICE, Reader.MODEL]
    if question is not None and question.kind is QuestionKind.YES_NO:
        return [Reader.MODEL]
    return [Reader.MONTHS, Reader.SKILLS, Reader.MODEL]
