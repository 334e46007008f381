"""Who may call what: strangers, visitors, everybody of a company, operators. The rest is for administrators."""

from tests.attacks.forms import ASSISTANT, SETTINGS
from tests.attacks.tables import AI_CHATS

PUBLIC = {
    # The process and its files.
    "GET /health", "GET /health/ready", "GET /metrics", "GET /static/{name}", "GET /favicon.ico", "GET /widget.js", "GET /widget-{part}.js",
    "GET /docs", "GET /redoc", "GET /reference/{name}", "GET /diagram", "GET /theme/{workspace}.css", "POST /preferences/theme", "POST /preferences/locale",
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
    # A payment provider's: its event only makes us ask the provider.
    "POST /api/v1/payments/{gateway}/events",
    # Chats that somebody shared by a link.
    "GET /shared/{token}",
    # Customers' sites.
    # Work that is offered, and those who look for some; an application's random id opens its status.
    "GET /api/v1/vacancies", "GET /api/v1/vacancies/{vacancy_id}", "POST /api/v1/candidates", "POST /api/v1/responses",
    "GET /api/v1/responses/{response_id}",
    "GET /robots.txt", "GET /careers/sitemap.xml", "GET /careers/{company}", "GET /careers/{company}/accent.css",
    "GET /careers/{company}/{vacancy_id}", "GET /careers/{company}/{vacancy_id}/apply", "POST /careers/{company}/{vacancy_id}/apply",
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
    "POST /api/v1/responses/{response_id}/withdraw", "GET /api/v1/responses/{response_id}/explanation",
    "POST /api/v1/responses/{response_id}/contest", "POST /api/v1/responses/{response_id}/pause", "GET /api/v1/responses/{response_id}/export",
    "DELETE /api/v1/responses/{response_id}",
    "GET /api/v1/responses/{response_id}/times", "POST /api/v1/responses/{response_id}/times/{slot_id}",
    "GET /applications/{response_id}", "GET /applications/{response_id}/meeting.ics", "GET /applications/{response_id}/resume",
    "GET /applications/{response_id}/export.json", "POST /applications/{response_id}/contest",
    "POST /applications/{response_id}/withdraw", "POST /applications/{response_id}/times", "POST /applications/{response_id}/erase",
    "GET /applications/{response_id}/interview", "GET /applications/{response_id}/interview/talk",
    "POST /applications/{response_id}/interview/begin", "POST /applications/{response_id}/interview/answer",
    "POST /applications/{response_id}/interview/person", "POST /applications/{response_id}/interview/pause",
}  # fmt: skip
"""Operations that want the token of a visitor, or of a candidate."""

OWN_ACCOUNT = {
    "POST /api/v1/auth/logout", "GET /api/v1/auth/me", "GET /api/v1/auth/sessions",
    "DELETE /api/v1/auth/sessions", "POST /api/v1/auth/password", "POST /api/v1/auth/email/resend",
    "POST /api/v1/auth/ws-ticket", "GET /api/v1/users/me", "PATCH /api/v1/users/me",
    "GET /api/v1/workspaces", "POST /api/v1/workspaces", "POST /logout", "GET /dashboard",
    f"GET {SETTINGS}", f"POST {SETTINGS}/me", f"POST {SETTINGS}/password",
    f"POST {SETTINGS}/confirmation", f"GET {SETTINGS}/sessions",
    "GET /api/v1/auth/me/export", "DELETE /api/v1/auth/me",
    f"POST {SETTINGS}/erase", "POST /api/v1/auth/email", f"POST {SETTINGS}/email",
    "GET /api/v1/auth/second-factor", "POST /api/v1/auth/second-factor",
    "POST /api/v1/auth/second-factor/confirm", "POST /api/v1/auth/second-factor/recovery-codes",
    "POST /api/v1/auth/second-factor/disable", f"GET {SETTINGS}/security",
    f"POST {SETTINGS}/security/begin", f"POST {SETTINGS}/security/confirm",
    f"POST {SETTINGS}/security/codes", f"POST {SETTINGS}/security/disable",
    "GET /api/v1/api-keys", "POST /api/v1/api-keys", f"GET {SETTINGS}/keys",
    f"POST {SETTINGS}/keys",
}  # fmt: skip
"""What everybody may do with their own account."""

