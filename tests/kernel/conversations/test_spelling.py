"""Messages as JSON and HTML."""

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from besedka.core.ids import ActorId, WorkspaceId
from besedka.core.markup import to_html
from besedka.kernel.conversations.schemas import MessageRead
from besedka.kernel.conversations.service.spelling import (
    message_bytes,
    message_frame,
    preview_of,
    render,
)
from besedka.kernel.conversations.types import ConversationId, Face, Message, MessageId

ONE_LINE = st.text(
    st.characters(codec="utf-8", exclude_characters="\x00\r\n"), min_size=1, max_size=60
)


@given(ONE_LINE)
def test_short_way_of_rendering_equals_the_long_one(body: str) -> None:
    assert render(body, sender="user") == to_html(body).strip()


@given(st.text(st.sampled_from("aБ1 .,-+*_`#>[]()!|~\\<&\"':\n"), min_size=1, max_size=30))
def test_signs_of_markdown_are_never_mistaken_for_plain_text(body: str) -> None:
    assert render(body, sender="user") == to_html(body).strip()


@pytest.mark.parametrize("sender", ["user", "contact", "assistant"])
@given(
    body=st.text(min_size=1, max_size=80).filter(lambda text: "\x00" not in text and _encodes(text))
)
def test_any_message_is_json_that_the_schema_knows(body: str, sender: str) -> None:
    message = make_message(body, sender)
    spelled = json.loads(message_bytes(message))
    assert spelled["body"] == body
    assert "<script" not in spelled["html"]
    MessageRead.model_validate(spelled)
    assert json.loads(message_frame(message).text)["data"] == spelled


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def make_message(body: str, sender: str = "user", *, deleted: bool = False) -> Message:
    moment = datetime(2026, 11, 20, tzinfo=UTC)
    return Message(
        workspace_id=WorkspaceId(UUID(int=1)), conversation_id=ConversationId(UUID(int=2)), seq=3,
        id=MessageId(UUID(int=4)), mod=5, sender=Face(ActorId(UUID(int=6)), sender, 'O"Neil'),
        client_key="k", reply_seq=None, kind="text", visibility="public", body=body, meta='{"a": [1]}',
        created_at=moment, deleted_at=moment if deleted else None,
    )  # fmt: skip


def test_deleted_message_shows_nothing_of_itself() -> None:
    spelled = json.loads(message_bytes(make_message("secret", deleted=True)))
    assert (spelled["body"], spelled["html"], spelled["meta"]) == ("", "", {})


def test_contact_cannot_use_markdown_or_html() -> None:
    html = render("**x** <img src=x onerror=alert(1)>", sender="contact")
    assert html == "<p>**x** &lt;img src=x onerror=alert(1)&gt;</p>"


def test_preview_has_no_signs_of_markdown() -> None:
    body = "# Price\n\n- **10 %** off, see [the _terms_](https://example.com/a_b)\n> `now` [1] 2 * 3, snake_case"
    assert preview_of(body) == "Price 10 % off, see the terms now [1] 2 * 3, snake_case"


def test_preview_is_one_short_line() -> None:
    assert preview_of("  a\n\nb\tc " + "x" * 500) == "a b c " + "x" * 134
