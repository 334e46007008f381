"""How operations are filled: what each parameter, body and form is made of, and which operations are for everybody."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Id:
    """A place for an id of this kind: a name in `Company.ids`."""

    kind: str


Filling: TypeAlias = "Id | str | int | float | bool | list[Filling] | Mapping[str, Filling] | None"

PATHS: Mapping[str, Id | str] = {
    "action": "take",
    "actor": Id("actor"),
    "ai_chat": Id("ai_chat"),
    "assistant_id": Id("assistant"),
    "attachment_id": Id("attachment"),
    "candidate_id": Id("candidate"),
    "canned_id": Id("canned"),
    "change": "off",
    "chat": Id("chat"),
    "chunk_id": Id("chunk"),
    "collection_id": Id("shared"),
    "contact_id": Id("contact"),
    "case_id": Id("case"),
    "deed": "discard",
    "deleted_id": Id("deleted"),
    "delivery_id": Id("delivery"),
    "dialog_id": Id("dialog"),
    "document_id": Id("document"),
    "emoji": "👍",
    "entity_id": Id("assistant"),
    "model": Id("assistant"),
    "entity_type": "assistant",
    "answer": "accept",
    "fact_id": Id("fact"),
    "file_id": Id("file"),
    "gap_id": Id("gap"),
    "hiring_letter_id": Id("hiring_letter"),
    "job_id": Id("job"),
    "keeping": "star",
    "key": Id("widget"),
    "key_id": Id("api_key"),
    "label_id": Id("label"),
    "letter_id": Id("letter"),
    "macro_id": Id("macro"),
    "message": Id("message"),
    "name": "nothing.css",
    "part": "more",
    "payment_id": Id("payment"),
    "gateway": "yookassa",
    "policy_id": Id("policy"),
    "response_id": Id("response"),
    "run_id": Id("run"),
    "schedule_id": Id("schedule"),
    "server_id": Id("server"),
    "table": "days",
    "which": Id("policy"),
    "seq": "1",
    "session_id": Id("session"),
    "source_id": Id("document"),
    "test_run_id": Id("test_run"),
    "transaction_id": Id("charge"),
    "upload_id": Id("upload"),
    "user_id": Id("user"),
    "prompt_id": Id("prompt"),
    "vacancy_id": Id("vacancy"),
    "version_id": Id("version"),
    "team_id": Id("team"),
    "view_id": Id("view"),
    "webhook_id": Id("webhook"),
    "way": "restore",
    "widget_id": Id("widget_id"),
    "workspace": Id("slug"),
}

_PAGE: Mapping[str, Filling] = {"limit": 5}
_QUESTION: Mapping[str, Filling] = {
    "content": "Hello from afar", "model": "", "attachments": [Id("file")], "edits": 1, "key": "k-9",
}  # fmt: skip
_CHATS_WANTED: Mapping[str, Filling] = {
    "place": "active", "q": "delivery", "tag": "", "favorite": False, "before": Id("chat_cursor"),
}  # fmt: skip
AI_CHATS = "/dashboard/chat"
_PERIOD: Mapping[str, Filling] = {"days": "7", "first": "2026-11-01", "last": "2026-11-30"}

QUERIES: Mapping[str, Mapping[str, Filling]] = {
    "GET /api/v1/documents": {
        **_PAGE, "collection_id": Id("collection"), "before": Id("document"), "q": "delivery", "look": "unfound",
    },
    "GET /api/v1/documents/check": {"collection_id": Id("collection")},
    "GET /api/v1/documents/{document_id}/chunks": {**_PAGE, "after": -1, "q": "delivery", "look": ""},
    "GET /api/v1/documents/{document_id}/pages": {**_PAGE, "after": Id("document")},
    "GET /api/v1/balance/transactions": {
        **_PAGE, "kind": None, "before": Id("charge"), "since": "2026-11-01T00:00:00Z", "until": "2126-11-01T00:00:00Z",
    },
    "GET /api/v1/balance/payments": {**_PAGE, "before": Id("payment")},
    "GET /api/v1/balance/spending": _PERIOD,
    "GET /api/v1/balance/statement": {**_PERIOD, "kind": None},
    "GET /api/v1/chats": {
        **_PAGE, "kind": "group", "label": Id("label"), "before": Id("chat_cursor"), "place": None, "q": "delivery",
        "tag": None, "favorite": None,
    },
    "DELETE /api/v1/chats/{chat}": {"forever": True},
    "GET /api/v1/llm/chat/{ai_chat}/export": {"format": "md"},
    f"GET {AI_CHATS}": _CHATS_WANTED,
    f"GET {AI_CHATS}/new": _CHATS_WANTED,
    f"GET {AI_CHATS}/rows": {**_CHATS_WANTED, "chat": Id("ai_chat")},
    f"GET {AI_CHATS}/{{ai_chat}}": _CHATS_WANTED,
    f"GET {AI_CHATS}/{{ai_chat}}/turns": {"after": 0, "before": None},
    "GET /api/v1/chats/{chat}/export": {"format": "json"},
    "GET /api/v1/messages/search": {
        **_PAGE, "q": "delivery", "chat": Id("chat"), "kind": None, "sender": Id("actor"), "from": None, "to": None,
        "before": Id("message"), "has": None,
    },
    "GET /api/v1/links": {**_PAGE, "entity_type": "assistant", "entity_id": Id("assistant")},
    "GET /api/v1/contacts": {**_PAGE, "email": None, "phone": None, "q": None, "before": Id("contact")},
    "GET /api/v1/contacts/{contact_id}/dialogs": _PAGE,
    "GET /api/v1/chats/{chat}/messages": {**_PAGE, "before_seq": 9, "after_seq": None},
    "GET /api/v1/chats/{chat}/threads/{seq}": {**_PAGE, "after_seq": 0},
    "GET /api/v1/chats/{chat}/changes": {**_PAGE, "since_mod": 0},
    "DELETE /api/v1/messages/{message}": {"mod": None},
    "GET /api/v1/mentions": {**_PAGE, "unread": True, "before": Id("chat_cursor")},
    "GET /api/v1/dialogs": {
        **_PAGE, "state": None, "mine": None, "label": Id("label"), "cursor": Id("dialog_cursor"), "unassigned": None,
        "assignee": Id("actor"), "team": Id("team"), "priority": None, "channel": None, "q": "delivery", "sort": "newest",
    },
    "GET /api/v1/vacancies": {
        **_PAGE, "company": "firm", "q": "delivery", "location": "Moscow", "work_format": None, "employment": None,
        "language": None, "salary_from": None, "sort": "newest", "before": Id("vacancy"),
    },
    "GET /api/v1/vacancies/own": {**_PAGE, "status": None, "q": "delivery", "sort": None, "before": Id("vacancy")},
    "GET /api/v1/candidates": {**_PAGE, "q": "delivery", "city": "Moscow", "before": Id("dialog_cursor")},
    "GET /api/v1/responses": {
        **_PAGE, "vacancy_id": Id("vacancy"), "candidate_id": Id("candidate"), "status": None, "approved": None,
        "sort": None, "before": Id("dialog_cursor"),
    },
    "GET /api/v1/responses/{response_id}/messages": {"after_seq": 0},
    "GET /api/v1/responses/{response_id}/letters/proposed": {"kind": "invitation"},
    "GET /api/v1/profile/facts": {"state": "accepted"},
    "GET /api/v1/profile/history": {**_PAGE, "fact_id": Id("fact"), "before": Id("fact")},
    "GET /dashboard/settings/profile/history": {"before": Id("fact")},
    "GET /api/v1/canned-replies/{canned_id}/filled": {"dialog": Id("dialog")},
    "GET /api/v1/dialogs/sla": {**_PAGE, "until": None, "cursor": Id("dialog_cursor")},
    "GET /api/v1/analytics": _PERIOD,
    "GET /api/v1/analytics/ratings": _PERIOD,
    "GET /api/v1/analytics/operators": _PERIOD,
    "GET /dashboard/settings/wallet": _PERIOD,
    "GET /dashboard/settings/wallet/transactions": {"before": Id("charge")},
    "GET /dashboard/analytics": _PERIOD,
    "GET /dashboard/analytics/ratings": _PERIOD,
    "GET /dashboard/analytics/operators": _PERIOD,
    "GET /dashboard/analytics/operators/csv": _PERIOD,
    "GET /dashboard/analytics/csv/{table}": _PERIOD,
    "GET /api/v1/files/{file_id}/content": {"variant": "thumbnail"},
    "GET /api/v1/widget/{key}": {"locale": "ru"},
    "GET /api/v1/widget/{key}/messages": {"after_seq": 0},
    "GET /api/v1/messages/{message}/attachments/{attachment_id}": {"variant": "thumbnail"},
    "GET /api/v1/widget/{key}/messages/{message}/attachments/{attachment_id}": {"variant": "thumbnail"},
    "GET /api/v1/webhooks/{webhook_id}/deliveries": {
        **_PAGE, "before": Id("delivery"), "state": None,
    },
    "GET /dashboard/settings/jobs": {"state": "queued", "before": 1_000_000},
    "GET /dashboard/settings/webhooks/{webhook_id}": {"before": Id("delivery"), "state": None},
    "GET /dashboard/settings/operation": {"before": 1_000_000},
    "GET /dashboard/settings/providers": {"change": Id("server")},
    "GET /dashboard/settings/model-access": {"model": "m"},
    "GET /dashboard/settings/audit": {"before": Id("event")},
    "GET /dashboard/mentions": {"every": "true", "before": Id("dialog_cursor")},
    "GET /dashboard/inbox/{dialog_id}": {"pane": "context"},
    "GET /dashboard/assistants/{assistant_id}": {"before": Id("document"), "add": "text", "q": "delivery", "look": "", "back": "", "of": Id("shared")},
    "GET /dashboard/assistants/{assistant_id}/sources": {"before": Id("document"), "add": "text", "q": "delivery", "look": "", "back": "setup", "of": Id("shared")},
    "GET /dashboard/assistants/{assistant_id}/search": {"q": "delivery"},
    "GET /dashboard/assistants/{assistant_id}/documents/{source_id}": {"after": -1, "page": Id("document"), "q": "", "look": "", "back": ""},
    "GET /dashboard/inbox/new": {"q": None, "contact": Id("contact")},
    "GET /dashboard/assistants/{assistant_id}/setup/sources": {"add": "text"},
    "POST /dashboard/assistants/{assistant_id}/files": {"back": "", "of": Id("shared")},
    "GET /dashboard/assistants/{assistant_id}/trash": {"of": Id("shared")},
    "GET /dashboard/assistants/{assistant_id}/check": {"of": Id("shared")},
    "POST /dashboard/assistants/{assistant_id}/check": {"of": Id("shared")},
    "DELETE /api/v1/collections/{collection_id}": {"force": "true"},
    "GET /dashboard/assistants/{assistant_id}/try": {"q": "delivery"},
    "GET /dashboard/assistants/{assistant_id}/gaps": {"state": "open"},
    "GET /dashboard/assistants/{assistant_id}/presets": {"language": "en"},
    "GET /dashboard/assistants/{assistant_id}/threshold": {"value": 40},
    "GET /api/v1/assistants/presets": {"language": "en"},
    "GET /api/v1/assistants": {"state": "archived"},
    "GET /api/v1/assistants/{assistant_id}/gaps": {"state": "open"},
    "GET /demo": {"key": Id("widget")},
    "GET /welcome": {"token": Id("widget")},
    "GET /reset-password": {"token": Id("widget")},
    "GET /confirm-email": {"token": Id("widget")},
    "GET /change-email": {"token": Id("widget")},
    "GET /undo-email": {"token": Id("widget")},
    "GET /unsubscribe": {"token": Id("widget")},
    "POST /unsubscribe": {"token": Id("widget")},
    "GET /login": {"next": "/dashboard", "email": "somebody@example.com"},
}  # fmt: skip

PERSON: Mapping[str, Filling] = {
    "email": "somebody@example.com", "password": "correct horse battery",
}  # fmt: skip

_SCHEDULE: Mapping[str, Filling] = {
    "name": "Mine now", "zone": "Europe/Moscow", "week": [[[540, 1080]], [], [], [], [], [], []],
    "holidays": [{"day": "2027-01-01", "name": "New Year"}],
}  # fmt: skip
_DEFAULT_POLICY: Mapping[str, Filling] = {
    "name": "Mine now", "enabled": True, "first": 5, "reply": 5, "resolution": 60, "warning": 1, "by_hours": True,
    "schedule_id": Id("schedule"),
}  # fmt: skip
_POLICY: Mapping[str, Filling] = {**_DEFAULT_POLICY, "label_id": Id("label")}

_VACANCY: Mapping[str, Filling] = {
    "title": "Mine now", "description": "Work", "location": "Moscow", "status": "open", "language": "en",
    "salary_min": 1, "salary_max": 2, "currency": "RUB", "skills": ["Python"], "work_format": "onsite",
    "employment": "full_time", "rubric": {"kind": "simple"},
    "questions": [{"key": "a", "text": "A?", "kind": "choice", "options": ["x", "y"], "clarify": True}],
}  # fmt: skip

JSON_BODIES: Mapping[str, Mapping[str, Filling]] = {
    "POST /api/v1/vacancies": _VACANCY,
    "PUT /api/v1/vacancies/{vacancy_id}": _VACANCY,
    "POST /api/v1/candidates": {
        "full_name": "Some Body", "email": "some@example.com", "phone": "+7", "city": "Moscow", "resume_text": "Work",
    },
    "POST /api/v1/responses": {
        "vacancy_id": Id("vacancy"), "candidate_id": Id("candidate"), "language": "en",
    },
    "POST /api/v1/responses/{response_id}/messages": {"message": "Hello from afar"},
    "POST /api/v1/responses/{response_id}/decisions": {"decision": "hired", "reason": "Ours", "seen": None},
    "POST /api/v1/responses/{response_id}/contest": {"text": "Not so"},
    "POST /api/v1/responses/{response_id}/letters": {
        "kind": "rejection", "subject": "No", "body": "Sorry", "delay_minutes": 60,
    },
    "POST /api/v1/hours/schedules": _SCHEDULE,
    "PUT /api/v1/hours/schedules/{schedule_id}": _SCHEDULE,
    "POST /api/v1/sla/policies": _POLICY,
    "PUT /api/v1/sla/policies/default": _DEFAULT_POLICY,
    "PUT /api/v1/sla/policies/{policy_id}": _POLICY,
    "POST /api/v1/widget/{key}/rating": {"score": 1, "comment": "From afar"},
    "POST /api/v1/auth/register": {**PERSON, "name": "Some Body"},
    "POST /api/v1/auth/login": PERSON,
    "POST /api/v1/auth/login/second-factor": {"second_factor": "abc", "code": "123456"},
    "POST /api/v1/auth/second-factor": {"password": "wrong horse"},
    "POST /api/v1/auth/second-factor/confirm": {"code": "123456"},
    "POST /api/v1/auth/second-factor/recovery-codes": {"password": "wrong horse", "code": "1"},
    "POST /api/v1/auth/second-factor/disable": {"password": "wrong horse", "code": "1"},
    "POST /api/v1/auth/refresh": {"refresh_token": "abc"},
    "POST /api/v1/auth/password": {"current": "wrong horse", "new": "correct horse battery"},
    "POST /api/v1/auth/password/forgot": {"email": "somebody@example.com"},
    "POST /api/v1/auth/password/reset": {"token": "abc", "password": "correct horse battery"},
    "POST /api/v1/auth/email/confirm": {"token": "abc"},
    "DELETE /api/v1/auth/me": {"password": "wrong horse", "with_companies": False},
    "POST /api/v1/auth/email": {"email": "other@example.com", "password": "wrong horse"},
    "POST /api/v1/auth/email/change": {"token": "abc"},
    "POST /api/v1/auth/email/undo": {"token": "abc"},
    "POST /api/v1/auth/workspace": {"workspace": Id("slug")},
    "POST /api/v1/employers/register": {**PERSON, "company_name": "Firm", "name": "Some Body"},
    "POST /api/v1/users": {
        "email": "new.person@example.com", "name": "New Person", "role": "operator",
    },
    "PATCH /api/v1/users/me": {"name": "Mallory", "locale": "en"},
    "PATCH /api/v1/users/{user_id}": {"role": "member"},
    "POST /api/v1/api-keys": {
        "name": "A program", "scopes": ["people.read"], "per_minute": 60, "expires_at": None,
    },
    "POST /api/v1/workspaces": {"name": "Another"},
    "PATCH /api/v1/workspaces/current": {
        "name": "Mine now", "slug": "mine-now", "accent": "#112233",
        "second_factor_required": False,
    },
    "POST /api/v1/balance/deposits": {
        "amount_micro": 1_000_000, "currency": "RUB", "note": "bank", "workspace_id": Id("workspace"),
    },
    "PUT /api/v1/balance/limits": {"period": "day", "actor_id": Id("actor"), "amount_micro": 1_000_000},
    "POST /api/v1/balance/payments": {"amount_micro": 10_000_000, "currency": "RUB", "gateway": "yookassa"},
    "POST /api/v1/balance/payments/{payment_id}/refund": {
        "amount_micro": 1, "note": "sorry", "workspace_id": Id("workspace"),
    },
    "POST /api/v1/balance/transactions/{transaction_id}/refund": {
        "amount_micro": 1, "note": "sorry", "workspace_id": Id("workspace"),
    },
    "POST /api/v1/documents": {
        "kind": "text", "title": "Planted", "body": "Planted words.",
        "collection_id": Id("collection"),
    },
    "POST /api/v1/documents/check": {"collection_id": Id("collection")},
    "PATCH /api/v1/documents/{document_id}": {"refresh_hours": 24},
    "PATCH /api/v1/documents/chunks/{chunk_id}": {"text": "Planted words.", "is_off": True},
    "POST /api/v1/documents/search/trace": {
        "question": "delivery", "collection_id": Id("collection"), "limit": 3,
    },
    "PUT /api/v1/documents/{document_id}/site": {
        "include": ["/docs/"], "exclude": ["/docs/old/"], "max_pages": 5, "max_depth": 1,
    },
    "POST /api/v1/documents/search": {
        "question": "delivery", "collection_id": Id("collection"), "limit": 3,
    },
    "POST /api/v1/chats": {
        "kind": "group", "title": "Ours", "members": [Id("actor")], "tags": ["a"],
    },
    "POST /api/v1/llm/chat/{ai_chat}/message": _QUESTION,
    "POST /api/v1/llm/chat/{ai_chat}/message/stream": _QUESTION,
    "POST /api/v1/llm/estimate": {**_QUESTION, "edits": None},
    "POST /api/v1/llm/chat/{ai_chat}/estimate": _QUESTION,
    "POST /api/v1/llm/chat/{ai_chat}/messages/{seq}/regenerate": {"model": "", "stream": False},
    "PATCH /api/v1/llm/chat/{ai_chat}": {"model": "m", "instructions": "Mine now"},
    "PUT /api/v1/llm/chat/{ai_chat}/branch": {"seq": 1},
    "PUT /api/v1/llm/chat/{ai_chat}/messages/{seq}/rating": {"rating": "good"},
    "PATCH /api/v1/chats/{chat}": {"title": "Mine now", "tags": ["b"], "is_favorite": True, "is_archived": True},
    "POST /api/v1/chats/{chat}/read": {"seq": 1},
    "POST /api/v1/chats/{chat}/delivered": {"seq": 1},
    "POST /api/v1/chats/{chat}/threads/{seq}": {
        "body": "Hello from afar", "key": "k-4", "reply_seq": 1,
    },
    "POST /api/v1/chats/{chat}/unread": {"seq": 1},
    "POST /api/v1/chats/{chat}/members": {"actor_id": Id("actor")},
    "POST /api/v1/chats/{chat}/messages": {
        "body": "Hello from afar", "key": "k-1", "visibility": "public", "reply_seq": 1,
    },
    "POST /api/v1/labels": {"name": "Ours", "colour": "#112233"},
    "PATCH /api/v1/labels/{label_id}": {"name": "Mine now", "colour": "#112233"},
    "POST /api/v1/contacts/{contact_id}/merge": {"contact": Id("contact")},
    "POST /api/v1/contacts/{contact_id}/merge/undo": {"contact": Id("contact")},
    "PATCH /api/v1/messages/{message}": {"body": "Mine now", "mod": None},
    "POST /api/v1/dialogs/{dialog_id}/reply": {
        "key": "k-2", "body": "Hello from afar", "visibility": "public", "reply_seq": 1, "take": True,
    },
    "POST /api/v1/dialogs": {"contact": Id("contact"), "body": "Hello from afar"},
    "PATCH /api/v1/dialogs/{dialog_id}": {"priority": "urgent"},
    "POST /api/v1/dialogs/{dialog_id}/resolve": {"epoch": None},
    "POST /api/v1/dialogs/{dialog_id}/reopen": {"epoch": None},
    "POST /api/v1/dialogs/{dialog_id}/unassign": {"epoch": None},
    "POST /api/v1/dialogs/{dialog_id}/snooze": {"choice": "hour", "zone": "UTC"},
    "POST /api/v1/dialogs/{dialog_id}/transfer": {
        "assignee": Id("actor"), "team": Id("team"), "note": "From afar",
    },
    "POST /api/v1/handoff/{dialog_id}/take": {"epoch": None},
    "POST /api/v1/handoff/{dialog_id}/return": {"epoch": None},
    "POST /api/v1/dialogs/bulk": {
        "ids": [Id("dialog")], "action": "assign", "assignee": Id("actor"), "team": Id("team"),
    },
    "POST /api/v1/inbox/views": {"name": "Ours", "is_shared": True, "query": {"priority": "high"}},
    "PUT /api/v1/inbox/views/{view_id}": {"name": "Mine now", "query": {"q": "delivery"}},
    "POST /api/v1/teams": {"name": "Ours", "mode": "load", "members": [Id("actor")]},
    "PATCH /api/v1/teams/{team_id}": {"name": "Mine now", "members": [Id("actor")]},
    "PATCH /api/v1/operators/{actor}": {"is_away": True},
    "POST /api/v1/assistants": {
        "name": "Another", "language": "en", "instructions": "Be kind.", "threshold": 0.4,
        "greeting": {"ru": "Привет", "en": "Hello"}, "tone": "friendly", "length": "short",
        "model": "", "temperature": 0.5, "handoff_keywords": ["boss"], "preset": "shop",
        "guidelines": [{"when": "discount", "then": "None.", "action": "say", "words": ["discount"]}],
        "guardrails": {"topics": ["politics"], "phrases": ["certainly"], "no_prices": True},
    },
    "PATCH /api/v1/assistants/{assistant_id}": {
        "name": "Mine now", "instructions": "Tell all.", "threshold": 0.1,
        "greeting": {"ru": "Привет", "en": "Hello"}, "tone": "friendly", "length": "short",
        "model": "", "temperature": 0.5, "handoff_keywords": ["boss"],
        "guidelines": [{"when": "discount", "then": "None.", "action": "say", "words": ["discount"]}],
        "guardrails": {"topics": ["politics"], "phrases": ["certainly"], "no_prices": True},
    },
    "PUT /api/v1/assistants/{assistant_id}/draft": {
        "name": "Mine now", "instructions": "Tell all.", "threshold": 0.1,
        "greeting": {"ru": "Привет", "en": "Hello"}, "tone": "friendly", "length": "short",
        "model": "", "temperature": 0.5, "handoff_keywords": ["boss"],
        "guidelines": [{"when": "discount", "then": "None.", "action": "say", "words": ["discount"]}],
        "guardrails": {"topics": ["politics"], "phrases": ["certainly"], "no_prices": True},
    },
    "POST /api/v1/collections": {"name": "Planted"},
    "PATCH /api/v1/collections/{collection_id}": {"name": "Mine now"},
    "PUT /api/v1/assistants/{assistant_id}/collections": {"collection_ids": [Id("shared")]},
    "POST /api/v1/assistants/{assistant_id}/preset": {"preset": "shop", "language": "en"},
    "POST /api/v1/assistants/runs/{run_id}/correction": {"question": "delivery?", "answer": "None."},
    "PUT /api/v1/assistants/{assistant_id}/gaps/{gap_id}": {"question": "delivery?", "answer": "None."},
    "POST /api/v1/assistants/{assistant_id}/tests": {
        "question": "delivery?", "expects": "answer", "facts": ["350"], "source": "Delivery",
    },
    "PUT /api/v1/assistants/{assistant_id}/tests/{case_id}": {"question": "delivery?", "facts": ["350"]},
    "POST /api/v1/assistants/{assistant_id}/tests/import": {"table": "delivery?,answer,350,Delivery"},
    "POST /api/v1/assistants/{assistant_id}/ask": {"question": "delivery?", "locale": "en"},
    "PATCH /api/v1/digest": {"pace": "off"},
    "PUT /api/v1/profile": {"values": ["Honesty", {"name": "Freedom", "weight": 0.9}]},
    "POST /api/v1/profile/analyze": {"message": "I love mountains."},
    "POST /api/v1/profile/facts": {"kind": "skills", "name": "Python", "weight": 0.8},
    "PATCH /api/v1/profile/facts/{fact_id}": {"weight": 0.1},
    "PATCH /api/v1/profile/settings": {"in_answers": False},
    "PUT /api/v1/operations/log-level": {"level": "debug", "minutes": 5},
    "POST /api/v1/webhooks": {
        "url": "https://receiver.example/hook", "kinds": ["document.failed"],
    },
    "PATCH /api/v1/webhooks/{webhook_id}": {
        "url": "https://other.example/hook", "kinds": [], "enabled": False,
    },
    "PUT /api/v1/files/retention": {"keep_days": 30},
    "POST /api/v1/canned-replies": {"name": "more", "body_ru": "", "body_en": "Hello", "shared": True},
    "PATCH /api/v1/canned-replies/{canned_id}": {"name": "other", "body_ru": "", "body_en": "Bye", "shared": True},
    "POST /api/v1/canned-replies/import": {"table": "name,ru,en\nmuch,,Much", "shared": True},
    "PATCH /api/v1/contacts/{contact_id}": {"name": "Mine", "email": "a@example.com", "phone": "+7 1", "note": "Note"},
    "POST /api/v1/macros": {"name": "More", "steps": [{"do": "label", "value": Id("label")}]},
    "PATCH /api/v1/macros/{macro_id}": {"name": "Other", "steps": [{"do": "label", "value": Id("label")}]},
    "POST /api/v1/copilot/dialogs/{dialog_id}/suggestion": {"stream": False},
    "POST /api/v1/copilot/dialogs/{dialog_id}/rewrite": {"text": "So.", "how": "fix", "stream": False},
    "POST /api/v1/copilot/dialogs/{dialog_id}/translate": {"text": "So.", "to": "mine", "stream": False},
    "PUT /api/v1/provider": {
        "base_url": "https://models.example/v1", "default_model": "m", "api_key": "sk-stolen",
        "embedding_model": "", "rerank_model": "", "kind": "openai", "folder": "",
    },
    "POST /api/v1/model-servers": {
        "name": "rack", "base_url": "http://127.0.0.1:9/v1", "kind": "openai", "api_key": "sk-x",
        "models": [{"id": "m", "upstream": "m", "context": 9, "abilities": [], "price": None}],
    },
    "PUT /api/v1/model-servers/{server_id}": {
        "name": "rack", "base_url": "http://127.0.0.1:9/v1", "kind": "openai", "api_key": "sk-x",
        "models": [{"id": "m", "upstream": "m", "context": 9, "abilities": [], "price": None}],
    },
    "POST /api/v1/model-servers/look": {"base_url": "http://127.0.0.1:9/v1", "kind": "openai", "api_key": ""},
    "PUT /api/v1/model-servers/order": {"providers": ["installation"]},
    "PUT /api/v1/model-access": {"model": "m", "everybody": False, "roles": ["owner"], "members": [Id("actor")]},
    "PUT /api/v1/llm/key": {
        "base_url": "https://models.example/v1", "default_model": "m", "api_key": "sk-stolen", "kind": "openai",
        "folder": "",
    },
    "POST /v1/chat/completions": {
        "model": Id("assistant"), "messages": [{"role": "user", "content": "delivery?"}],
    },
    "POST /v1/embeddings": {"model": "fake-embedder", "input": ["delivery"], "dimensions": None},
    "POST /api/v1/ai-chat": {
        "assistant_id": Id("assistant"), "message": "delivery?", "locale": "en",
    },
    "POST /api/v1/widget/{key}/session": {
        "visitor": Id("visitor"), "locale": "en", "page": "https://shop.example/",
    },
    "POST /api/v1/widget/{key}/messages": {"key": "k-3", "body": "What does delivery cost?"},
    "POST /api/v1/widget/{key}/identity": {"token": "abc"},
    "POST /api/v1/widget/{key}/attributes": {"attributes": {"plan": "free"}},
    "POST /api/v1/widget/{key}/form": {"name": "Some Body", "email": "somebody@example.com"},
    "POST /api/v1/widget/{key}/proof": {"challenge": "14.1.abc", "solution": "1"},
    "POST /api/v1/widget/{key}/contact": {"contact": "somebody@example.com"},
    "POST /api/v1/widget/{key}/transcript": {"email": "somebody@example.com"},
    "POST /api/v1/widgets": {"assistant_id": Id("assistant"), "name": "Another"},
    "PATCH /api/v1/widgets/{widget_id}": {
        "name": "Mine now", "accent": "#112233", "allowed_origins": ["https://evil.example"], "options": {"queue": False},
    },
    "POST /api/v1/widgets/{widget_id}/check": {"url": "https://shop.example/"},
}  # fmt: skip
"""The JSON body of an operation: one that it accepts."""

UPLOADS = {
    "POST /api/v1/files/upload",
    "POST /api/v1/widget/{key}/files",
    "POST /api/v1/documents/files",
    "POST /dashboard/assistants/{assistant_id}/files",
}
"""Operations that take a file."""

FIELDS: Mapping[str, Mapping[str, Filling]] = {
    "POST /api/v1/documents/files": {"collection_id": Id("collection")},
}
"""Fields beside the file."""
