"""What visitors think of how their dialogs went: one rating for each resolution."""

from dataclasses import replace
from functools import partial

from besedka.core import events
from besedka.core.clock import now
from besedka.core.db.connection import TenantConn
from besedka.core.runtime import Runtime
from besedka.kernel.conversations.service import Writers, check_text
from besedka.kernel.conversations.types import ConversationId
from besedka.kernel.promises.errors import NothingToRate, RatingClosed
from besedka.kernel.promises.events import DialogRated
from besedka.kernel.promises.repository.ratings import RatingRepository
from besedka.kernel.promises.types import CHANGEABLE, RATEABLE, Rating, RatingState, Round


async def rating_state(conn: TenantConn, chat: ConversationId) -> RatingState | None:
    """Return whether the visitor may rate a dialog's last resolution, and what they said; None where there is none."""
    ratings = RatingRepository(conn)
    found = await ratings.last_resolved(chat)
    if found is None:
        return None
    return _state(found, await ratings.find(chat, found.number))


def _state(found: Round, rating: Rating | None) -> RatingState:
    assert found.resolved_at is not None
    until = found.resolved_at + RATEABLE if rating is None else rating.created_at + CHANGEABLE
    return RatingState(found.number, now() < until, until, rating)


async def rate(
    runtime: Runtime, conn: TenantConn, chat: ConversationId, *, score: int, comment: str
) -> RatingState:
    """Rate a dialog's last resolution, or change the rating within a day. Raises NothingToRate, RatingClosed, BadCharacters.

    The same words again change nothing and tell nobody.
    """
    check_text(comment)
    ratings = RatingRepository(conn)
    found = await ratings.last_resolved(chat, lock=True)
    if found is None:
        raise NothingToRate
    before = await ratings.find(chat, found.number)
    if not _state(found, before).may_rate:
        raise NothingToRate if before is None else RatingClosed
    moment = now()
    first = before or Rating(chat, found.number, 0, "", found.handler_id, moment, moment)
    rating = replace(first, score=score, comment=comment.strip(), changed_at=moment)
    if before is None or (before.score, before.comment) != (rating.score, rating.comment):
        await ratings.put(rating)
        await _tell(runtime, conn, rating)
    return _state(found, rating)


async def _tell(runtime: Runtime, conn: TenantConn, rating: Rating) -> None:
    await events.publish(
        conn,
        DialogRated(
            workspace_id=conn.workspace, conversation_id=rating.chat, resolution=rating.number, score=rating.score,
            comment=rating.comment, handler_id=rating.handler_id,
        ),
    )  # fmt: skip
    conn.on_commit(partial(runtime.get(Writers).touch, conn.workspace, rating.chat))
