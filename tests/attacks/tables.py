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
    "assistant_id": Id("assistant"),
    "attachment_id": Id("attachment"),
    "canned_id": Id("canned"),
    "change": "off",
    "chat": Id("chat"),
    "chunk_id": Id("chunk"),
    "contact_id": Id("contact"),
    "case_id": Id("case"),
    "deed": "discard",
    "delivery_id": Id("delivery"),
    "dialog_id": Id("dialog"),
    "document_id": Id("document"),
    "emoji": "👍",
    "entity_id": Id("assistant"),
    "model": Id("assistant"),
    "entity_type": "assistant",
    "file_id": Id("file"),
    "gap_id": Id("gap"),
    "job_id": Id("job"),
    "key": Id("widget"),
    "key_id": Id("api_key"),
    "label_id": Id("label"),
    "letter_id": Id("letter"),
    "macro_id": Id("macro"),
    "message": Id("message"),
    "name": "nothing.css",
    "part": "more",
    "policy_id": Id("policy"),
    "run_id": Id("run"),
    "schedule_id": Id("schedule"),
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
    "version_id": Id("version"),
    "team_id": Id("team"),
    "view_id": Id("view"),
    "webhook_id": Id("webhook"),
    "way": "restore",
    "widget_id": Id("widget_id"),
    "workspace": Id("slug"),
}

_PAGE: Mapping[str, Filling] = {"limit": 5}
_PERIOD: Mapping[str, Filling] = {"days": "7", "first": "2026-11-01", "last": "2026-11-30"}

