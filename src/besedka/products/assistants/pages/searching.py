"""The retrieval test: what is found for a question, by what, and whether that is enough for an answer."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from besedka.core.deps import CurrentLocale, CurrentRuntime
from besedka.core.routing import LateRoute
from besedka.kernel.answers import service as answers
from besedka.kernel.knowledge import service as knowledge
from besedka.kernel.knowledge.types import Traced
from besedka.products.assistants.forms import Wrong, checked
from besedka.products.assistants.pages.common import PATH, Shown
from besedka.products.assistants.schemas import QUESTION_CHARACTERS, AskCreate
from besedka.web import render

router = APIRouter(prefix=PATH + "/{assistant_id}/search", route_class=LateRoute)


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a passage, and whether it is a word of the question."""

    text: str
    is_mark: bool


@router.get("")
async def show(
    request: Request, runtime: CurrentRuntime, desk: Shown, locale: CurrentLocale, q: str = ""
) -> Response:
    """Show the field for a question, and with one what is found for it."""
    question, errors, found = q[: QUESTION_CHARACTERS + 1].strip(), {}, None
    if question:
        try:
            given = checked(AskCreate, {"question": question}, locale=locale)
            searched = answers.searched_for(given.question)
            found = await knowledge.trace(
                runtime, desk.workspace, desk.who.collection_ids, searched
            )
        except Wrong as wrong:
            errors = dict(wrong.errors)
    context = desk.shown() | {
        "question": question, "errors": errors, "trace": found,
        "passages": [(each, list(pieces(each))) for each in found.found] if found else [],
    }  # fmt: skip
    return await render.page(
        request, "assistants/search.html", status=422 if errors else 200, **context
    )


def pieces(found: Traced) -> Iterator[Piece]:
    """Cut a passage at the words that count as words of the question."""
    text, at = found.hit.text, 0
    for mark in _in_order(found.marks):
        yield Piece(text[at : mark.start], is_mark=False)
        yield Piece(text[mark], is_mark=True)
        at = mark.stop
    yield Piece(text[at:], is_mark=False)


def _in_order(marks: Iterable[slice]) -> list[slice]:
    return sorted(marks, key=lambda mark: int(mark.start))
