"""A vacancy of a furnished company, and a candidate in the middle of its interview."""

from uuid import UUID

import httpx

from besedka.core.ids import new_id
from besedka.core.runtime import Runtime
from besedka.products.hiring.service import board, interviews, trying, vacancies
from tests.factories import MadeWorkspace
from tests.products.hiring.talk import IVAN, VACANCY, apply


async def furnish_hiring(
    runtime: Runtime, client: httpx.AsyncClient, made: MadeWorkspace, canary: str
) -> dict[str, str]:
    """Offer work, and let somebody apply and answer twice."""
    offer = {**VACANCY, "title": f"Developer {canary}"}
    person = {**IVAN, "full_name": f"Ivan {canary}", "resume_text": canary}
    who = await apply(client, made.headers, offer, person)
    talk = await interviews.begin(runtime, made.id, UUID(who.response))
    await interviews.ask(runtime, talk)
    for words in ("Moscow", f"5 years {canary}"):
        await interviews.take(runtime, talk, words, key=words)
        await interviews.ask(runtime, talk)
    path, letter = f"/responses/{who.response}", new_id()
    verdict = {"decision": "rejected", "reason": canary}
    decided = await client.post(f"{path}/decisions", json=verdict, headers=made.headers)
    contested = await client.post(f"{path}/contest", json={"text": canary}, headers=who.headers)
    assert (decided.status_code, contested.status_code) == (201, 201)
    offer = {"slots": [{"starts_at": "2090-05-01T10:00:00Z"}], "place": canary}
    offered = await client.post(f"{path}/slots", json=offer, headers=made.headers)
    assert offered.status_code == 201, offered.text
    async with runtime.db.fast.transaction(made.id) as conn:
        await conn.execute(
            "INSERT INTO hiring_letter (workspace_id, id, response_id, kind, subject, body, state, send_at, written_by)"
            " VALUES ($1, $2, $3, 'rejection', $4, $4, 'waiting', now(), $5)",
            made.id, letter, UUID(who.response), canary, made.owner.actor_id,
        )  # fmt: skip
        await conn.execute(
            "INSERT INTO hiring_application (workspace_id, id, response_id, consent_version, consent_text)"
            " VALUES ($1, $2, $3, '1', $4)",
            made.id, new_id(), UUID(who.response), canary,
        )  # fmt: skip
        await board.add_note(conn, UUID(who.response), canary, by=made.owner.actor_id)
        vacancy = await vacancies.get_vacancy(conn, UUID(who.vacancy))
        trial = await trying.start(runtime, conn, vacancy, by=made.owner.actor_id, language="en")
    return {
        "hiring_decision": decided.json()[0]["id"], "trial": str(trial.id), "vacancy": who.vacancy, "candidate": who.candidate, "response": who.response,
        "hiring_letter": str(letter), "slot": offered.json()[0]["id"],
    }  # fmt: skip
