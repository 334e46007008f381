"""The profile as its owner keeps it: facts that are added, changed, accepted and forgotten."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from besedka.core.db.connection import TenantConn
from besedka.core.ids import ActorId
from besedka.core.runtime import Runtime
from besedka.kernel.answers import service as answers
from besedka.products.profile.errors import (
    FactEmpty,
    FactNotFound,
    NotProposed,
    TooManyFacts,
)
from besedka.products.profile.repository import ProfileRepository
from besedka.products.profile.service.prompting import spell, told
from besedka.products.profile.types import (
    LONGEST_NAME,
    MOST_FACTS,
    USUAL_WEIGHT,
    Change,
    Choices,
    Deed,
    Draft,
    Fact,
    FactId,
    Kind,
    Origin,
    Prompt,
    State,
)

_NOT_WORDS: Final = re.compile(r"[\s\x00-\x1f\x7f\u2028\u2029]+")


def own(conn: TenantConn, actor: ActorId) -> ProfileRepository:
    """Return the profile of a person in the connection's workspace."""
    return ProfileRepository(conn, conn.workspace, actor)


def tidy(words: str, *, longest: int = LONGEST_NAME) -> str:
    """Return words on one line, without what cannot be seen."""
    return _NOT_WORDS.sub(" ", words).strip()[:longest].strip()


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be changed of a fact; None leaves it as it is."""

    kind: Kind | None = None
    name: str | None = None
    weight: float | None = None


async def list_facts(conn: TenantConn, actor: ActorId) -> list[Fact]:
    """Return one's facts and proposals, the weightiest first."""
    return await own(conn, actor).facts()


async def get_fact(conn: TenantConn, actor: ActorId, fact: FactId) -> Fact:
    """Return a fact of one's own. Raises FactNotFound."""
    found = await own(conn, actor).facts(fact)
    if not found:
        raise FactNotFound
    return found[0]


async def read_choices(conn: TenantConn, actor: ActorId) -> Choices:
    """Return what one chose."""
    return await own(conn, actor).choices()


async def choose(conn: TenantConn, actor: ActorId, choices: Choices) -> None:
    """Choose."""
    profile = own(conn, actor)
    await profile.lock()
    await profile.choose(choices)


async def add_fact(conn: TenantConn, actor: ActorId, draft: Draft) -> Fact:
    """Add a fact by one's own word. A proposal that says the same is accepted with it. Raises FactTaken, FactEmpty, TooManyFacts."""
    profile = own(conn, actor)
    await profile.lock()
    clean = _clean(draft)
    facts = await profile.facts()
    same = find_same(facts, clean)
    if same is not None and same.state is State.PROPOSED:
        return await _rewrite(profile, same, Wish(weight=clean.weight))
    check_room(facts)
    return (await profile.facts(await _add(profile, clean)))[0]


async def _add(profile: ProfileRepository, clean: Draft) -> FactId:
    fact = await profile.add(
        clean, weight=weight_of(clean), state=State.ACCEPTED, origin=Origin.PERSON
    )
    await profile.note(fact, Deed.ADDED, by=Origin.PERSON)
    return fact


async def change_fact(conn: TenantConn, actor: ActorId, fact: FactId, *, wish: Wish) -> Fact:
    """Change a fact, or stand by it as it is: either way its weight is fresh again, and a proposal is accepted.

    Raises FactNotFound, FactTaken, FactEmpty.
    """
    profile = own(conn, actor)
    await profile.lock()
    return await _rewrite(profile, await get_fact(conn, actor, fact), wish)


async def _rewrite(profile: ProfileRepository, before: Fact, wish: Wish) -> Fact:
    await _write(profile, before, wish)
    return (await profile.facts(before.id))[0]


async def _write(profile: ProfileRepository, before: Fact, wish: Wish) -> None:
    after = _clean(
        Draft(wish.kind or before.kind, before.name if wish.name is None else wish.name, wish.weight)
    )  # fmt: skip
    weight = before.weight if after.weight is None else after.weight
    await profile.change(before.id, after, weight=weight)
    is_same = (after.kind, after.name, weight) == (before.kind, before.name, before.weight)
    if before.state is State.PROPOSED:
        deed = Deed.ACCEPTED
    else:
        deed = Deed.CONFIRMED if is_same else Deed.CHANGED
    await profile.note(before.id, deed, by=Origin.PERSON, before=before)


