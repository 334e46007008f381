"""A company with something in every table, and what is stored of it."""

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from secrets import token_hex

import httpx
from pydantic import JsonValue
from sqlalchemy import Table

from besedka.core import clock
from besedka.core.db import rls
from besedka.core.ids import WorkspaceId, new_id
from besedka.core.runtime import Runtime
from besedka.kernel.audit import service as audit
from besedka.kernel.files.store import FileStore
from besedka.kernel.jobs import service as jobs
from besedka.kernel.knowledge.repository import passages
from besedka.kernel.ledger import service as ledger
from besedka.kernel.ledger.types import MICRO, Currency, Line, TransactionKind, Usage
from besedka.kernel.llm import service as llm
from besedka.migrations.metadata import METADATA
from tests.attacks.hiring import furnish_hiring
from tests.factories import Made, MadeWorkspace, make_person, make_workspace
from tests.fakes.jobs import eventually, settled

API = "/api/v1"
DELIVERY = "Delivery in the city costs 350 roubles. From 5000 roubles on it is free of charge."
QUESTION = "How much does delivery cost?"
DIGITS = {digit: "0123456789abcdef"[(n + 5) % 16] for n, digit in enumerate("0123456789abcdef")}

SECURED = [table for table in METADATA.sorted_tables if rls.secured(table)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A furnished company. `canary` is in all its words, `ids` name one thing of each kind."""

    made: MadeWorkspace
    canary: str
    operator: Made
    ids: Mapping[str, str]

    @property
    def id(self) -> WorkspaceId:
        """The workspace."""
        return self.made.workspace_id

    @property
    def owner(self) -> Made:
        """Its owner."""
        return self.made.owner

    @property
    def visitor(self) -> Mapping[str, str]:
        """What makes a request its visitor's."""
        return {"Authorization": f"Bearer {self.ids['visitor']}"}

    @property
    def secrets(self) -> list[str]:
        """What nobody else may ever read: its canary and the ids that it does not publish."""
        hidden = [
            value for name, value in self.ids.items() if name not in {"slug", "widget", "job"}
        ]
        return [self.canary, str(self.id), *hidden]


def twin(value: str) -> str:
    """Return an id like the given one that nothing has: of the same form and the same moment."""
    if value.isdigit():
        return str(int(value) + 10**9)
    end = value[-6:].lower()
    return value[:-6] + "".join(DIGITS.get(letter, "q") for letter in end)


async def furnish(runtime: Runtime, client: httpx.AsyncClient) -> Company:
    """Make a company and use everything once."""
    canary = f"canary{token_hex(5)}"
    made = await make_workspace(runtime, name=f"Firm {canary}")
    operator = await make_person(runtime, made, name=f"Oleg {canary}")
    desk = _Desk(client, made.owner.headers, canary)
    slug = f"s{token_hex(5)}"
    await desk.send("PATCH", "/workspaces/current", {"slug": slug})
    ids = {
        "slug": slug, "workspace": str(made.id), "user": str(operator.user_id), "actor": str(operator.actor_id),
        "session": str(made.owner.session_id),
    }  # fmt: skip
    key = await desk.send("POST", "/api-keys", {"name": f"Bot {canary}", "scopes": ["people.read"]})
    ids["api_key"] = str(key["id"])
    ids |= await _furnish_knowledge(desk)
    ids |= await _furnish_chat(desk, operator, assistant=ids["assistant"])
    await settled(runtime)
    ids |= await _furnish_dialog(runtime, desk, made)
    ids |= await _furnish_inbox(desk, operator)
    ids |= await _furnish_rest(runtime, desk, made)
    ids |= await _furnish_desk(desk, label=ids["label"])
    ids |= await _furnish_profile(desk)
    ids |= await furnish_hiring(runtime, client, made, canary)
    ids |= await _furnish_training(runtime, made, canary)
    ids |= await _furnish_trash(desk)
    ids |= await _furnish_ai_chat(runtime, made, canary)
    ids |= await _furnish_prompts(desk)
    await settled(runtime)
    await _seal(runtime, made.id)
    return Company(made=made, canary=canary, operator=operator, ids=ids)


@dataclass(frozen=True, slots=True)
class _Desk:
    """The owner's desk: requests that have to go well."""

    client: httpx.AsyncClient
    headers: Mapping[str, str]
    canary: str

    async def send(
        self, method: str, path: str, json: object = None, headers: Mapping[str, str] | None = None
    ) -> dict[str, JsonValue]:
        response = await self.client.request(
            method, API + path, json=json, headers=self.headers if headers is None else headers
        )
        assert response.is_success, f"{method} {path}: {response.status_code} {response.text}"
        found: dict[str, JsonValue] = response.json() if response.content else {}
        return found

    async def upload(self, path: str, name: str, content: bytes) -> dict[str, JsonValue]:
        response = await self.client.post(
            API + path, files={"file": (name, content, "text/plain")}, headers=self.headers
        )
        assert response.is_success, response.text
        found: dict[str, JsonValue] = response.json()
        return found


async def _furnish_knowledge(desk: _Desk) -> dict[str, str]:
    who = await desk.send(
        "POST", "/assistants", {"name": f"Helper {desk.canary}", "language": "en"}
    )
    text = {
        "kind": "text", "title": f"Delivery {desk.canary}", "body": f"{DELIVERY} {desk.canary}",
        "collection_id": who["collection_id"],
    }  # fmt: skip
    document = await desk.send("POST", "/documents", text)
    shared = await desk.send("POST", "/collections", {"name": f"Shared {desk.canary}"})
    await desk.send(
        "PUT", f"/assistants/{who['id']}/collections", {"collection_ids": [shared["id"]]}
    )
    chunks = await desk.client.get(f"{API}/documents/{document['id']}/chunks", headers=desk.headers)
    file = await desk.upload("/files/upload", f"{desk.canary}.txt", desk.canary.encode())
    tus = {"Tus-Resumable": "1.0.0", "Upload-Length": "10"}
    upload = await desk.client.post(API + "/files/resumable", headers={**desk.headers, **tus})
    return {
        "upload": upload.headers["location"].rpartition("/")[2],
        "assistant": str(who["id"]), "collection": str(who["collection_id"]), "shared": str(shared["id"]),
        "document": str(document["id"]), "chunk": chunks.json()[0]["id"], "file": str(file["id"]),
    }  # fmt: skip


async def _furnish_chat(desk: _Desk, other: Made, *, assistant: str) -> dict[str, str]:
    group = {"kind": "group", "title": f"Staff {desk.canary}", "members": [str(other.actor_id)]}
    key = {**desk.headers, "Idempotency-Key": "staff"}
    chat = await desk.send("POST", "/chats", group, key)
    file = await desk.upload(
        "/files/upload", f"{desk.canary}-sent.txt", f"{desk.canary} sent".encode()
    )
    words = {"body": f"@Oleg {desk.canary}", "attachments": [file["id"]]}
    message = await desk.send("POST", f"/chats/{chat['id']}/messages", words)
    edited = {"body": f"@Oleg {desk.canary} indeed"}
    await desk.send("PATCH", f"/messages/{message['id']}", edited)
    await desk.send("PUT", f"/messages/{message['id']}/reactions/👍")
    mine = await desk.send("POST", "/chats", {"title": f"Mine {desk.canary}"})
    await desk.send("POST", f"/chats/{mine['id']}/messages", {"body": desk.canary})
    share = await desk.send("POST", f"/llm/chat/{mine['id']}/shares", {"days": 1})
    folder = await desk.send("POST", "/folders", {"name": f"Folder {desk.canary}"})
    await desk.send("PATCH", f"/chats/{mine['id']}", {"folder_id": folder["id"]})
    label = await desk.send("POST", "/labels", {"name": f"Label {desk.canary}"})
    await desk.send("PUT", f"/chats/{chat['id']}/labels/{label['id']}")
    await desk.send("PUT", f"/chats/{chat['id']}/links/assistant/{assistant}")
    return {
        "share": str(share["id"]), "share_token": str(share["url"]).rpartition("/")[2],
        "folder": str(folder["id"]), "label": str(label["id"]), "attachment": str(file["id"]),
        "ai_chat": str(mine["id"]), "chat": str(chat["id"]), "message": str(message["id"]),
        "chat_cursor": f"{message['created_at']}~{chat['id']}",
    }  # fmt: skip


async def _furnish_dialog(runtime: Runtime, desk: _Desk, made: MadeWorkspace) -> dict[str, str]:
    """Let a visitor ask and be answered."""

    async def find_key() -> str | None:
        async with runtime.db.fast.acquire(made.id) as conn:
            key: str | None = await conn.fetchval("SELECT public_key FROM widget")
        return key

    key = await eventually(find_key)
    async with runtime.db.fast.acquire(made.id) as conn:
        widget_id = await conn.fetchval("SELECT id FROM widget")
    session = await desk.send("POST", f"/widget/{key}/session", {"locale": "en"}, headers={})
    visitor = {"Authorization": f"Bearer {session['visitor']}"}
    asked = await desk.send(
        "POST",
        f"/widget/{key}/messages",
        {"key": "1", "body": f"{QUESTION} {desk.canary}"},
        visitor,
    )

    async def find_answer() -> dict[str, JsonValue] | None:
        found = await desk.client.get(f"{API}/widget/{key}/messages", headers=visitor)
        messages: list[dict[str, JsonValue]] = found.json()
        return messages[1] if len(messages) > 1 else None

    answer = await eventually(find_answer)
    meta = answer["meta"]
    assert isinstance(meta, dict)
    return {
        "widget": key, "widget_id": str(widget_id), "visitor": str(session["visitor"]), "dialog": str(asked["chat"]),
        "contact": str(session["contact"]), "run": str(meta["run"]),
        "dialog_cursor": f"{answer['created_at']}~{asked['chat']}",
    }  # fmt: skip


async def _furnish_inbox(desk: _Desk, operator: Made) -> dict[str, str]:
    """Make a team and a saved view, and let somebody come back to work."""
    members = {"name": f"Team {desk.canary}", "members": [str(operator.actor_id)]}
    team = await desk.send("POST", "/teams", members)
    view = {"name": f"View {desk.canary}", "query": {"q": desk.canary}}
    saved = await desk.send("POST", "/inbox/views", view)
    await desk.send("PATCH", f"/operators/{operator.actor_id}", {"is_away": False})
    return {"team": str(team["id"]), "view": str(saved["id"])}


async def _furnish_rest(runtime: Runtime, desk: _Desk, made: MadeWorkspace) -> dict[str, str]:
    """Use what has no place in the day of a company of this size."""
    letter, delivery, site, version, payment = (new_id() for _ in range(5))
    promised = await _furnish_promises(runtime, desk, made)
    charge = await _furnish_ledger(runtime, desk, made)
    hook = {
        "url": f"https://{desk.canary}.example/hook", "kinds": ["document.failed"],
    }  # fmt: skip
    webhook = await desk.send("POST", "/webhooks", hook)
    await desk.send("PATCH", f"/webhooks/{webhook['id']}", {"enabled": False})  # nobody is there
    await desk.send("PATCH", "/digest", {"pace": "1d"})
    async with runtime.db.fast.transaction(made.id) as conn:
        await llm.save_provider(
            runtime, conn, base_url="http://127.0.0.1:9/v1", default_model=desk.canary, api_key="sk-x"
        )  # fmt: skip
        later = clock.now() + timedelta(days=1)
        job = await jobs.defer(conn, "answers.answer", {"run_id": str(new_id())}, run_at=later)
        for statement, values in (
            ("llm_run (workspace_id, id, purpose, provider, model, state) VALUES ($1, $2, 'x', 'x', $3, 'done')",
             (new_id(), desk.canary)),
            ("llm_model_price (workspace_id, id, model, currency, input, output) VALUES ($1, $2, $3, 'USD', 1, 1)",
             (new_id(), desk.canary)),
            ("llm_model_rule (workspace_id, id, model, role) VALUES ($1, $2, $3, 'owner')", (new_id(), desk.canary)),
            ("webhook_delivery (workspace_id, id, webhook_id, event_id, kind, body, state)"
             " SELECT $1, $2, id, $2, 'document.failed', $3, 'delivered' FROM webhook", (delivery, desk.canary)),
            ("file_variant (workspace_id, id, blob_id, name, media_type, width, height, size, key)"
             " SELECT $1, $2, id, 'thumbnail', 'image/webp', 1, 1, 6, $3 FROM file_blob LIMIT 1", (new_id(), await _kept(runtime))),
            ("digest_told (workspace_id, actor_id, conversation_id, seq)"
             " SELECT $1, d.actor_id, c.id, 1 FROM digest_member d, conversation c LIMIT 1", ()),
            ("source (workspace_id, id, collection_id, kind, state, title, url)"
             " SELECT $1, $2, collection_id, 'site', 'ready', $3, 'https://shop.example/' || $3 FROM assistant", (site, desk.canary)),
            ("site (workspace_id, id, include, exclude, max_pages, max_depth, is_preview)"
             " VALUES ($1, $2, ARRAY[$3], '{}', 9, 1, false)", (site, f"/{desk.canary}")),
            ("site_page (workspace_id, id, site_id, url, title, state, depth)"
             " VALUES ($1, $2, $3, 'https://shop.example/' || $4, $4, 'read', 0)", (new_id(), site, desk.canary)),
            # Of tomorrow, so that the minute's job leaves it where it is.
            ("passage_use (workspace_id, id, created_at, found, cited)"
             " SELECT $1, $2, now() + interval '1 day', ARRAY[id], ARRAY[id] FROM chunk LIMIT 1", (new_id(),)),
            ("duplicate (workspace_id, id, twin_id, likeness)"
             " SELECT $1, id, id, 100 FROM chunk WHERE $2::uuid IS NOT NULL LIMIT 1", (new_id(),)),
            ("source_version (workspace_id, id, source_id, title, chars, chunks, passages)"
             " SELECT $1, $2, id, $3::text, 1, 1, jsonb_build_array(jsonb_build_object('text', $3::text, 'heading', jsonb_build_array($3::text),"
             " 'page', 1)) FROM source WHERE kind = 'text' LIMIT 1", (version, desk.canary)),
            ("copilot_summary (workspace_id, conversation_id, body, locale, seq, mod)"
             " SELECT $1, id, $2, 'en', last_public_seq, mod FROM conversation WHERE kind = 'dialog' LIMIT 1", (desk.canary,)),
            ("ledger_payment (workspace_id, id, gateway, amount, currency, state, reference, charge, url)"
             " VALUES ($1, $2, 'yookassa', 10, 'RUB', 'canceled', $3, $3, 'https://pay.example/' || $3)", (payment, desk.canary)),
            ("ledger_payback (workspace_id, id, payment_id, hold_id, amount, state, note, host_id)"
             " SELECT $1, $2, id, $2, 1, 'failed', $3, $2 FROM ledger_payment", (new_id(), desk.canary)),
            ("ledger_limit (workspace_id, id, period, amount) VALUES ($1, $2, 'month', 1000000)", (new_id(),)),
            ("wallet_watch (workspace_id, warn_below) VALUES ($1, 1)", ()),
            ("demo_company (workspace_id, assistant_id) SELECT $1, id FROM assistant", ()),
            ("letter (workspace_id, id, name, to_address, locale, subject, body_text, body_html, state)"
             " VALUES ($1, $2, 'x', 'x@example.com', 'en', $3, $3, $3, 'outbox')", (letter, desk.canary)),
        ):  # fmt: skip
            await conn.execute(f"INSERT INTO {statement}", made.id, *values)
            event = await conn.fetchval("SELECT id FROM audit_event LIMIT 1")
    return {
        "letter": str(letter), "job": str(job), "event": str(event), "charge": charge, "version": str(version), "server": str(new_id()),
        "webhook": str(webhook["id"]), "payment": str(payment), "delivery": str(delivery), **promised,
    }  # fmt: skip


async def _furnish_ai_chat(runtime: Runtime, made: MadeWorkspace, canary: str) -> dict[str, str]:
    """Let a chat with a model have a question that nobody answered, and a file of chats have been read."""
    taken_in, run = new_id(), new_id()
    async with runtime.db.fast.transaction(made.id) as conn:
        await conn.execute(
            "UPDATE ai_chat SET model = 'm', instructions = $2 WHERE workspace_id = $1",
            made.id,
            canary,
        )
        for statement, values in (
            ("ai_summary (workspace_id, conversation_id, until_seq, body, model, told, is_edited)"
             " SELECT $1, conversation_id, seq, $2, 'm', '{}', false FROM ai_turn LIMIT 1", (canary,)),
            ("ai_import (workspace_id, id, actor_id, name, state) SELECT $1, $2, sender_id, $3, 'done' FROM message m"
             " JOIN conversation c ON c.id = m.conversation_id WHERE c.kind = 'ai' LIMIT 1", (taken_in, canary)),
            ("ai_run (workspace_id, id, conversation_id, question_seq, asker_id, model, state)"
             " SELECT $1, $2, m.conversation_id, m.seq, m.sender_id, 'm', 'failed' FROM message m"
             " JOIN conversation c ON c.id = m.conversation_id WHERE c.kind = 'ai' LIMIT 1", (run,)),
        ):  # fmt: skip
            await conn.execute(f"INSERT INTO {statement}", made.id, *values)
    return {"ai_import": str(taken_in), "ai_run": str(run)}


async def _furnish_prompts(desk: _Desk) -> dict[str, str]:
    words = {"name": desk.canary, "body": f"{desk.canary} {{{{a=b}}}}", "tags": [desk.canary]}
    prompt = await desk.send("POST", "/llm/prompts", words)
    return {"ai_prompt": str(prompt["id"])}


async def _furnish_desk(desk: _Desk, *, label: str) -> dict[str, str]:
    words = {"name": "hi", "body_ru": desk.canary, "body_en": desk.canary, "shared": True}
    canned = await desk.send("POST", "/canned-replies", words)
    steps = [{"do": "label", "value": label}, {"do": "note", "value": desk.canary}]
    macro = await desk.send("POST", "/macros", {"name": desk.canary, "steps": steps})
    return {"canned": str(canned["id"]), "macro": str(macro["id"])}


async def _furnish_profile(desk: _Desk) -> dict[str, str]:
    """Let the owner tell about themselves, and have a message of theirs read."""
    words = {"kind": "values", "name": desk.canary, "weight": 0.7}
    fact = await desk.send("POST", "/profile/facts", words)
    await desk.send("POST", "/profile/analyze", {"message": f"I love {desk.canary} music."})
    return {"fact": str(fact["id"])}


async def _furnish_training(runtime: Runtime, made: MadeWorkspace, canary: str) -> dict[str, str]:
    """Leave a question unanswered, and test what was said."""
    gap, case, run = new_id(), new_id(), new_id()
    async with runtime.db.fast.transaction(made.id) as conn:
        for statement, values in (
            ("gap (workspace_id, id, assistant_id, state, stems, last_asked, question, answer)"
             " SELECT $1, $2, id, 'open', '[]', now(), $3, $3 FROM assistant", (gap, canary)),
            ("gap_question (workspace_id, id, gap_id) SELECT $1, id, $2 FROM reply_run", (gap,)),
            ("test_case (workspace_id, id, assistant_id, question, expects)"
             " SELECT $1, $2, id, $3, 'answer' FROM assistant", (case, canary)),
            ("test_run (workspace_id, id, assistant_id, state, total)"
             " SELECT $1, $2, id, 'done', 1 FROM assistant", (run,)),
            ("test_result (workspace_id, id, run_id, case_id, question, answer, mode, confidence, passed)"
             " VALUES ($1, $2, $3, $4, $5, $5, 'unknown', 0, false)", (new_id(), run, case, canary)),
        ):  # fmt: skip
            await conn.execute(f"INSERT INTO {statement}", made.id, *values)
        prompt = await conn.fetchval("SELECT prompt_version_id FROM assistant")
    return {"gap": str(gap), "case": str(case), "test_run": str(run), "prompt": str(prompt)}


async def _furnish_trash(desk: _Desk) -> dict[str, str]:
    """Delete an assistant."""
    deleted = await desk.send("POST", "/assistants", {"name": f"Deleted {desk.canary}"})
    await desk.send("DELETE", f"/assistants/{deleted['id']}")
    return {"deleted": str(deleted["id"])}


async def _furnish_promises(runtime: Runtime, desk: _Desk, made: MadeWorkspace) -> dict[str, str]:
    """Say when people work and what is promised; let a promise be missed, and a dialog be rated."""
    hours = {"name": desk.canary, "zone": "Europe/Moscow", "week": [[[0, 1440]]] * 7}
    schedule = await desk.send("POST", "/hours/schedules", hours)
    labels = await desk.client.get(f"{API}/labels", headers=desk.headers)
    wanted = {"name": desk.canary, "label_id": labels.json()[0]["id"], "first": 5}
    policy = await desk.send("POST", "/sla/policies", wanted)
    async with runtime.db.fast.transaction(made.id) as conn:
        for statement, values in (
            ("dialog_reply SELECT r.workspace_id, r.conversation_id, 1, 1, $2, now(), 9, true", (made.owner.actor_id,)),
            ("dialog_clock SELECT r.workspace_id, r.conversation_id, NULL, '{}', now(), 'first', now(), NULL", ()),
            ("dialog_breach SELECT r.workspace_id, r.conversation_id, 'first', now(), 'missed', now(), now()", ()),
            ("dialog_rating (workspace_id, conversation_id, number, score, comment, changed_at)"
             " SELECT r.workspace_id, r.conversation_id, 1, 5, $2, now()", (desk.canary,)),
        ):  # fmt: skip
            await conn.execute(
                f"INSERT INTO {statement} FROM dialog_round r WHERE r.workspace_id = $1", made.id, *values
            )  # fmt: skip
    return {"schedule": str(schedule["id"]), "policy": str(policy["id"])}


async def _kept(runtime: Runtime) -> str:
    """Put bytes into the store, and return their key."""
    store = runtime.get(FileStore)
    async with store.draft(limit=6) as draft:
        await draft.write(b"canary")
        return await store.keep(await draft.seal())


async def _furnish_ledger(runtime: Runtime, desk: _Desk, made: MadeWorkspace) -> str:
    """Give money, spend some of it and hold some more; returns the charge."""
    async with runtime.db.fast.transaction(made.id) as conn:
        await ledger.give(
            conn,
            ledger.NewGrant(
                kind=TransactionKind.TRIAL, amount=100, currency=Currency.RUB, key=desk.canary,
                expires_at=clock.now() + timedelta(days=9), note=desk.canary,
            ),
        )  # fmt: skip
        used = Usage(why=desk.canary, lines=(Line(unit="token", quantity=7, price=MICRO),))
        hold = await ledger.hold(conn, 50, key="spent", purpose=desk.canary)
        charge = await ledger.capture(conn, hold.id, usage=used)
        await ledger.hold(conn, 20, key="open", purpose=desk.canary, lasts=timedelta(days=1))
    return str(charge)


async def _seal(runtime: Runtime, workspace: WorkspaceId) -> None:
    """Do what the minute's job does with audit events, so that it finds nothing to change later."""
    async with runtime.db.fast.transaction(workspace) as conn:
        await audit.seal(conn)


_ACCOUNTS = {
    "workspace": "id = $1",
    "second_factor": "user_id IN (SELECT user_id FROM membership WHERE workspace_id = $1)",
    "recovery_code": "user_id IN (SELECT user_id FROM membership WHERE workspace_id = $1)",
    "app_user": "id IN (SELECT user_id FROM membership WHERE workspace_id = $1)",
}


def _owned(table: Table) -> str | None:
    """Return the condition for a table's rows that belong to workspace $1, if it has such."""
    return "workspace_id = $1" if "workspace_id" in table.columns else _ACCOUNTS.get(table.name)


_ROWS = " UNION ALL ".join(
    f"SELECT '{table.name}' AS name, coalesce(string_agg(t::text, '|' ORDER BY t::text), '') AS rows"
    f' FROM "{table.name}" t WHERE {condition}'
    for table in METADATA.sorted_tables
    if (condition := _owned(table)) is not None
)
_SESSIONS = (
    " UNION ALL SELECT 'session', string_agg(concat(id, revoked_at, default_workspace_id), '|' ORDER BY id)"
    " FROM session WHERE user_id IN (SELECT user_id FROM membership WHERE workspace_id = $1)"
)


async def fingerprint(runtime: Runtime, workspace: WorkspaceId) -> Mapping[str, str]:
    """Return a checksum of all that is stored of a company, per table."""
    async with runtime.db.system.acquire() as conn:
        rows = await conn.fetch(_ROWS + _SESSIONS, workspace)
    return {
        row["name"]: hashlib.sha256((row["rows"] or "").encode()).hexdigest() if row["rows"] else ""
        for row in rows
    }


async def calm(runtime: Runtime, *workspaces: WorkspaceId) -> list[Mapping[str, str]]:
    """Return the checksums once the background has nothing more to change."""
    await settled(runtime)
    async with runtime.db.system.transaction() as conn:  # as the minute's job does
        await passages.add_up(conn, await passages.take_uses(conn, limit=2000))
    for each in workspaces:
        await _seal(runtime, each)
    before = [await fingerprint(runtime, each) for each in workspaces]
    while True:
        await asyncio.sleep(0.05)
        after = [await fingerprint(runtime, each) for each in workspaces]
        if after == before:
            return after
        before = after
