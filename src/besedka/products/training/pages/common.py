"""What the pages of training share."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Form, Request, Response

from besedka.core.deps import CurrentRuntime
from besedka.core.errors import BesedkaError
from besedka.core.i18n import locale_of
from besedka.core.ids import ActorId, WorkspaceId
from besedka.core.problems import words_of
from besedka.kernel.accounts.deps import require_on_page
from besedka.kernel.accounts.types import Identity
from besedka.kernel.answers import service as answers
from besedka.kernel.answers.types import ASSISTANTS_MANAGE, ASSISTANTS_READ, Assistant
from besedka.web import render

PATH: Final = "/dashboard/assistants"

Reader = Annotated[Identity, Depends(require_on_page(ASSISTANTS_READ))]
Manager = Annotated[Identity, Depends(require_on_page(ASSISTANTS_MANAGE))]
Words = Annotated[str, Form(max_length=500_000)]


@dataclass(frozen=True, slots=True)
class Lesson:
    """A person before an assistant that learns."""

    identity: Identity
    who: Assistant

    @property
    def workspace(self) -> WorkspaceId:
        """Where both are."""
        return self.identity.workspace_id

    def path(self, place: str) -> str:
        """Return the address of one of the assistant's pages."""
        return f"{PATH}/{self.who.id}/{place}"


async def _look(assistant_id: UUID, runtime: CurrentRuntime, identity: Reader) -> Lesson:
    async with runtime.db.fast.acquire(identity.workspace_id) as conn:
        return Lesson(identity, await answers.get_assistant(conn, ActorId(assistant_id)))


async def _teach(assistant_id: UUID, runtime: CurrentRuntime, identity: Manager) -> Lesson:
    return await _look(assistant_id, runtime, identity)


async def show(
    request: Request, lesson: Lesson, *, template: str, context: Mapping[str, object],
    failure: BesedkaError | None = None,
) -> Response:  # fmt: skip
    """Show a page of an assistant, with what went wrong where something did."""
    said = "" if failure is None else words_of(locale_of(request), failure)
    return await render.page(
        request, template, status=200 if failure is None else failure.status, who=lesson.who,
        may_manage=lesson.identity.may(ASSISTANTS_MANAGE), failure=said, **context,
    )  # fmt: skip


Watched = Annotated[Lesson, Depends(_look)]
"""For those who may look."""
Taught = Annotated[Lesson, Depends(_teach)]
"""For those who may change it."""