QUERIES: Mapping[str, Mapping[str, Filling]] = {
    "GET /api/v1/documents": {
        **_PAGE, "collection_id": Id("collection"), "before": Id("document"), "q": "delivery", "look": "unfound",
    },
    "GET /api/v1/documents/{document_id}/chunks": {**_PAGE, "after": -1, "q": "delivery", "look": ""},
    "GET /api/v1/documents/{document_id}/pages": {**_PAGE, "after": Id("document")},
    "GET /api/v1/balance/transactions": {**_PAGE, "kind": None, "before": Id("charge")},
    "GET /api/v1/chats": {
        **_PAGE, "kind": "group", "label": Id("label"), "before": Id("chat_cursor"),
    },
    "GET /api/v1/chats/{chat}/export": {"format": "json"},
    "GET /api/v1/messages/search": {
        **_PAGE, "q": "delivery", "chat": Id("chat"), "kind": None, "sender": Id("actor"), "from": None, "to": None,
        "before": Id("message"), "has": None,
    },
    "GET /api/v1/links": {**_PAGE, "entity_type": "assistant", "entity_id": Id("assistant")},
    "GET /api/v1/contacts": {**_PAGE, "email": None, "phone": None, "before": Id("contact")},
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
    "GET /api/v1/canned-replies/{canned_id}/filled": {"dialog": Id("dialog")},
    "GET /api/v1/dialogs/sla": {**_PAGE, "until": None, "cursor": Id("dialog_cursor")},
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
    "GET /dashboard/settings/audit": {"before": Id("event")},
    "GET /dashboard/mentions": {"every": "true", "before": Id("dialog_cursor")},
    "GET /dashboard/inbox/{dialog_id}": {"pane": "context"},
    "GET /dashboard/assistants/{assistant_id}": {"before": Id("document"), "add": "text", "q": "delivery", "look": "", "back": ""},
    "GET /dashboard/assistants/{assistant_id}/sources": {"before": Id("document"), "add": "text", "q": "delivery", "look": "", "back": "setup"},
    "GET /dashboard/assistants/{assistant_id}/search": {"q": "delivery"},
    "GET /dashboard/assistants/{assistant_id}/documents/{source_id}": {"after": -1, "page": Id("document"), "q": "", "look": "", "back": ""},
    "GET /dashboard/inbox/new": {"q": None, "contact": Id("contact")},
    "GET /dashboard/assistants/{assistant_id}/setup/sources": {"add": "text"},
    "POST /dashboard/assistants/{assistant_id}/files": {"back": ""},
    "GET /dashboard/assistants/{assistant_id}/try": {"q": "delivery"},
    "GET /dashboard/assistants/{assistant_id}/gaps": {"state": "open"},
    "GET /dashboard/assistants/{assistant_id}/presets": {"language": "en"},
    "GET /dashboard/assistants/{assistant_id}/threshold": {"value": 40},
    "GET /api/v1/assistants/presets": {"language": "en"},
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

_PERSON: Mapping[str, Filling] = {
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

JSON_BODIES: Mapping[str, Mapping[str, Filling]] = {
    "POST /api/v1/hours/schedules": _SCHEDULE,
    "PUT /api/v1/hours/schedules/{schedule_id}": _SCHEDULE,
    "POST /api/v1/sla/policies": _POLICY,
    "PUT /api/v1/sla/policies/default": _DEFAULT_POLICY,
    "PUT /api/v1/sla/policies/{policy_id}": _POLICY,
    "POST /api/v1/widget/{key}/rating": {"score": 1, "comment": "From afar"},
    "POST /api/v1/auth/register": {**_PERSON, "name": "Some Body"},
    "POST /api/v1/auth/login": _PERSON,
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
    "POST /api/v1/employers/register": {**_PERSON, "company_name": "Firm", "name": "Some Body"},
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
    "POST /api/v1/balance/transactions/{transaction_id}/refund": {
        "amount_micro": 1, "note": "sorry", "workspace_id": Id("workspace"),
    },
    "POST /api/v1/documents": {
        "kind": "text", "title": "Planted", "body": "Planted words.",
        "collection_id": Id("collection"),
    },
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
    "PATCH /api/v1/chats/{chat}": {"title": "Mine now", "tags": ["b"], "is_favorite": True},
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
    "POST /api/v1/assistants/{assistant_id}/preset": {"preset": "shop", "language": "en"},
    "POST /api/v1/assistants/runs/{run_id}/correction": {"question": "delivery?", "answer": "None."},
    "PUT /api/v1/assistants/{assistant_id}/gaps/{gap_id}": {"question": "delivery?", "answer": "None."},
    "POST /api/v1/assistants/{assistant_id}/tests": {
        "question": "delivery?", "expects": "answer", "facts": ["350"], "source": "Delivery",
    },
    "POST /api/v1/assistants/{assistant_id}/tests/import": {"table": "delivery?,answer,350,Delivery"},
    "POST /api/v1/assistants/{assistant_id}/ask": {"question": "delivery?", "locale": "en"},
    "PATCH /api/v1/digest": {"pace": "off"},
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
        "embedding_model": "", "rerank_model": "",
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

_ASSISTANT = "/dashboard/assistants/{assistant_id}"
_SETTINGS = "/dashboard/settings"

_SCHEDULE_FORM: Mapping[str, Filling] = {
    "name": "Mine now", "zone": "Europe/Moscow", "mon": "9-18", "tue": "9-18", "wed": "", "thu": "", "fri": "", "sat": "",
    "sun": "", "holidays": "2027-01-01 New Year",
}  # fmt: skip
_POLICY_FORM: Mapping[str, Filling] = {
    "name": "Mine now", "enabled": "true", "label_id": Id("label"), "first": "5 min", "reply": "5", "resolution": "1 h",
    "warning": "1", "by_hours": "true", "schedule_id": Id("schedule"),
}  # fmt: skip

FORMS: Mapping[str, Mapping[str, Filling]] = {
    "POST /preferences/theme": {"theme": "dark", "next": "/login"},
    "POST /preferences/locale": {"locale": "ru", "next": "/login"},
    "POST /login": _PERSON,
    "POST /login/code": {"challenge": "abc", "code": "123456", "next": "/dashboard"},
    "POST /signup": {**_PERSON, "name": "Some Body", "company": "Firm"},
    "POST /welcome": {**_PERSON, "name": "Some Body", "company": "Firm", "token": "abc"},
    "POST /forgot-password": {"email": "somebody@example.com"},
    "POST /reset-password": {"token": "abc", "password": "correct horse battery"},
    "POST /confirm-email": {"token": "abc"},
    "POST /change-email": {"token": "abc"},
    "POST /undo-email": {"token": "abc"},
    "POST /logout": {},
    "POST /unsubscribe": {},
    f"POST {_SETTINGS}/letters": {"pace": "1d"},
    f"POST {_SETTINGS}/operation/failures/{{job_id}}/retry": {},
    f"POST {_SETTINGS}/operation/failures/{{job_id}}/drop": {},
    f"POST {_SETTINGS}/operation/queues/retry": {"name": "answers.answer"},
    f"POST {_SETTINGS}/operation/queues/drop": {"name": "answers.answer"},
    f"POST {_SETTINGS}/operation/log-level": {"level": "debug", "minutes": "5"},
    f"POST {_SETTINGS}/operation/log-level/reset": {},
    f"POST {_SETTINGS}/webhooks": {"url": "https://receiver.example/hook", "kinds": "document.failed"},
    f"POST {_SETTINGS}/webhooks/{{webhook_id}}": {"url": "https://other.example/hook", "every": "true"},
    f"POST {_SETTINGS}/webhooks/{{webhook_id}}/switch": {"enabled": "true"},
    f"POST {_SETTINGS}/webhooks/{{webhook_id}}/test": {},
    f"POST {_SETTINGS}/webhooks/{{webhook_id}}/secret": {},
    f"POST {_SETTINGS}/webhooks/{{webhook_id}}/delete": {},
    f"POST {_SETTINGS}/webhooks/{{webhook_id}}/deliveries/{{delivery_id}}/redeliver": {},
    f"POST {_SETTINGS}/erase": {"erase_password": "wrong horse"},
    f"POST {_SETTINGS}/email": {"new_email": "other@example.com", "new_password": "wrong horse"},
    f"POST {_SETTINGS}/me": {"name": "Mallory", "locale": "en"},
    f"POST {_SETTINGS}/password": {"current": "wrong horse", "password": "correct horse battery"},
    f"POST {_SETTINGS}/confirmation": {},
    f"POST {_SETTINGS}/sessions/{{session_id}}/revoke": {},
    f"POST {_SETTINGS}/security/begin": {"password": "wrong horse"},
    f"POST {_SETTINGS}/security/confirm": {"code": "123456"},
    f"POST {_SETTINGS}/security/codes": {"password": "wrong horse", "code": "123456"},
    f"POST {_SETTINGS}/security/disable": {"password": "wrong horse", "code": "123456"},
    f"POST {_SETTINGS}/workspace/second-factor": {"required": "false"},
    f"POST {_SETTINGS}/keys": {"name": "A program", "scopes": "people.read", "days": "30", "per_minute": "60"},
    f"POST {_SETTINGS}/keys/{{key_id}}/revoke": {},
    f"POST {_SETTINGS}/workspace/files": {"keep_days": "30"},
    f"POST {_SETTINGS}/workspace": {"name": "Mine now", "accent": "#112233"},
    f"POST {_SETTINGS}/hours": _SCHEDULE_FORM,
    f"POST {_SETTINGS}/hours/{{schedule_id}}": _SCHEDULE_FORM,
    f"POST {_SETTINGS}/hours/{{schedule_id}}/default": {},
    f"POST {_SETTINGS}/hours/{{schedule_id}}/delete": {},
    f"POST {_SETTINGS}/promises/{{which}}": _POLICY_FORM,
    f"POST {_SETTINGS}/promises/{{policy_id}}/delete": {},
    f"POST {_SETTINGS}/people": {
        "email": "new.person@example.com", "name": "New Person", "role": "operator",
    },
    f"POST {_SETTINGS}/people/{{user_id}}/role": {"role": "member"},
    f"POST {_SETTINGS}/people/{{user_id}}/remove": {},
    f"POST {_SETTINGS}/people/{{user_id}}/deactivate": {},
    f"POST {_SETTINGS}/people/{{user_id}}/activate": {},
    f"POST {_SETTINGS}/model": {
        "base_url": "https://models.example/v1", "default_model": "m", "api_key": "sk-stolen",
    },
    f"POST {_SETTINGS}/model/test": {},
    f"POST {_SETTINGS}/model/vectors": {},
    f"POST {_SETTINGS}/model/delete": {},
    f"POST {_SETTINGS}/mail": {
        "host": "mail.example", "port": 587, "security": "starttls", "username": "u",
        "password": "p", "sender": "me@mail.example",
    },
    f"POST {_SETTINGS}/mail/test": {},
    f"POST {_SETTINGS}/mail/delete": {},
    f"POST {_SETTINGS}/jobs/{{job_id}}/retry": {},
    f"POST {_SETTINGS}/jobs/{{job_id}}/cancel": {},
    f"POST {_SETTINGS}/outbox/{{letter_id}}/send": {},
    "POST /dashboard/inbox/{dialog_id}/{action}": {},
    "POST /dashboard/contacts/{contact_id}": {"name": "Mine", "note": "Note", "dialog": Id("dialog")},
    "POST /dashboard/contacts/{contact_id}/merge": {"contact": Id("contact"), "dialog": Id("dialog")},
    "POST /dashboard/contacts/{contact_id}/block": {"blocked": "true", "dialog": Id("dialog")},
    f"POST {_SETTINGS}/replies": {"name": "more", "body_ru": "", "body_en": "Hello", "shared": "true"},
    f"POST {_SETTINGS}/replies/import": {"table": "name,ru,en\nmuch,,Much", "shared": "true"},
    f"POST {_SETTINGS}/replies/{{canned_id}}": {"name": "other", "body_ru": "", "body_en": "Bye", "shared": "true"},
    f"POST {_SETTINGS}/replies/{{canned_id}}/delete": {},
    f"POST {_SETTINGS}/macros": {"name": "More", "step": "resolve", "words": ""},
    f"POST {_SETTINGS}/macros/{{macro_id}}": {"name": "Other", "step": "resolve", "words": ""},
    f"POST {_SETTINGS}/macros/{{macro_id}}/delete": {},
    "POST /dashboard/desk/{dialog_id}/macros/{macro_id}": {},
    "POST /dashboard/copilot/{dialog_id}/summary": {},
    "POST /dashboard/assistants": {"name": "Another", "language": "en", "preset": "shop"},
    "POST /dashboard/inbox/many": {"ids": Id("dialog"), "what": "resolve", "query": "state=open"},
    "POST /dashboard/inbox/new": {"contact": Id("contact"), "body": "Hello from afar"},
    "POST /dashboard/inbox/views": {"name": "Ours", "query": "state=open"},
    "POST /dashboard/inbox/views/{view_id}/delete": {},
    "POST /dashboard/inbox/away": {"away": "false"},
    f"POST {_SETTINGS}/teams": {"name": "Ours", "mode": "load", "members": Id("actor")},
    f"POST {_SETTINGS}/teams/{{team_id}}": {"name": "Mine now", "members": Id("actor")},
    f"POST {_SETTINGS}/teams/{{team_id}}/delete": {},
    f"POST {_SETTINGS}/teams/people/{{actor}}": {"capacity": "3"},
    f"POST {_ASSISTANT}/documents": {"kind": "text", "title": "Planted", "body": "Planted."},
    f"POST {_ASSISTANT}/files": {},
    f"POST {_ASSISTANT}/documents/{{source_id}}/refresh": {},
    f"POST {_ASSISTANT}/documents/{{source_id}}/index": {},
    f"POST {_ASSISTANT}/documents/{{source_id}}/delete": {},
    f"POST {_ASSISTANT}/documents/{{source_id}}/passages/{{chunk_id}}": {"text": "Planted."},
    f"POST {_ASSISTANT}/documents/{{source_id}}/passages/{{chunk_id}}/{{change}}": {},
    f"POST {_ASSISTANT}/documents/{{source_id}}/versions/{{version_id}}": {},
    f"POST {_ASSISTANT}/check": {},
    f"POST {_ASSISTANT}/many": {"ids": Id("document"), "deed": "delete"},
    f"POST {_ASSISTANT}/trash/{{source_id}}/{{deed}}": {},
    f"POST {_ASSISTANT}/try": {"question": "delivery?"},
    f"POST {_ASSISTANT}/setup/try": {"question": "delivery?"},
    f"POST {_ASSISTANT}/setup/look": {
        "name": "Mine now", "accent": "#112233", "greeting_ru": "Привет", "greeting_en": "Hello",
    },
    f"POST {_ASSISTANT}/settings": {
        "name": "Mine now", "greeting_ru": "Привет", "greeting_en": "Hello", "instructions": "Tell.",
        "tone": "friendly", "length": "short", "model": "", "temperature": "", "threshold": "40",
        "handoff_keywords": "boss", "guideline_when": "discount", "guideline_then": "None.",
        "guideline_action": "say", "guideline_words": "discount", "topics": "politics",
        "phrases": "certainly", "no_prices": "true", "keep": "draft",
    },
    f"POST {_ASSISTANT}/settings/draft/{{deed}}": {},
    f"POST {_ASSISTANT}/settings/versions/{{prompt_id}}/restore": {},
    f"POST {_ASSISTANT}/threshold": {"value": "40"},
    f"POST {_ASSISTANT}/presets": {"preset": "shop", "language": "en"},
    f"POST {_ASSISTANT}/gaps/group": {},
    f"POST {_ASSISTANT}/gaps/{{gap_id}}": {"question": "delivery?", "answer": "None.", "deed": "save"},
    f"POST {_ASSISTANT}/tests": {
        "question": "delivery?", "expects": "answer", "facts": "350", "source": "Delivery",
    },
    f"POST {_ASSISTANT}/tests/import": {"table": "delivery?,answer,350,Delivery"},
    f"POST {_ASSISTANT}/tests/run": {},
    f"POST {_ASSISTANT}/tests/{{case_id}}/delete": {},
    "POST /dashboard/assistants/runs/{run_id}/correction": {"question": "delivery?", "answer": "None."},
    f"POST {_ASSISTANT}/site": {"name": "Shop", "accent": "#112233", "sites": "shop.example"},
    f"POST {_ASSISTANT}/site/new": {"new_name": "Another"},
    f"POST {_ASSISTANT}/site/{{widget_id}}": {"name": "Shop", "accent": "#112233", "sites": "shop.example"},
    f"POST {_ASSISTANT}/site/{{widget_id}}/delete": {},
    f"POST {_ASSISTANT}/site/{{widget_id}}/secret": {},
    f"POST {_ASSISTANT}/site/{{widget_id}}/check": {"url": "https://shop.example/"},
    "POST /dashboard/start/demo": {},
    "POST /dashboard/start/adopt": {},
}  # fmt: skip
"""The form of a page's operation: one that it accepts."""

PUBLIC = {
    # The process and its files.
    "GET /health", "GET /health/ready", "GET /metrics", "GET /static/{name}", "GET /widget.js", "GET /widget-{part}.js",
    "GET /docs", "GET /redoc", "GET /reference/{name}", "GET /theme/{workspace}.css", "POST /preferences/theme", "POST /preferences/locale",
    # The ways in.
    "POST /api/v1/auth/register", "POST /api/v1/auth/login", "POST /api/v1/auth/login/second-factor", "POST /api/v1/auth/refresh",
    "POST /api/v1/auth/password/forgot", "POST /api/v1/auth/password/reset",
    "POST /api/v1/auth/email/confirm", "POST /api/v1/employers/register",
    "GET /", "GET /login", "POST /login", "POST /login/code", "GET /signup", "POST /signup", "GET /welcome",
    "POST /welcome", "GET /forgot-password", "POST /forgot-password", "GET /reset-password",
    "POST /reset-password", "GET /confirm-email", "POST /confirm-email",
    "GET /change-email", "POST /change-email", "GET /undo-email", "POST /undo-email",
    "POST /api/v1/auth/email/change", "POST /api/v1/auth/email/undo",
    # A mail program's: the signed link decides (RFC 8058).
    "GET /unsubscribe", "POST /unsubscribe",
    # Customers' sites.
    "GET /demo", "GET /talk/{key}", "GET /api/v1/widget/{key}", "POST /api/v1/widget/{key}/session",
}  # fmt: skip
"""Operations without an identity; all others refuse strangers."""

VISITORS = {
    "POST /api/v1/widget/{key}/messages", "GET /api/v1/widget/{key}/messages",
    "POST /api/v1/widget/{key}/person", "GET /api/v1/widget/{key}/passages/{chunk_id}",
    "POST /api/v1/widget/{key}/files", "GET /api/v1/widget/{key}/messages/{message}/attachments/{attachment_id}",
    "DELETE /api/v1/widget/{key}/session", "POST /api/v1/widget/{key}/identity", "POST /api/v1/widget/{key}/form",
    "POST /api/v1/widget/{key}/proof", "GET /api/v1/widget/{key}/queue", "POST /api/v1/widget/{key}/contact",
    "POST /api/v1/widget/{key}/transcript", "POST /api/v1/widget/{key}/attributes",
    "GET /api/v1/widget/{key}/rating", "POST /api/v1/widget/{key}/rating",
}  # fmt: skip
"""Operations that want a visitor's token."""

OWN_ACCOUNT = {
    "POST /api/v1/auth/logout", "GET /api/v1/auth/me", "GET /api/v1/auth/sessions",
    "DELETE /api/v1/auth/sessions", "POST /api/v1/auth/password", "POST /api/v1/auth/email/resend",
    "POST /api/v1/auth/ws-ticket", "GET /api/v1/users/me", "PATCH /api/v1/users/me",
    "GET /api/v1/workspaces", "POST /api/v1/workspaces", "POST /logout", "GET /dashboard",
    f"GET {_SETTINGS}", f"POST {_SETTINGS}/me", f"POST {_SETTINGS}/password",
    f"POST {_SETTINGS}/confirmation", f"GET {_SETTINGS}/sessions",
    "GET /api/v1/auth/me/export", "DELETE /api/v1/auth/me",
    f"POST {_SETTINGS}/erase", "POST /api/v1/auth/email", f"POST {_SETTINGS}/email",
    "GET /api/v1/auth/second-factor", "POST /api/v1/auth/second-factor",
    "POST /api/v1/auth/second-factor/confirm", "POST /api/v1/auth/second-factor/recovery-codes",
    "POST /api/v1/auth/second-factor/disable", f"GET {_SETTINGS}/security",
    f"POST {_SETTINGS}/security/begin", f"POST {_SETTINGS}/security/confirm",
    f"POST {_SETTINGS}/security/codes", f"POST {_SETTINGS}/security/disable",
    "GET /api/v1/api-keys", "POST /api/v1/api-keys", f"GET {_SETTINGS}/keys",
    f"POST {_SETTINGS}/keys",
}  # fmt: skip
"""What everybody may do with their own account."""

MEMBERS_MAY = {
    *OWN_ACCOUNT,
    "GET /api/v1/digest", "PATCH /api/v1/digest", f"GET {_SETTINGS}/letters", f"POST {_SETTINGS}/letters",
    "POST /api/v1/auth/workspace", "POST /api/v1/files/upload", "GET /api/v1/files/usage", "POST /api/v1/files/resumable",
    "OPTIONS /api/v1/files/resumable", "GET /api/v1/chats",
    "POST /api/v1/chats", "GET /api/v1/mentions", "GET /api/v1/messages/search", "GET /api/v1/labels", "GET /api/v1/links",
    "GET /api/v1/presence", "GET /api/v1/users", "GET /api/v1/users/{user_id}",
}  # fmt: skip
"""What a plain member of a workspace may do there."""

_INBOX = "/api/v1/dialogs/{dialog_id}"
_HANDOFF = "/api/v1/handoff/{dialog_id}"
_COPILOT = "/api/v1/copilot/dialogs/{dialog_id}"

OPERATORS_MAY = {
    *MEMBERS_MAY,
    # Read what assistants know and try them.
    "GET /api/v1/documents", "GET /api/v1/documents/collections", "POST /api/v1/documents/search",
    "GET /api/v1/documents/{document_id}", "GET /api/v1/documents/{document_id}/chunks",
    "GET /api/v1/documents/chunks/{chunk_id}", "GET /api/v1/documents/{document_id}/versions", "GET /api/v1/documents/trash",
    "POST /api/v1/documents/search/trace", f"GET {_ASSISTANT}/search",
    f"GET {_ASSISTANT}/documents/{{source_id}}/passages/{{chunk_id}}",
    "GET /api/v1/documents/{document_id}/site", "GET /api/v1/documents/{document_id}/pages",
    "GET /api/v1/assistants", "GET /api/v1/assistants/runs/{run_id}",
    "GET /api/v1/assistants/{assistant_id}", "GET /api/v1/assistants/{assistant_id}/prompts",
    "POST /api/v1/assistants/{assistant_id}/ask", "POST /api/v1/ai-chat",
    "GET /v1/models", "GET /v1/models/{model}", "POST /v1/chat/completions",
    "POST /v1/embeddings",
    "GET /dashboard/assistants", f"GET {_ASSISTANT}", f"GET {_ASSISTANT}/sources",
    f"GET {_ASSISTANT}/documents/{{source_id}}", f"GET {_ASSISTANT}/try",
    f"POST {_ASSISTANT}/try",
    # See why they answered so, what they did not know, and how they are tested.
    "GET /api/v1/assistants/presets", "GET /api/v1/assistants/{assistant_id}/threshold",
    "GET /dashboard/assistants/runs/{run_id}",
    "GET /api/v1/assistants/{assistant_id}/gaps", "GET /api/v1/assistants/{assistant_id}/gaps/{gap_id}/questions",
    "GET /api/v1/assistants/{assistant_id}/tests", "GET /api/v1/assistants/{assistant_id}/tests/export",
    "GET /api/v1/assistants/{assistant_id}/test-runs", "GET /api/v1/assistants/{assistant_id}/test-runs/{test_run_id}",
    f"GET {_ASSISTANT}/gaps", f"GET {_ASSISTANT}/gaps/{{gap_id}}", f"GET {_ASSISTANT}/tests",
    f"GET {_ASSISTANT}/tests/runs/{{test_run_id}}",
    # Talk to visitors.
    "POST /api/v1/labels", "PATCH /api/v1/labels/{label_id}", "DELETE /api/v1/labels/{label_id}",
    "GET /api/v1/contacts", "GET /api/v1/contacts/{contact_id}", "POST /api/v1/contacts/{contact_id}/merge",
    "GET /api/v1/dialogs", "GET /api/v1/dialogs/waiting", f"GET {_INBOX}", f"POST {_INBOX}/reply", f"POST {_INBOX}/resolve",
    "GET /api/v1/dialogs/sla", f"GET {_INBOX}/sla", "GET /api/v1/hours/schedules", "GET /api/v1/hours/opening",
    "GET /api/v1/sla/policies",
    "GET /dashboard/analytics", "GET /dashboard/analytics/operators", "GET /dashboard/analytics/operators/csv",
    f"POST {_HANDOFF}", f"POST {_HANDOFF}/take", f"POST {_HANDOFF}/return",
    "GET /dashboard/inbox", "GET /dashboard/inbox/{dialog_id}",
    "POST /api/v1/dialogs", f"PATCH {_INBOX}", f"POST {_INBOX}/reopen", f"POST {_INBOX}/snooze", f"POST {_INBOX}/transfer",
    f"POST {_INBOX}/unassign", "POST /api/v1/dialogs/bulk", "GET /api/v1/inbox/views", "POST /api/v1/inbox/views",
    "PUT /api/v1/inbox/views/{view_id}", "DELETE /api/v1/inbox/views/{view_id}", "GET /api/v1/teams",
    "GET /api/v1/operators", "PATCH /api/v1/operators/{actor}",
    "GET /dashboard/inbox/new", "POST /dashboard/inbox/new", "POST /dashboard/inbox/many", "POST /dashboard/inbox/views",
    "POST /dashboard/inbox/views/{view_id}/delete", "POST /dashboard/inbox/away",
    "POST /dashboard/inbox/{dialog_id}/{action}",
    "PATCH /api/v1/contacts/{contact_id}", "GET /api/v1/contacts/{contact_id}/dialogs",
    "PUT /api/v1/contacts/{contact_id}/block", "DELETE /api/v1/contacts/{contact_id}/block",
    "POST /dashboard/contacts/{contact_id}", "POST /dashboard/contacts/{contact_id}/merge",
    "POST /dashboard/contacts/{contact_id}/block",
    # Ready replies of their own, and macros.
    "GET /api/v1/canned-replies", "POST /api/v1/canned-replies", "GET /api/v1/canned-replies/export",
    "POST /api/v1/canned-replies/import", "PATCH /api/v1/canned-replies/{canned_id}",
    "DELETE /api/v1/canned-replies/{canned_id}", "GET /api/v1/canned-replies/{canned_id}/filled",
    "GET /api/v1/macros", "POST /api/v1/macros/{macro_id}/run/{dialog_id}",
    f"GET {_SETTINGS}/replies", f"POST {_SETTINGS}/replies", f"POST {_SETTINGS}/replies/import",
    f"GET {_SETTINGS}/replies/{{canned_id}}", f"POST {_SETTINGS}/replies/{{canned_id}}",
    f"POST {_SETTINGS}/replies/{{canned_id}}/delete",
    "GET /dashboard/desk/{dialog_id}/macros", "POST /dashboard/desk/{dialog_id}/macros/{macro_id}",
    "GET /api/v1/copilot", f"GET {_COPILOT}/summary", f"POST {_COPILOT}/summary", f"POST {_COPILOT}/suggestion",
    f"POST {_COPILOT}/rewrite", f"POST {_COPILOT}/translate",
    "GET /dashboard/copilot/{dialog_id}/summary", "POST /dashboard/copilot/{dialog_id}/summary",
    "GET /dashboard/mentions",
}  # fmt: skip
"""What an operator may do."""
