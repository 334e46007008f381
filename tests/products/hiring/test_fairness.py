"""Who wrote an answer must not matter: it is taken out before a model reads, and swapped to see that scores stay."""

import json
from dataclasses import replace
from itertools import cycle

import httpx
import pytest
from fastapi import FastAPI

from besedka.core.runtime import Runtime
from besedka.kernel.llm import service as llm
from besedka.products.hiring import identity
from besedka.products.hiring.service import fairness
from besedka.products.hiring.types import Person
from tests.factories import make_workspace
from tests.fakes.jobs import settled
from tests.fakes.llm import FakeLlm, Say
from tests.products.hiring.talk import IVAN, VACANCY, apply, go_through

ANNA = Person(
    full_name="Анна Сергеевна Петрова", email="anna@example.com", phone="+7 999 123-45-67"
)
YANA = replace(ANNA, full_name="Яна Ли")
JOHN = Person(full_name="John Smith", email="john@example.com")


@pytest.mark.parametrize(
    ("person", "words", "hidden"),
    [
        (ANNA, "Анной Петровой, дочерью Сергеевны", "[…] […], дочерью […]"),
        (ANNA, "ANNA@example.com, 8 916 123-45-67", "[…], […]"),
        (ANNA, "фото: https://example.com/me.jpg и vk.com/anna", "фото: […] и […]"),
        (ANNA, "женщина 45 лет, замужем, была в декрете", "[…], […], была в […]"),
        (ANNA, "1985 года рождения, 45-летняя", "[…], […]"),
        (ANNA, "15 лет опыта, в 2015-2018 и 2019-2023", "15 лет опыта, в 2015-2018 и 2019-2023"),
        (YANA, "Яне и Яной; яндекс, январь", "[…] и […]; яндекс, январь"),
        (JOHN, "John Smith's team, a man of 23, he led it", "[…] […]'s team, a […] of 23, […] led it"),
        (JOHN, "male, I am 23 years old. Built billing in Go.", "[…], […]. Built billing in Go."),
    ],
)  # fmt: skip
def test_what_tells_who_wrote_is_hidden_and_the_rest_stays(
    person: Person, words: str, hidden: str
) -> None:
    assert identity.hide(words, person) == hidden


@pytest.mark.parametrize(
    ("words", "swapped"),
    [
        ("Анна Петрова. Я работала и я занималась Go.", "John Smith. Я работал и я занимался Go."),
        ("Женщина, Анне дали премию", "мужчина, John дали премию"),
    ],
)
def test_words_are_put_into_the_mouth_of_somebody_else(words: str, swapped: str) -> None:
    anna = replace(ANNA, full_name="Анна Петрова")
    assert identity.swap(words, anna, JOHN, is_same_sex=False) == swapped


async def test_rules_score_every_name_alike(
    app: FastAPI, client: httpx.AsyncClient, runtime: Runtime
) -> None:
    firm = await make_workspace(runtime)
    person = {**IVAN, "full_name": "Ольга Новосибирская", "resume_text": "Я работала в банке."}
    who = await apply(client, firm.headers, person=person)
    await go_through(app, who.response, ("Ольга, Москва", "я работала 5 лет", "да, готова"))
    found = [each async for each in fairness.swap_names(runtime, firm.id, vacancy=None, by_model=False)]  # fmt: skip
    assert [(str(each.response_id), each.score, each.differs) for each in found] == [(who.response, 1.0, ())]  # fmt: skip


async def test_model_that_scores_otherwise_is_found_out(
    app: FastAPI, client: httpx.AsyncClient, runtime: Runtime
) -> None:
    firm = await make_workspace(runtime)
    criterion = {
        "key": "depth", "name": "Depth", "reader": "model", "reason": "Hard problems", "question": "work",
        "anchors": ["none", "some", "fair", "good", "deep"],
    }  # fmt: skip
    offer = {
        **VACANCY, "questions": [{"key": "work", "text": "What did you build?", "clarify": False}],
        "rubric": {"kind": "weighted", "threshold": 0.1, "criteria": [criterion]},
    }  # fmt: skip
    async with FakeLlm() as fake:
        async with runtime.db.fast.transaction(firm.id) as conn:
            await llm.save_provider(
                runtime, conn, base_url=fake.base_url, default_model="m", api_key=""
            )
        points = cycle([3, 3, 3, 1])
        for _ in range(8):
            fake.then(Say(json.dumps({"points": next(points), "quotes": ["rebuilt billing"]})))
        who = await apply(client, firm.headers, offer)
        await go_through(app, who.response, ("I rebuilt billing.",))
        await settled(runtime)
        found = [each async for each in fairness.swap_names(runtime, firm.id, vacancy=None, by_model=True)]  # fmt: skip
    assert [each.differs for each in found] == [("Рустам Ахметов", "Mohammed Khan")]
