"""Forms that are refused: what was typed is kept."""

from typing import Annotated
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import Depends, FastAPI, Form, Request
from pydantic import BaseModel, Field

from besedka.core.errors import Forbidden, InvalidInput
from besedka.core.ids import ActorId, SessionId, UserId, WorkspaceId
from besedka.kernel.accounts.types import Identity
from besedka.web.handlers import HANDLERS

NOTE = "Звонила дважды: ждёт ответа о доставке в Казань <до пятницы>."
TYPED = {
    "name": "Вера", "note": NOTE, "email": "v" * 40, "dialog": str(uuid4()), "password": "sesame",
    "csrf_token": "tok",
}  # fmt: skip
HEADERS = {"Accept": "text/html", "Accept-Language": "ru"}
WHO = Identity(
    user_id=UserId(uuid4()), session_id=SessionId(uuid4()), workspace_id=WorkspaceId(uuid4()), workspace_slug="shop",
    workspace_name="Shop", workspace_kind="company", actor_id=ActorId(uuid4()), role="owner", permissions=frozenset(),
    name="Olga", email="olga@example.com", locale=None, email_confirmed=True, is_host=False, by_cookie=True,
)  # fmt: skip


class _Form(BaseModel):
    name: str
    note: str
    email: str = Field(max_length=30)
    dialog: UUID
    age: int


def _known(request: Request) -> None:
    request.scope["besedka.identity"] = WHO


@pytest.fixture
def refusing() -> FastAPI:
    """An application with a form for the logged in, and the same for strangers."""
    app = FastAPI(exception_handlers=HANDLERS)

    @app.post("/known", dependencies=[Depends(_known)])
    async def known(_form: Annotated[_Form, Form()]) -> None: ...

    @app.post("/late", dependencies=[Depends(_known)])
    async def late(name: Annotated[str, Form()], note: Annotated[str, Form()]) -> None:
        raise InvalidInput(field="name")

    @app.post("/forbidden", dependencies=[Depends(_known)])
    async def forbidden(note: Annotated[str, Form()]) -> None:
        raise Forbidden

    @app.get("/things/{thing_id}")
    async def thing(thing_id: UUID) -> None: ...

    @app.post("/stranger")
    async def stranger(_form: Annotated[_Form, Form()]) -> None: ...

    return app


async def _send(app: FastAPI, path: str) -> httpx.Response:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.post(path, headers=HEADERS, data=TYPED)


async def test_refused_form_keeps_what_was_typed_and_marks_what_is_wrong(
    refusing: FastAPI,
) -> None:
    refused = await _send(refusing, "/known")
    assert refused.status_code == 422
    page = refused.text
    assert "Всё, что вы ввели, здесь" in page
    assert 'action="/w/shop/known"' in page
    assert "Казань &lt;до пятницы&gt;.</textarea>" in page
    assert f'type="hidden" name="dialog" value="{TYPED["dialog"]}"' in page
    assert page.count('aria-invalid="true"') == 2
    assert 'name="age"' in page
    assert "sesame" not in page


async def test_stranger_is_shown_nothing_of_a_refused_form(refusing: FastAPI) -> None:
    refused = await _send(refusing, "/stranger")
    assert refused.status_code == 422
    assert "Казань" not in refused.text


async def test_form_refused_after_it_was_read_keeps_what_was_typed(refusing: FastAPI) -> None:
    refused = await _send(refusing, "/late")
    assert refused.status_code == 422
    assert "Казань &lt;до пятницы&gt;.</textarea>" in refused.text
    assert refused.text.count('aria-invalid="true"') == 1
    assert "sesame" not in refused.text


async def test_form_without_the_right_to_send_it_is_not_offered_again(refusing: FastAPI) -> None:
    refused = await _send(refusing, "/forbidden")
    assert refused.status_code == 403
    assert "Казань" not in refused.text


async def test_page_with_words_where_an_id_belongs_is_not_there(refusing: FastAPI) -> None:
    transport = httpx.ASGITransport(refusing)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        page = await client.get("/things/trash", headers=HEADERS)
        answer = await client.get("/things/trash")
    assert (page.status_code, answer.status_code) == (404, 422)
    assert "not_found" in page.text
