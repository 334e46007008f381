"""Looking back at runs."""

from collections.abc import Mapping
from uuid import UUID

from besedka.core.db.connection import TenantConn
from besedka.core.errors import NotFound
from besedka.core.ids import ActorId
from besedka.kernel.answers.repository.runs import RunRepository
from besedka.kernel.answers.service.assistants import get_assistant
from besedka.kernel.audit import service as audit
from besedka.kernel.knowledge import service as knowledge
from besedka.kernel.knowledge.types import Source


async def explain(conn: TenantConn, run_id: UUID) -> Mapping[str, object]:
    """Return why an answer is as it is: passages, prompt version, model run, confidence. Raises NotFound."""
    found = await RunRepository(conn).explain(run_id)
    if found is None:
        raise NotFound
    return found


async def is_cited(conn: TenantConn, conversation_id: UUID, chunk_id: UUID) -> bool:
    """Whether an answer in a dialog cites a passage, so that its visitor may open it."""
    return await RunRepository(conn).is_cited(conversation_id, chunk_id)


async def past_questions(
    conn: TenantConn, assistant_id: ActorId, *, limit: int
) -> list[Mapping[str, object]]:
    """Return the last questions to an assistant with their confidence, newest first."""
    return await RunRepository(conn).past(assistant_id, limit=limit)


async def question_of(conn: TenantConn, run_id: UUID) -> str | None:
    """Return what a run was to answer; None when it was deleted."""
    return await RunRepository(conn).question_of(run_id)


async def answer_of(conn: TenantConn, run_id: UUID) -> str | None:
    """Return what a run answered; None when nothing was said, or it was deleted."""
    return await RunRepository(conn).answer_of(run_id)


async def correct(
    conn: TenantConn, run_id: UUID, *, question: str, answer: str, author: ActorId
) -> Source:
    """Make a question–answer pair of what should have been said; another correction takes its place.

    Raises NotFound, SourceEmpty, ExtractionError.
    """
    run = await explain(conn, run_id)
    who = await get_assistant(conn, ActorId(UUID(str(run["assistant_id"]))))
    former = run["correction_id"]
    if isinstance(former, UUID) and await knowledge.sources_by_id(conn, [former]):
        await knowledge.delete_source(conn, former)
    made = await knowledge.add_qa(conn, who.collection_id, question=question, answer=answer)
    await RunRepository(conn).set_correction(run_id, made.id)
    await audit.record(
        conn, actor_id=author, action="answer.correct", target_type="reply_run", target_id=run_id,
        detail={"source": str(made.id)},
    )  # fmt: skip
    return made
