"""Putting words into every column of a company that keeps what people or machines wrote."""

from collections.abc import Mapping, Sequence

from besedka.core.ids import WorkspaceId
from besedka.core.runtime import Runtime

WORDS: Mapping[str, Sequence[str]] = {
    "actor": ("name",),
    "ai_chat": ("model", "instructions"),
    "ai_import": ("name",),
    "ai_prompt": ("name", "body"),
    "ai_run": ("model", "partial", "failure"),
    "ai_summary": ("body", "model"),
    "api_key": ("name", "prefix"),
    "assistant": ("name", "instructions", "model"),
    "candidate": ("full_name", "email", "phone", "city", "resume_text"),
    "candidate_response": ("location", "consent_text"),
    "canned_reply": ("name", "body_ru", "body_en"),
    "chunk": ("text", "original"),
    "collection": ("name",),
    "contact": ("name", "email", "phone", "note"),
    "conversation": ("title", "preview", "public_preview"),
    "copilot_summary": ("body",),
    "file": ("name",),
    "file_resumable": ("name",),
    "ai_share": ("title",),
    "folder": ("name",),
    "gap": ("question", "answer"),
    "hiring_application": ("consent_text",),
    "hiring_contest": ("body",),
    "hiring_decision": ("reason",),
    "hiring_letter": ("subject", "body"),
    "hiring_note": ("body",),
    "inbox_view": ("name",),
    "interview_answer": ("body",),
    "interview_slot": ("place",),
    "dialog_rating": ("comment",),
    "hours_schedule": ("name",),
    "job": ("error",),
    "label": ("name",),
    "ledger_payback": ("note",),
    "ledger_payment": ("url", "charge"),
    "letter": ("subject", "body_text", "to_address", "error", "calendar"),
    "llm_model_price": ("model",),
    "llm_model_rule": ("model",),
    "llm_provider": ("default_model", "base_url", "folder"),
    "llm_run": ("model", "provider", "failure"),
    "macro": ("name",),
    "message": ("body",),
    "message_revision": ("body",),
    "profile_fact": ("name",),
    "profile_source": ("quote",),
    "profile_change": ("name", "name_before"),
    "prompt_version": ("instructions",),
    "site_page": ("url", "title", "etag", "modified"),
    "sla_policy": ("name",),
    "source": ("title", "question", "url", "body"),
    "source_version": ("title",),
    "test_case": ("question", "source"),
    "test_result": ("question", "answer"),
    "team": ("name",),
    "vacancy": ("title", "description", "location"),
    "webhook": ("url",),
    "webhook_delivery": ("body", "response", "error"),
    "widget": ("name", "seen_origin"),
}
"""Columns of text; states, keys and codes are not for people to choose."""

OBJECTS: Mapping[str, str] = {
    "ai_import": "notes = jsonb_build_array(jsonb_build_object('title', $2::text, 'reason', 'files', 'count', 1))",
    "ai_prompt": "tags = jsonb_build_array($2::text)",
    "assistant": "greeting = jsonb_build_object('ru', $2::text, 'en', $2::text), handoff_keywords = jsonb_build_array($2::text),"
    " guardrails = jsonb_build_object('topics', jsonb_build_array($2::text), 'phrases', jsonb_build_array($2::text)),"
    " guidelines = jsonb_build_array(jsonb_build_object('when', $2::text, 'then', $2::text, 'words', jsonb_build_array($2::text))),"
    " draft = jsonb_build_object('instructions', $2::text, 'model', $2::text)",
    "audit_event": "detail = jsonb_build_object('name', $2::text, $2::text, 1)",
    "candidate_response": "questions = jsonb_set(questions, '{0,text}', to_jsonb($2::text))",
    "chunk": "heading = ARRAY[$2::text, $2::text]",
    "conversation": "meta = meta || jsonb_build_object('page', $2::text, 'tags', jsonb_build_array($2::text))",
    "macro": "steps = jsonb_build_array(jsonb_build_object('do', 'note', 'value', $2::text))",
    "message": "attachments = jsonb_build_array(jsonb_build_object('id', id, 'name', $2::text, 'kind', $2::text,"
    " 'media_type', $2::text, 'size', 1, 'width', null, 'height', null, 'placeholder', null, 'duration_ms', null,"
    " 'variants', jsonb_build_array()))",
    "inbox_view": "query = jsonb_build_object('q', $2::text)",
    "hours_schedule": "holidays = jsonb_build_array(jsonb_build_array('2027-01-01', $2::text))",
    "job": "progress = jsonb_build_object('done', 1, 'total', 2, 'note', $2::text)",
    "prompt_version": "settings = jsonb_build_object('model', $2::text, 'handoff_keywords', jsonb_build_array($2::text))",
    "site": "include = ARRAY[$2::text], exclude = ARRAY[$2::text]",
    "site_page": "error = jsonb_build_object('code', $2::text, 'params', jsonb_build_object('name', $2::text))",
    "widget": "seen_at = now(), options = jsonb_build_object('greeting', jsonb_build_object('ru', $2::text, 'en', $2::text),"
    " 'launcher', jsonb_build_object('ru', $2::text, 'en', $2::text), 'form', jsonb_build_object('choice', 'optional',"
    " 'choice_label', $2::text, 'choices', jsonb_build_array($2::text), 'consent_url', $2::text,"
    " 'consent', jsonb_build_object('ru', $2::text, 'en', $2::text)))",
    "source_version": "passages = jsonb_build_array(jsonb_build_object('text', $2::text, 'heading', jsonb_build_array($2::text), 'page', 1))",
    "source": "error = jsonb_build_object('code', $2::text, 'params', jsonb_build_object('name', $2::text))",
    "vacancy": "skills = jsonb_build_array($2::text)",
    "test_case": "facts = jsonb_build_array($2::text)",
    "test_result": "problems = jsonb_build_array(jsonb_build_object('code', 'fact', 'about', $2::text))",
}
"""What is kept in objects and lists."""

_OUTSIDE = (
    "UPDATE workspace SET name = $2 WHERE id = $1",
    "UPDATE app_user SET name = $2, is_host = true WHERE id IN (SELECT user_id FROM membership WHERE workspace_id = $1)",
    "UPDATE session SET user_agent = $2, address = $2"
    " WHERE user_id IN (SELECT user_id FROM membership WHERE workspace_id = $1)",
    "UPDATE job SET state = 'dead', finished_at = now() WHERE workspace_id = $1 AND $2::text IS NOT NULL",
)


async def plant(runtime: Runtime, workspace: WorkspaceId, words: str) -> None:
    """Write the words everywhere, past all that checks them."""
    statements = list(_OUTSIDE)
    for table, columns in WORDS.items():
        changes = ", ".join(f"{column} = $2" for column in columns)
        statements.append(f'UPDATE "{table}" SET {changes} WHERE workspace_id = $1')
    statements += [
        f'UPDATE "{t}" SET {change} WHERE workspace_id = $1' for t, change in OBJECTS.items()
    ]
    async with runtime.db.system.transaction() as conn:
        for statement in statements:
            await conn.execute(statement, workspace, words)
