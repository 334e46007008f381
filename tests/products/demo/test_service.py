"""The demo company: made once, and its documents answer what visitors ask, in their language."""

import asyncio
import re
from pathlib import Path

import pytest

from besedka.core.i18n import Locale
from besedka.core.runtime import Runtime
from besedka.kernel.accounts import service as accounts
from besedka.kernel.accounts.errors import HostOnly
from besedka.kernel.accounts.service.identity import identify_bearer
from besedka.kernel.accounts.types import Identity
from besedka.kernel.answers import service as answers
from besedka.kernel.answers.types import DEFAULT_THRESHOLD, Draft, Mode
from besedka.kernel.knowledge import service as knowledge
from besedka.kernel.knowledge.types import SourceState
from besedka.products.demo import library, service
from besedka.products.demo.errors import NothingToAdopt
from besedka.products.demo.service import Demo
from tests.factories import Made, make_person, make_workspace

CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)

# A question, and a figure that only the right passage has.
ANSWERABLE: list[tuple[Locale, str, str]] = [
    ("ru", "Сколько стоит доставка?", "1 900"),
    ("ru", "Сколько стоит доставить беседку?", "4 500"),
    ("ru", "Сколько стоит беседка", "89 000"),
    ("ru", "Сколько стоит сборка?", "15 %"),
    ("ru", "Как вернуть товар?", "14 дней"),
    ("ru", "Какая гарантия?", "5 лет"),
    ("ru", "Какая гарантия на беседку?", "5 лет"),
    ("ru", "Сколько стоит сборка беседки?", "15 %"),
    ("ru", "Есть ли рассрочка?", "6 месяцев"),
    ("ru", "Во сколько вы открываетесь?", "с 9 до 20"),
    ("ru", "Где вы находитесь?", "Мытищи"),
    ("ru", "Как ухаживать за деревом?", "раз в 2 года"),
    ("ru", "Какая беседка самая маленькая?", "Роща"),
    ("ru", "Где мой заказ?", "БС-12345"),
    ("ru", "Какая скидка для компаний?", "7 %"),
    ("ru", "Сколько действует подарочная карта?", "12 месяцев"),
    ("ru", "Как удалить мои персональные данные?", "privacy@"),
    ("ru", "Можно забрать самовывозом?", "Склад в Мытищах"),
    ("ru", "Нужно ли разрешение на беседку?", "не нужно"),
    (
        "ru",
        "Сколько стоит стол Дубрава?",
        "Предмет: Стол «Дубрава»; Размер: 180 × 90 см; Цена: 22 500 ₽",
    ),
    ("ru", "Как оплатить?", "через СБП"),
    ("ru", "Как ухаживать за древесиной зимой", "пластиковой лопатой"),
    ("ru", "Добрый день! Подскажите, сколько стоит доставка? Спасибо", "1 900"),
    ("en", "How much is delivery?", "1,900"),
    ("en", "Do you give a guarantee?", "5 years"),
    ("en", "garantee", "5 years"),
    ("en", "pick up myself", "collection is free"),
    ("en", "What gazebos do you have?", "Model: Grove"),
    ("en", "How much is a gazebo?", "89,000"),
    ("en", "How can I pay?", "instant bank transfer"),
    ("en", "How do I return something?", "14 days"),
    ("en", "What is the warranty?", "5 years"),
    ("en", "What is the warranty on gazebos?", "5 years"),
    ("en", "How much does assembly cost?", "15%"),
    ("en", "Can I pay in instalments?", "6 months"),
    ("en", "When are you open?", "9:00 to 20:00"),
    ("en", "Where is your showroom?", "Mytishchi"),
    ("en", "How should I care for the wood?", "every 2 years"),
    ("en", "What is the smallest gazebo?", "Grove"),
    ("en", "Where is my order?", "BS-12345"),
    ("en", "Do companies get a discount?", "7%"),
    ("en", "How long is a gift card valid?", "12 months"),
    ("en", "How do I delete my personal data?", "privacy@"),
    ("en", "Can I collect the order myself?", "collection is free"),
    ("en", "Do I need a permit for a gazebo?", "no building permit"),
]
FOREIGN: list[tuple[Locale, str]] = [
    ("en", "Who won the World Cup?"),
    ("en", "Who is the president?"),
    ("en", "What is the weather in London tomorrow?"),
    ("ru", "Кто выиграл чемпионат мира?"),
    ("ru", "Какая столица Франции?"),
    ("ru", "Как приготовить борщ?"),
]
# Two letters away from words of the documents: "France" is read as "fence", "похудеть" as "посидеть".
MISREAD: list[tuple[Locale, str]] = [
    ("en", "What is the capital of France?"),
    ("en", "Who killed Kennedy?"),
    ("ru", "Кто убил Кеннеди?"),
    ("en", "How do I bake bread?"),
    ("ru", "Как похудеть?"),
]


async def identity_of(runtime: Runtime, person: Made) -> Identity:
    return await identify_bearer(runtime, person.token, None)


async def made_for(runtime: Runtime, locale: Locale = "ru") -> tuple[Identity, Demo]:
    """Make the demo company in a fresh workspace."""
    owner = await identity_of(runtime, (await make_workspace(runtime)).owner)
    return owner, await service.make(runtime, owner, locale=locale)


async def ask(runtime: Runtime, demo: Demo, question: str, locale: Locale) -> Draft:
    async with runtime.db.fast.acquire(demo.workspace_id) as conn:
        who = await answers.get_assistant(conn, demo.assistant_id)
    return await answers.ask(runtime, demo.workspace_id, who, question, locale=locale)


