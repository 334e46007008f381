"""What an answer would take and cost, before anybody is asked."""

from besedka.core.ids import ActorId, WorkspaceId, new_id
from besedka.core.runtime import Runtime
from besedka.kernel.conversations.types import ChatEntry
from besedka.kernel.ledger import service as ledger
from besedka.kernel.ledger.types import Balance
from besedka.kernel.llm import service as llm
from besedka.kernel.llm.types import Cost, Usage
from besedka.products.chat.repository import BranchRepository
from besedka.products.chat.service import money
from besedka.products.chat.service.asking import attached, parent_of
from besedka.products.chat.service.choosing import choose
from besedka.products.chat.service.context import find_setup, read_context
from besedka.products.chat.types import Asked, Estimate, Turn


async def estimate(
    runtime: Runtime, workspace: WorkspaceId, entry: ChatEntry, asked: Asked, *, asker: ActorId
) -> Estimate:
    """Return what an answer to a question would read, and cost at most; nothing is stored and no provider is asked.

    Raises NoProvider, ModelNotUsable, TurnNotFound, FileNotFound, ContextTooLong.
    """
    chat = entry.conversation.id
    async with runtime.db.fast.acquire(workspace) as conn:
        setup = await find_setup(runtime, conn, chat, asker)
        parent = await parent_of(conn, chat, setup=setup, asked=asked)
        before = await BranchRepository(conn).path(chat, parent)
        has = await ledger.balance(conn)
    files = await attached(runtime, workspace, asked.files)
    chosen = await choose(runtime, workspace, asked.model or setup.model)
    turn = Turn(
        seq=0, parent_seq=parent, is_answer=False, id=new_id(), text=asked.content, files=files
    )
    context = await read_context(runtime, workspace, chosen, setup=setup, turns=[*before, turn])
    read, model = llm.ceiling(runtime, chosen.model.id, context.messages), chosen.model
    is_charged = money.is_charged(runtime, model)
    most = money.cost_of(model, Usage(input=read, output=chosen.answer_tokens))
    return Estimate(
        model=model.id, input_tokens=read, output_tokens=chosen.answer_tokens, is_charged=is_charged,
        least=money.cost_of(model, Usage(input=read, output=0)), most=most,
        is_enough=_is_enough(has, most) if is_charged else None,
    )  # fmt: skip


def _is_enough(has: Balance, most: Cost | None) -> bool:
    """Whether the question would be taken: a price that nobody knows refuses it."""
    if most is None or has.currency not in (None, most.currency):
        return False
    return most.micro <= has.available