async def accept_fact(conn: TenantConn, actor: ActorId, fact: FactId) -> Fact:
    """Take a proposal into the profile. Raises FactNotFound."""
    return await change_fact(conn, actor, fact, wish=Wish())


async def reject_fact(conn: TenantConn, actor: ActorId, fact: FactId) -> None:
    """Turn a proposal down; nothing of it is kept. Raises FactNotFound, NotProposed."""
    profile = own(conn, actor)
    await profile.lock()
    if (await get_fact(conn, actor, fact)).state is not State.PROPOSED:
        raise NotProposed
    await profile.forget([fact])


async def forget_fact(conn: TenantConn, actor: ActorId, fact: FactId) -> None:
    """Erase a fact with the words behind it and its history. Raises FactNotFound."""
    profile = own(conn, actor)
    await profile.lock()
    await get_fact(conn, actor, fact)
    await profile.forget([fact])


async def forget_all(conn: TenantConn, actor: ActorId) -> None:
    """Erase the whole profile, with what was chosen."""
    await own(conn, actor).forget_all()


async def replace(
    conn: TenantConn, actor: ActorId, wanted: Mapping[Kind, Sequence[Draft]]
) -> list[Fact]:
    """Let the given kinds hold exactly these facts: others of them are forgotten, those that stay keep their history.

    Raises FactEmpty, TooManyFacts.
    """
    profile = own(conn, actor)
    await profile.lock()
    drafts = {
        (each.kind, each.name.lower()): each
        for kind in wanted
        for each in map(_clean, wanted[kind])
    }
    facts = await profile.facts()
    gone = [
        each.id for each in facts
        if each.kind in wanted and each.state is State.ACCEPTED and (each.kind, each.name.lower()) not in drafts
    ]  # fmt: skip
    await profile.forget(gone)
    kept = [each for each in facts if each.id not in gone]
    pairs = [(draft, find_same(kept, draft)) for draft in drafts.values()]
    fresh = [draft for draft, same in pairs if same is None]
    check_room(kept, more=len(fresh))
    for draft in fresh:
        await _add(profile, draft)
    for draft, same in pairs:
        if same is not None and _differs(same, draft):
            await _write(profile, same, Wish(name=draft.name, weight=draft.weight))
    return await profile.facts()


def _differs(fact: Fact, draft: Draft) -> bool:
    weighed = draft.weight is not None and draft.weight != fact.weight
    return weighed or draft.name != fact.name or fact.state is State.PROPOSED


async def history(
    conn: TenantConn, actor: ActorId, *, fact: FactId | None = None, before: UUID | None = None, limit: int
) -> list[Change]:  # fmt: skip
    """Return what happened to one's facts, the latest first."""
    return await own(conn, actor).history(fact=fact, before=before, limit=limit)


async def tell(conn: TenantConn, actor: ActorId) -> str:
    """Return what a model may hear of a person: nothing, if they chose so."""
    return spell(await own(conn, actor).facts_for_answers())


async def prompt_about(runtime: Runtime, conn: TenantConn, actor: ActorId) -> Prompt:
    """Return what a model is told about a person in answers to them, as it is told."""
    profile = own(conn, actor)
    choices = await profile.choices()
    facts = told(await profile.facts()) if choices.in_answers else ()
    text = await answers.about_person(runtime, conn, actor)
    return Prompt(text=text, facts=facts, in_answers=choices.in_answers)


def find_same(facts: Sequence[Fact], draft: Draft) -> Fact | None:
    """Return the fact that says the same as a draft."""
    wanted = (draft.kind, draft.name.lower())
    return next((each for each in facts if (each.kind, each.name.lower()) == wanted), None)


def check_room(facts: Sequence[Fact], *, more: int = 1) -> None:
    """Refuse another fact, or more of them, where there would be too many. Raises TooManyFacts."""
    if more and len(facts) + more > MOST_FACTS:
        raise TooManyFacts(most=MOST_FACTS)


def weight_of(draft: Draft) -> float:
    """Return the weight of a new fact."""
    return USUAL_WEIGHT if draft.weight is None else draft.weight


def _clean(draft: Draft) -> Draft:
    name = tidy(draft.name)
    if not name:
        raise FactEmpty(field="name")
    return Draft(draft.kind, name, draft.weight, draft.quote)