def test_library_has_a_dozen_documents_in_each_language() -> None:
    found = library.documents()
    russian = [each for each in found if CYRILLIC.search(each.title)]
    assert len(russian) == len(found) - len(russian) == 12
    assert len({each.title for each in found}) == len(found)
    assert all(100 <= len(each.body.split()) <= 260 for each in found)
    names = [{path.name for path in (library.FOLDER / each).glob("*")} for each in ("ru", "en")]
    assert names[0] == names[1]
    assert 3 <= len(library.pairs()) / 2 <= 4


def test_documents_of_both_languages_name_the_same_figures() -> None:
    for russian in sorted((library.FOLDER / "ru").glob("*.md")):
        assert figures(russian) == figures(library.FOLDER / "en" / russian.name), russian.name


def figures(path: Path) -> set[str]:
    """Numbers of three digits and more, however their thousands are parted."""
    words = path.read_text(encoding="utf-8")
    joined = re.sub(r"(?<=\d)[ \u00a0,](?=\d{3}\b)", "", words)
    return set(re.findall(r"\d{3,}", joined))


async def test_demo_is_made_with_all_documents_ready(runtime: Runtime) -> None:
    owner, demo = await made_for(runtime)
    assert demo.workspace_id == owner.workspace_id
    async with runtime.db.fast.acquire(demo.workspace_id) as conn:
        who = await answers.get_assistant(conn, demo.assistant_id)
        sources = await knowledge.list_sources(conn, who.collection_id, limit=200)
    assert who.name == demo.name == "Беседка и сад"
    assert set(who.greeting) == {"ru", "en"}
    assert len(sources) == 24 + len(library.pairs())
    assert {source.state for source in sources} == {SourceState.READY}


async def test_demo_made_twice_at_once_is_one(runtime: Runtime) -> None:
    owner = await identity_of(runtime, (await make_workspace(runtime)).owner)
    first, second = await asyncio.gather(
        service.make(runtime, owner, locale="en"), service.make(runtime, owner, locale="ru")
    )
    assert first == second
    async with runtime.db.fast.acquire(owner.workspace_id) as conn:
        assert [each.id for each in await answers.list_assistants(conn)] == [first.assistant_id]


async def test_deleted_demo_comes_back_when_it_is_asked_for_again(runtime: Runtime) -> None:
    owner, demo = await made_for(runtime)
    async with runtime.db.fast.transaction(owner.workspace_id) as conn:
        await answers.delete_assistant(conn, demo.assistant_id, author=owner.actor_id)
    assert await service.make(runtime, owner) == demo
    async with runtime.db.fast.acquire(owner.workspace_id) as conn:
        assert [each.id for each in await answers.list_assistants(conn)] == [demo.assistant_id]


async def test_question_is_answered_from_the_right_passage_of_its_language(
    runtime: Runtime,
) -> None:
    _, demo = await made_for(runtime)
    wrong: list[tuple[object, ...]] = []
    for locale, question, figure in ANSWERABLE:
        draft = await ask(runtime, demo, question, locale)
        if draft.mode is not Mode.EXTRACTIVE or draft.confidence < DEFAULT_THRESHOLD:
            wrong.append((question, draft.mode, round(draft.confidence, 2)))
            continue
        if figure not in draft.text:
            wrong.append((question, "quotes", draft.text[:200]))
        titles = [each.title for each in draft.citations]
        if any(bool(CYRILLIC.search(title)) != (locale == "ru") for title in titles):
            wrong.append((question, "titles", titles))
    assert not wrong, "\n".join(map(str, wrong))


async def test_question_about_something_else_is_not_answered(runtime: Runtime) -> None:
    _, demo = await made_for(runtime)
    assert await answered(runtime, demo, FOREIGN) == []


async def test_question_of_misread_words_is_not_answered(runtime: Runtime) -> None:
    _, demo = await made_for(runtime)
    assert await answered(runtime, demo, MISREAD) == []


async def answered(
    runtime: Runtime, demo: Demo, questions: list[tuple[Locale, str]]
) -> list[tuple[str, float]]:
    """Return those of the questions that the assistant answers, with its confidence."""
    drafts = [(each, await ask(runtime, demo, each, locale)) for locale, each in questions]
    return [(each, draft.confidence) for each, draft in drafts if draft.mode is not Mode.UNKNOWN]


async def test_company_without_people_is_adopted_by_a_host_once(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = await identity_of(runtime, (await make_workspace(runtime, is_host=True)).owner)
    while await service.find_unowned(runtime):
        await service.adopt(runtime, host)
    monkeypatch.setattr(accounts, "all_workspaces", nobody)
    demo = await service.make(runtime, locale="en")
    assert demo.workspace_id != host.workspace_id
    assert await service.find_unowned(runtime) == demo.workspace_id
    assert await service.adopt(runtime, host) == demo
    with pytest.raises(NothingToAdopt):
        await service.adopt(runtime, host)
    async with runtime.db.fast.acquire(demo.workspace_id) as conn:
        assert [each.user_id for each in await accounts.people(conn)] == [host.user_id]


async def nobody(_conn: object) -> list[object]:
    """An installation without companies."""
    return []


async def test_company_without_people_is_only_for_hosts(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = await make_workspace(runtime)
    stranger = await identity_of(runtime, await make_person(runtime, place))
    monkeypatch.setattr(accounts, "all_workspaces", nobody)
    await service.make(runtime, locale="en")
    with pytest.raises(HostOnly):
        await service.adopt(runtime, stranger)


async def test_command_line_takes_the_first_company(runtime: Runtime) -> None:
    await make_workspace(runtime)
    first = await service.make(runtime, locale="ru")
    assert await service.make(runtime, locale="en") == first
