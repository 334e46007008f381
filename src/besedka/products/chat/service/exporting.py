"""A chat to take away: the branch that is shown, whole."""

from collections.abc import Sequence

from besedka.core.db.connection import TenantConn
from besedka.core.i18n import text
from besedka.kernel.conversations.types import ConversationId
from besedka.products.chat.repository import MOST_TURNS, BranchRepository
from besedka.products.chat.types import Turn


async def whole_branch(conn: TenantConn, chat: ConversationId) -> Sequence[Turn]:
    """Return all of the branch that is shown, however long it is."""
    branches = BranchRepository(conn)
    leaf = (await branches.find_setup(chat)).leaf_seq
    parts: list[Sequence[Turn]] = []
    while leaf:
        part = await branches.path(chat, leaf)
        if not part:
            break
        parts.append(part)
        leaf = part[0].parent_seq if len(part) == MOST_TURNS else 0
    return [turn for part in reversed(parts) for turn in part]


def as_markdown(locale: str, turns: Sequence[Turn], *, title: str, instructions: str) -> str:
    """Write a branch as Markdown: each turn under a heading that says whose it is."""
    parts = [f"# {' '.join(title.split()) or text(locale, 'chat.untitled')}"]
    if instructions:
        parts.append("\n".join(f"> {line}".rstrip() for line in instructions.splitlines()))
    for turn in turns:
        model = str(turn.meta.get("model") or "")
        whose = (
            (model or text(locale, "chat.model")) if turn.is_answer else text(locale, "chat.you")
        )
        files = "\n".join(f"- 📎 {file.name}" for file in turn.files)
        parts.extend(part for part in (f"## {whose}", turn.text.strip(), files) if part)
    return "\n\n".join(parts) + "\n"
