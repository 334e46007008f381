"""A profile to take away. It is forgotten with the membership: its rows hang on it."""

from collections.abc import Mapping

from pydantic import JsonValue

from besedka.core.db.connection import SystemConn, TenantConn
from besedka.core.ids import ActorId
from besedka.core.module import PersonData
from besedka.products.profile.repository import ProfileRepository
from besedka.products.profile.service.keeping import own
from besedka.products.profile.types import Change, Fact


async def export_profile(conn: TenantConn, actor: ActorId) -> Mapping[str, JsonValue]:
    """Return all that is kept in one's profile of this workspace."""
    return await _export(own(conn, actor))


async def export_person(conn: SystemConn, person: PersonData) -> Mapping[str, JsonValue]:
    """Return a person's profiles in all workspaces."""
    found: list[JsonValue] = []
    for workspace, actor in person.places:
        profile = await _export(ProfileRepository(conn, workspace, actor))
        if profile["facts"]:
            found.append({"workspace": str(workspace), **profile})
    return {"profiles": found}


async def _export(profile: ProfileRepository) -> dict[str, JsonValue]:
    choices = await profile.choices()
    return {
        "in_answers": choices.in_answers,
        "accepts_itself": choices.accepts_itself,
        "facts": [_fact(each) for each in await profile.facts()],
        "history": [_change(each) for each in await profile.history()],
    }


def _fact(fact: Fact) -> dict[str, JsonValue]:
    return {
        "id": str(fact.id), "kind": fact.kind, "name": fact.name, "weight": fact.weight, "state": fact.state,
        "origin": fact.origin, "confirmed_at": fact.confirmed_at.isoformat(), "created_at": fact.created_at.isoformat(),
        "sources": [
            {"quote": each.quote, "reader": each.reader, "at": each.at.isoformat()} for each in fact.sources
        ],
    }  # fmt: skip


def _change(change: Change) -> dict[str, JsonValue]:
    return {
        "fact_id": str(change.fact_id), "deed": change.deed, "by": change.by, "name": change.name,
        "weight": change.weight, "name_before": change.name_before, "weight_before": change.weight_before,
        "at": change.at.isoformat(),
    }  # fmt: skip