MEMBERS_MAY = {
    *OWN_ACCOUNT,
    "GET /api/v1/digest", "PATCH /api/v1/digest", f"GET {SETTINGS}/letters", f"POST {SETTINGS}/letters",
    "GET /api/v1/profile", "PUT /api/v1/profile", "DELETE /api/v1/profile", "POST /api/v1/profile/analyze",
    "GET /api/v1/profile/facts", "POST /api/v1/profile/facts", "GET /api/v1/profile/history", "GET /api/v1/profile/settings",
    "PATCH /api/v1/profile/settings", "GET /api/v1/profile/prompt", "GET /api/v1/profile/export",
    f"GET {SETTINGS}/profile", f"GET {SETTINGS}/profile/history", f"POST {SETTINGS}/profile/facts",
    f"POST {SETTINGS}/profile/analyze", f"POST {SETTINGS}/profile/choices", f"POST {SETTINGS}/profile/forget",
    "POST /api/v1/auth/workspace", "POST /api/v1/files/upload", "GET /api/v1/files/usage", "POST /api/v1/files/resumable",
    "OPTIONS /api/v1/files/resumable", "GET /api/v1/chats",
    "POST /api/v1/chats", "GET /api/v1/mentions", "GET /api/v1/messages/search", "GET /api/v1/labels", "GET /api/v1/links",
    "GET /api/v1/presence", "GET /api/v1/users", "GET /api/v1/users/{user_id}", "GET /api/v1/llm/models",
    "GET /api/v1/llm/key", "PUT /api/v1/llm/key", "DELETE /api/v1/llm/key", "POST /api/v1/llm/key/test",
    f"GET {SETTINGS}/my-model", f"POST {SETTINGS}/my-model", f"POST {SETTINGS}/my-model/test", f"POST {SETTINGS}/my-model/delete",
    "POST /api/v1/llm/estimate", f"GET {AI_CHATS}", f"GET {AI_CHATS}/new", f"GET {AI_CHATS}/rows", f"POST {AI_CHATS}",
    "GET /api/v1/llm/assistants", "GET /api/v1/llm/imports", "POST /api/v1/llm/imports", f"GET {AI_CHATS}/import", f"POST {AI_CHATS}/import",
    "GET /api/v1/llm/prompts", "POST /api/v1/llm/prompts", f"GET {AI_CHATS}/prompts", f"POST {AI_CHATS}/prompts",
    "GET /api/v1/folders", "POST /api/v1/folders", "GET /api/v1/llm/shares", f"GET {AI_CHATS}/shares",
    f"GET {AI_CHATS}/compare", f"POST {AI_CHATS}/compare",
    f"GET {AI_CHATS}/folders", f"POST {AI_CHATS}/folders",
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
    "GET /api/v1/documents/chunks/{chunk_id}", "GET /api/v1/documents/{document_id}/versions", "GET /api/v1/documents/trash", "GET /api/v1/documents/check",
    "POST /api/v1/documents/search/trace", f"GET {ASSISTANT}/search",
    f"GET {ASSISTANT}/documents/{{source_id}}/passages/{{chunk_id}}",
    "GET /api/v1/documents/{document_id}/site", "GET /api/v1/documents/{document_id}/pages",
    "GET /api/v1/collections", "GET /api/v1/assistants", "GET /api/v1/assistants/runs/{run_id}",
    "GET /api/v1/assistants/{assistant_id}", "GET /api/v1/assistants/{assistant_id}/prompts",
    "POST /api/v1/assistants/{assistant_id}/ask", "POST /api/v1/ai-chat",
    "GET /v1/models", "GET /v1/models/{model}", "POST /v1/chat/completions",
    "POST /v1/embeddings",
    "GET /dashboard/assistants", f"GET {ASSISTANT}", f"GET {ASSISTANT}/sources",
    f"GET {ASSISTANT}/documents/{{source_id}}", f"GET {ASSISTANT}/try",
    f"POST {ASSISTANT}/try",
    # See why they answered so, what they did not know, and how they are tested.
    "GET /api/v1/assistants/presets", "GET /api/v1/assistants/{assistant_id}/threshold",
    "GET /dashboard/assistants/runs/{run_id}",
    "GET /api/v1/assistants/{assistant_id}/gaps", "GET /api/v1/assistants/{assistant_id}/gaps/{gap_id}/questions",
    "GET /api/v1/assistants/{assistant_id}/tests", "GET /api/v1/assistants/{assistant_id}/tests/export",
    "GET /api/v1/assistants/{assistant_id}/test-runs", "GET /api/v1/assistants/{assistant_id}/test-runs/{test_run_id}",
    f"GET {ASSISTANT}/gaps", f"GET {ASSISTANT}/gaps/{{gap_id}}", f"GET {ASSISTANT}/tests",
    f"GET {ASSISTANT}/tests/runs/{{test_run_id}}",
    # Talk to visitors.
    "POST /api/v1/labels", "PATCH /api/v1/labels/{label_id}", "DELETE /api/v1/labels/{label_id}",
    "GET /api/v1/contacts", "GET /api/v1/contacts/{contact_id}", "POST /api/v1/contacts/{contact_id}/merge",
    "POST /api/v1/contacts/{contact_id}/merge/undo", "POST /dashboard/contacts/{contact_id}/merge/undo",
    "GET /api/v1/dialogs", "GET /api/v1/dialogs/waiting", f"GET {_INBOX}", f"POST {_INBOX}/reply", f"POST {_INBOX}/resolve",
    "GET /api/v1/dialogs/sla", f"GET {_INBOX}/sla", "GET /api/v1/hours/schedules", "GET /api/v1/hours/opening",
    "GET /api/v1/sla/policies",
    "GET /api/v1/analytics/operators",
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
    f"GET {SETTINGS}/replies", f"POST {SETTINGS}/replies", f"POST {SETTINGS}/replies/import",
    f"GET {SETTINGS}/replies/{{canned_id}}", f"POST {SETTINGS}/replies/{{canned_id}}",
    f"POST {SETTINGS}/replies/{{canned_id}}/delete",
    "GET /dashboard/desk/{dialog_id}/macros", "POST /dashboard/desk/{dialog_id}/macros/{macro_id}",
    "GET /api/v1/copilot", f"GET {_COPILOT}/summary", f"POST {_COPILOT}/summary", f"POST {_COPILOT}/suggestion",
    f"POST {_COPILOT}/rewrite", f"POST {_COPILOT}/translate",
    "GET /dashboard/copilot/{dialog_id}/summary", "POST /dashboard/copilot/{dialog_id}/summary",
    "GET /dashboard/mentions",
}  # fmt: skip
"""What an operator may do."""
