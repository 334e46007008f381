"""Rules that read answers: cities, months, options; and the rubrics that weigh them."""

import pytest

from besedka.products.hiring import places, readers, resume, scoring
from besedka.products.hiring.types import (
    Criterion,
    Knockout,
    Question,
    QuestionKind,
    Reader,
    Rubric,
    RubricKind,
)


@pytest.mark.parametrize(
    ("said", "place", "fits"),
    [
        ("Москва", "Moscow", True), ("из Москвы", "Moscow", True), ("moskva", "Москва", True), ("МСК", "Moscow", True),
        ("в Питере", "Saint Petersburg", True), ("СПб", "Санкт-Петербург", True), ("Нижнем Новгороде", "Nizhny Novgorod", True),
        ("Живу в Твери, готов переехать в Москву", "Moscow", True), ("Уфа", "Moscow", False), ("Tula", "Москва", False),
        ("из Урюпинска", "Uryupinsk", True), ("дома, по делам", "Moscow", None), ("", "Moscow", None),
    ],
)  # fmt: skip
def test_city_is_known_in_both_languages(said: str, place: str, fits: bool | None) -> None:
    assert places.fits(said, place) is fits


@pytest.mark.parametrize(
    ("said", "months"),
    [
        ("3 года", 36), ("5 years of Python", 60), ("2 years and 3 months", 27), ("2 года и 3 месяца", 27), ("полтора года", 18),
        ("2,5 года", 30), ("три года", 36), ("с 2019 года", 84), ("2018-2021", 36), ("Мне 30 лет, опыт 4 года", 48),
        ("I am 25 years old", None), ("без опыта", 0), ("no experience", 0), ("3-5 years", 60), ("год", 12), ("полгода", 6),
        ("Middle Python", None), ("5+ years", 60), ("a year and a half", 18), ("Работал в 2019", None),
    ],
)  # fmt: skip
def test_months_of_experience_are_read_in_both_languages(said: str, months: int | None) -> None:
    found = readers.months_in(said, year=2026)
    assert (found[0] if found else None) == months
    assert found is None or found[1] in said


WANTED = (
    Question("shift", "Shift?", QuestionKind.CHOICE, ("Day", "Night")),
    Question("years", "Years?", QuestionKind.EXPERIENCE),
    Question("permit", "Permit?", QuestionKind.YES_NO),
)
RUBRIC = Rubric(
    kind=RubricKind.WEIGHTED, threshold=0.5,
    criteria=(
        Criterion("exp", "Experience", 2.0, Reader.MONTHS, "The work", question="years", steps=(6, 12, 24, 48)),
        Criterion("stack", "Stack", 1.0, Reader.SKILLS, "The tools", skills=("Python", "PostgreSQL")),
        Criterion("shift", "Shift", 1.0, Reader.CHOICE, "The plan", question="shift", points={"Day": 4, "Night": 0}),
    ),
    knockouts=(Knockout("permit", "Permit", "permit", ("yes",), "The law"),),
)  # fmt: skip
FULL = {"shift": "Day", "years": "2 years", "permit": "yes", "": "Python developer"}


def test_weighted_score_is_the_written_sum_with_evidence() -> None:
    outcome = scoring.weigh(RUBRIC, WANTED, texts=FULL, location="", year=2026)
    assert outcome.score == pytest.approx((2 * 3 / 4 + 1 * 2 / 4 + 1 * 4 / 4) / 4)
    assert (outcome.coverage, outcome.approved, outcome.by) == (1.0, True, "rules")
    assert [each.evidence[0].quote for each in outcome.assessed] == ["2 years", "Python", "Day"]


def test_too_little_that_is_known_gives_no_score() -> None:
    outcome = scoring.weigh(RUBRIC, WANTED, texts={**FULL, "years": "some"}, location="", year=2026)
    assert (outcome.score, outcome.coverage, outcome.approved) == (None, 0.5, None)
    assert [each.code for each in outcome.reasons] == ["too_little_known"]


@pytest.mark.parametrize(
    ("permit", "years", "passed", "approved"),
    [
        ("yes", "4 years", True, True), ("yes", "1 month", True, False), ("no", "4 years", False, False), ("no", "some", False, False),
        ("hm", "4 years", None, None), ("yes", "some", True, None), ("hm", "some", None, None),
    ],
)  # fmt: skip
def test_knockout_stands_beside_the_score(
    permit: str, years: str, passed: bool | None, approved: bool | None
) -> None:
    texts = {**FULL, "permit": permit, "years": years}
    outcome = scoring.weigh(RUBRIC, WANTED, texts=texts, location="", year=2026)
    free = scoring.weigh(RUBRIC, WANTED, texts={**texts, "permit": "yes"}, location="", year=2026)
    assert (outcome.knockouts[0].passed, outcome.approved) == (passed, approved)
    assert outcome.score == free.score


def test_quote_that_does_not_stand_in_the_words_is_no_evidence() -> None:
    criterion = RUBRIC.criteria[0]
    for quotes in (["3 years"], [""], []):
        found = scoring.proved(criterion, 4, quotes=quotes, texts=FULL, by="model")
        assert (found.points, found.evidence) == (None, ())
    assert scoring.proved(criterion, 9, quotes=["2 years"], texts=FULL, by="model").points is None


@pytest.mark.parametrize(
    ("head", "name", "city"),
    [
        ("Пётр Иванов\nКазань", "Пётр Иванов", "Казань"),
        ("Владимир Петров\nг. Москва", "Владимир Петров", "Москва"),
        ("Нижний Новгород\nАнна Петрова", "Анна Петрова", "Нижний Новгород"),
    ],
)
def test_person_who_is_called_like_a_city_keeps_the_name(head: str, name: str, city: str) -> None:
    proposed = resume.propose(head)
    assert (proposed.full_name, proposed.city) == (name, city)
