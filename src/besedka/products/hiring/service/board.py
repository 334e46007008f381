"""What recruiters see of all applications together, and what they tell each other about one."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from besedka.core.db.connection import TenantConn
from besedka.core.ids import ActorId
from besedka.kernel.conversations import service as conversations
from besedka.products.hiring.recruiting import STATUSES, Column, Funnel, Note, funnel_of
from besedka.products.hiring.repository.board import BoardRepository, NoteRepository
from besedka.products.hiring.repository.responses import ResponseRepository
from besedka.products.hiring.service import vacancies
from besedka.products.hiring.service.responses import get_response
from besedka.products.hiring.types import ResponseFilter, Status

MOST_OVERRIDES: Final = 200


async def count_stages(conn: TenantConn) -> dict[UUID, dict[Status, int]]:
    """Return how many applications each vacancy has in each status."""
    return await BoardRepository(conn).counts()


async def columns(conn: TenantConn, wanted: ResponseFilter) -> list[Column]:
    """Return the board: the first applications of every status, the wanted one alone if there is one."""
    found = await BoardRepository(conn).columns(wanted)
    shown: Sequence[Status] = (wanted.status,) if wanted.status else STATUSES
    return [
        Column(
            status,
            [entry for entry, _ in found if entry.response.status is status],
            next((count for entry, count in found if entry.response.status is status), 0),
        )
        for status in shown
    ]


async def funnel(conn: TenantConn, vacancy_id: UUID) -> Funnel:
    """Return what became of the applications for a vacancy. Raises VacancyNotFound."""
    await vacancies.get_vacancy(conn, vacancy_id)
    board = BoardRepository(conn)
    return funnel_of(
        await board.ways(vacancy_id),
        stops=await board.stops(vacancy_id),
        overrides=await board.overrides(vacancy_id, limit=MOST_OVERRIDES),
    )


async def add_note(conn: TenantConn, response_id: UUID, body: str, *, by: ActorId) -> None:
    """Tell colleagues something about an application; the candidate does not see it. Raises ResponseNotFound."""
    conversations.check_text(body)
    await get_response(conn, response_id)
    await NoteRepository(conn, response_id).insert(body, by=by)


async def list_notes(conn: TenantConn, response_id: UUID) -> list[Note]:
    """Return what colleagues wrote about an application, the newest first."""
    return await NoteRepository(conn, response_id).list_all()


async def places_of(conn: TenantConn, response_id: UUID) -> dict[int, str]:
    """Return to which question each of the candidate's messages answers."""
    return await ResponseRepository(conn).places(response_id)
