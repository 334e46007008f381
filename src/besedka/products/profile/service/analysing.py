"""Proposals from a message: read by a model or by rules, kept until the person says yes or no."""

from typing import Final

import structlog

from besedka.core.db.connection import TenantConn
from besedka.core.ids import ActorId
from besedka.core.runtime import Runtime
from besedka.core.security.ratelimit import HEAVY
from besedka.kernel.accounts.types import Identity
from besedka.kernel.llm import service as llm
from besedka.kernel.llm.errors import LlmError
from besedka.products.profile.repository import ProfileRepository
from besedka.products.profile.service import rules
from besedka.products.profile.service.asking import ask
from besedka.products.profile.service.keeping import check_room, find_same, own, tidy, weight_of
from besedka.products.profile.types import (
    Analysis,
    Choices,
    Deed,
    Draft,
    Fact,
    Origin,
    Reading,
    State,
)

log = structlog.get_logger(__name__)

LONGEST_QUOTE: Final = 500


async def analyse(runtime: Runtime, identity: Identity, message: str) -> Analysis:
    """Propose what a message says of its author; the message itself is not kept. Raises RateLimited, TooManyFacts."""
    await runtime.limiter.hit(HEAVY, "profile", str(identity.actor_id))
    reading = await _read(runtime, identity, message)
    async with runtime.db.fast.transaction(identity.workspace_id) as conn:
        return await propose(conn, identity.actor_id, reading)


async def _read(runtime: Runtime, identity: Identity, message: str) -> Reading:
    """Read with the workspace's model; by rules where there is none, and where it fails."""
    provider = await llm.find_provider(runtime, identity.workspace_id)
    if provider is None:
        return Reading(Origin.RULES, rules.read(message))
    try:
        drafts = await ask(runtime, identity.workspace_id, provider, message)
    except LlmError as error:
        log.info("profile.rules_instead", failure=error.code)
        return Reading(Origin.RULES, rules.read(message), error.code)
    return Reading(Origin.MODEL, drafts)


async def propose(conn: TenantConn, actor: ActorId, reading: Reading) -> Analysis:
    """Keep what was read as proposals, or as facts when the person chose that. Raises TooManyFacts."""
    profile = own(conn, actor)
    choices = await profile.lock()
    facts = await profile.facts()
    touched: list[Fact] = []
    known = 0
    for draft in reading.drafts:
        name = tidy(draft.name)
        if not name:
            continue
        clean = Draft(draft.kind, name, draft.weight, tidy(draft.quote, longest=LONGEST_QUOTE))
        same = find_same(facts, clean)
        if same is not None and same.state is State.ACCEPTED:
            known += 1
        kept = await _keep(profile, choices, clean, same, facts, reader=reading.reader)
        if kept is not None:
            facts = [*(each for each in facts if each.id != kept.id), kept]
            touched = [*(each for each in touched if each.id != kept.id), kept]
    return Analysis(reading.reader, tuple(touched), known, reading.failure)


async def _keep(
    profile: ProfileRepository, choices: Choices, draft: Draft, same: Fact | None, facts: list[Fact], *,
    reader: Origin,
) -> Fact | None:  # fmt: skip
    """Add a draft, or its words to the fact that says the same; an accepted one is only touched if the person chose so."""
    if same is None:
        check_room(facts)
        state = State.ACCEPTED if choices.accepts_itself else State.PROPOSED
        fact = await profile.add(draft, weight=weight_of(draft), state=state, origin=reader)
        await profile.add_source(fact, draft.quote, reader=reader)
        deed = Deed.ADDED if choices.accepts_itself else Deed.PROPOSED
        await profile.note(fact, deed, by=reader)
        return (await profile.facts(fact))[0]
    if same.state is State.ACCEPTED and not choices.accepts_itself:
        return None
    if any(source.quote == draft.quote for source in same.sources):
        return same if same.state is State.PROPOSED else None
    await profile.add_source(same.id, draft.quote, reader=reader)
    if choices.accepts_itself:
        await profile.change(same.id, Draft(same.kind, same.name), weight=same.weight)
    await profile.note(same.id, Deed.SEEN, by=reader, before=same)
    return (await profile.facts(same.id))[0]
