"""Guidelines, guardrails, versions and drafts, as a visitor and an owner notice them."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from besedka.core.ids import ActorId
from besedka.core.runtime import Runtime
from besedka.kernel.answers import service as answers
from besedka.kernel.answers.errors import NoDraft, VersionNotFound
from besedka.kernel.answers.service import Changes
from besedka.kernel.answers.service.shield import amounts_in, numbers_in
from besedka.kernel.answers.types import (
    Assistant,
    Draft,
    Guardrails,
    Guideline,
    GuidelineAction,
    HandoffReason,
    Mode,
    Tone,
    Turn,
)
from besedka.kernel.knowledge.repository.search import Sums
from besedka.kernel.knowledge.service.query import Planner, Query
from besedka.kernel.llm import service as llm
from besedka.kernel.llm.repository import LlmRepository, StoredProvider
from tests.factories import MadeWorkspace, make_workspace
from tests.fakes.llm import FakeLlm, Say
from tests.products.assistants.places import make_assistant

QUESTION = "Сколько стоит доставка?"


@pytest.fixture
async def place(runtime: Runtime) -> MadeWorkspace:
    return await make_workspace(runtime)


@pytest.fixture
async def who(runtime: Runtime, place: MadeWorkspace) -> Assistant:
    return await make_assistant(runtime, place)


async def ask(
    runtime: Runtime, place: MadeWorkspace, who: Assistant, question: str, *history: Turn
) -> Draft:
    return await answers.ask(runtime, place.id, who, question, locale="ru", history=history)


async def test_forbidden_topic_is_refused_in_whatever_form_without_a_model(
    runtime: Runtime, place: MadeWorkspace, who: Assistant
) -> None:
    guarded = replace(who, guardrails=Guardrails(topics=("политика", "прогноз курса")))
    for question in ("Что думаете о политике?", "Дайте прогноз на курс доллара"):
        said = await ask(runtime, place, guarded, question)
        assert (said.mode, said.guarded, said.citations) == (Mode.REFUSED, ("topic",), ())
    assert (await ask(runtime, place, guarded, QUESTION)).mode is Mode.EXTRACTIVE


async def test_guideline_answers_with_the_owners_words_or_calls_a_person(
    runtime: Runtime, place: MadeWorkspace, who: Assistant
) -> None:
    told = Guideline("скидка", "Скидка 5 % от 3 штук.", GuidelineAction.SAY, ("скидка",))
    calls = Guideline("юрист", "Зову юриста.", GuidelineAction.PERSON, ("договор поставки",))
    ruled = replace(who, guidelines=(told, calls))
    said = await ask(runtime, place, ruled, "А скидки бывают?")
    assert (said.mode, said.text) == (Mode.GUIDED, "Скидка 5 % от 3 штук.")
    said = await ask(runtime, place, ruled, "Пришлите договоры на поставку")
    assert (said.handoff, said.text) == (HandoffReason.KEYWORD, "Зову юриста.")


async def test_passage_with_a_forbidden_phrase_is_not_quoted(
    runtime: Runtime, place: MadeWorkspace, who: Assistant
) -> None:
    guarded = replace(who, guardrails=Guardrails(phrases=("доставка бесплатна",)))
    said = await ask(runtime, place, guarded, QUESTION)
    assert (said.mode, said.guarded) == (Mode.UNKNOWN, ("phrase",))


async def test_model_may_not_say_what_guardrails_forbid(
    runtime: Runtime, place: MadeWorkspace, who: Assistant
) -> None:
    rails = Guardrails(phrases=("гарантируем",), no_prices=True)
    strict = replace(who, guardrails=rails)
    shown: list[str] = []
    async with FakeLlm() as model:
        async with runtime.db.fast.transaction(place.id) as conn:
            await llm.save_provider(
                runtime, conn, base_url=model.base_url, default_model="fake", api_key="k"
            )
        model.default = Say(
            "Доставка стоит 350 рублей. Мы гарантировали бы скидку! За город 999 ₽. От 5 000 рублей бесплатно."
        )
        said = await answers.ask(
            runtime, place.id, strict, QUESTION, locale="ru",
            on_text=lambda _, piece: shown.append(piece),
        )  # fmt: skip
        request = str(model.requests[0].body)
    assert "350 рублей" in said.text
    assert "5 000" in said.text
    assert "999" not in said.text
    assert "999" not in "".join(shown)
    assert said.guarded == ("price",)
    assert "Name no price" in request


async def test_model_hears_advice_and_bans(
    runtime: Runtime, place: MadeWorkspace, who: Assistant
) -> None:
    rails = Guardrails(phrases=("лучшая цена",))
    ruled = replace(who, guidelines=(Guideline("торг", "не торгуйся"),), guardrails=rails)
    async with FakeLlm() as model:
        async with runtime.db.fast.transaction(place.id) as conn:
            await llm.save_provider(
                runtime, conn, base_url=model.base_url, default_model="fake", api_key="k"
            )
        model.default = Say("У нас лучшие цены. Спросите о доставке.")
        said = await answers.ask(runtime, place.id, ruled, QUESTION, locale="ru")
        request = str(model.requests[0].body)
    assert "When торг: не торгуйся" in request
    assert "лучш" not in said.text
    assert said.guarded == ("phrase",)


def test_amounts_are_the_same_however_they_are_spelt() -> None:
    assert amounts_in("1 900 ₽, 4\u00a0500 руб., $1,250.50, 7 %") == [
        "1900",
        "4500",
        "1250.50",
        "7",
    ]
    assert {"1900", "350", "4500"} <= numbers_in(["1,900 и 350, 4 500"])


async def test_follow_up_is_searched_with_its_subject(
    runtime: Runtime, place: MadeWorkspace, who: Assistant
) -> None:
    before = Turn(by_assistant=False, text="Сколько стоит доставка?")
    said = await ask(runtime, place, who, "А по городу?", before)
    assert "350 рублей" in said.text


async def test_model_words_the_follow_up_and_rules_stand_in_for_a_slow_one(
    runtime: Runtime, place: MadeWorkspace, who: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = Turn(by_assistant=False, text="Сколько стоит доставка?")
    async with FakeLlm() as model:
        async with runtime.db.fast.transaction(place.id) as conn:
            await llm.save_provider(
                runtime, conn, base_url=model.base_url, default_model="fake", api_key="k"
            )
        monkeypatch.setattr("besedka.kernel.answers.service.condense.SECONDS", 60.0)
        model.then(Say("Warranty months photo"), Say("Да."))
        made = await answers.try_out(
            runtime, place.id, who, "А в Казань?", locale="ru", history=(before,)
        )
        assert made.searched == "Warranty months photo"
        monkeypatch.setattr("besedka.kernel.answers.service.condense.SECONDS", 0.2)
        model.then(Say("Late", first_pause=5.0), Say("Да."))
        made = await answers.try_out(
            runtime, place.id, who, "А в Казань?", locale="ru", history=(before,)
        )
        assert made.searched == "Сколько стоит доставка в Казань"
        model.then(Say("Да."))
        await answers.try_out(runtime, place.id, who, QUESTION, locale="ru", history=(before,))
        assert len(model.requests) == 5  # what stands for itself costs no call more


async def test_roll_back_brings_all_settings_of_a_version(
    runtime: Runtime, place: MadeWorkspace, who: Assistant
) -> None:
    changes = Changes(
        instructions="Иначе.", tone=Tone.FORMAL, threshold=0.7,
        guidelines=(Guideline("когда", "что"),), guardrails=Guardrails(topics=("тема",)),
    )  # fmt: skip
    async with runtime.db.fast.transaction(place.id) as conn:
        changed = await answers.update_assistant(conn, who.id, changes, author=None)
        back = await answers.roll_back(conn, who.id, who.prompt_version_id, author=None)
        assert (changed.prompt_number, back.prompt_number) == (2, 3)
        assert (back.instructions, back.tone, back.threshold) == (
            who.instructions,
            who.tone,
            who.threshold,
        )
        assert (back.guidelines, back.guardrails) == ((), Guardrails())
        again = await answers.roll_back(conn, who.id, changed.prompt_version_id, author=None)
        assert again.guardrails.topics == ("тема",)
        with pytest.raises(VersionNotFound):
            await answers.roll_back(conn, who.id, place.id, author=None)


async def test_draft_changes_nothing_until_it_is_published(
    runtime: Runtime, place: MadeWorkspace, who: Assistant
) -> None:
    async with runtime.db.fast.transaction(place.id) as conn:
        await answers.save_draft(conn, who.id, Changes(instructions="Черновик.", threshold=0.9))
        waiting = await answers.get_assistant(conn, who.id)
        assert (waiting.instructions, waiting.threshold) == (who.instructions, who.threshold)
        assert answers.drafted(waiting).threshold == pytest.approx(0.9)
        await answers.update_assistant(conn, who.id, Changes(tone=Tone.FORMAL), author=None)
        done = await answers.publish_draft(conn, who.id, author=place.owner.actor_id)
        assert (done.instructions, done.prompt_number) == ("Черновик.", 3)
        assert done.tone is Tone.FORMAL  # what was changed meanwhile is not taken back
        kept = await answers.save_draft(conn, who.id, Changes(instructions="Черновик."))
        assert kept.draft is None
        with pytest.raises(NoDraft):
            await answers.publish_draft(conn, who.id, author=None)


async def test_answer_looks_up_the_provider_once_and_searches_once(
    runtime: Runtime, place: MadeWorkspace, who: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    find, plan = LlmRepository.list_providers, Planner.plan

    async def counted_find(self: LlmRepository, person: ActorId | None) -> Sequence[StoredProvider]:
        asked.append("provider")
        return await find(self, person)

    async def counted_plan(self: Planner, question: str, known: Sums | None = None) -> Query:
        asked.append(question)
        return await plan(self, question, known)

    monkeypatch.setattr(LlmRepository, "list_providers", counted_find)
    monkeypatch.setattr(Planner, "plan", counted_plan)
    await answers.try_out(runtime, place.id, who, QUESTION, locale="ru")
    assert asked == ["provider", QUESTION]
