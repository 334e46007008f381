"""Putting words into every column of a company that keeps what people or machines wrote."""

from collections.abc import Mapping, Sequence

from besedka.core.ids import WorkspaceId
from besedka.core.runtime import Runtime

WORDS: Mapping[str, Sequence[str]] = {
    "actor": ("name",),
    "api_key": ("name", "prefix"),
    "assistant": ("name", "instructions", "model"),
    "chunk": ("text",),
    "collection": ("name",),
    "contact": ("name", "email", "phone"),
    "conversation": ("title", "preview", "public_preview"),
    "dialog_rating": ("comment",),
    "file": ("name",),
    "file_resumable": ("name",),
    "hours_schedule": ("name",),
    "job": ("error",),
    "label": ("name",),
    "letter": ("subject", "body_text", "to_address", "error"),
    "llm_model_price": ("model",),
    "llm_provider": ("default_model", "base_url"),
    "llm_run": ("model", "provider", "failure"),
    "message": ("body",),
    "message_revision": ("body",),
    "prompt_version": ("instructions",),
    "site_page": ("url", "title", "etag", "modified"),
    "sla_policy": ("name",),
    "source": ("title", "question", "url", "body"),
    "webhook": ("url",),
    "webhook_delivery": ("body", "response", "error"),
    "widget": ("name",),
}
"""Columns of text; states, keys and codes are not for people to choose."""

OBJECTS: Mapping[str, str] = {
    "assistant": "greeting = jsonb_build_object('ru', $2::text, 'en', $2::text), handoff_keywords = jsonb_build_array($2::text)",
    "audit_event": "detail = jsonb_build_object('name', $2::text, $2::text, 1)",
    "chunk": "heading = ARRAY[$2::text, $2::text]",
    "conversation": "meta = meta || jsonb_build_object('page', $2::text, 'tags', jsonb_build_array($2::text))",
    "hours_schedule": "holidays = jsonb_build_array(jsonb_build_array('2027-01-01', $2::text))",
    "job": "progress = jsonb_build_object('done', 1, 'total', 2, 'note', $2::text)",
    "site": "include = ARRAY[$2::text], exclude = ARRAY[$2::text]",
    "site_page": "error = jsonb_build_object('code', $2::text, 'params', jsonb_build_object('name', $2::text))",
    "source": "error = jsonb_build_object('code', $2::text, 'params', jsonb_build_object('name', $2::text))",
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
