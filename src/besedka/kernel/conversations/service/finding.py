"""Finding contacts by parts of their names, e-mail addresses and telephones."""

import re

from besedka.core.ids import ActorId, WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.conversations.repository import finding
from besedka.kernel.conversations.types import Contact

MOST_WORDS = 6
LONGEST_WORD = 60
RUSSIAN_DIGITS = 11
"""Of a telephone that begins with 8 inside the country, and with +7 outside."""

_TELEPHONE = re.compile(r"\+?[\d\s().-]{5,}")


def words_of_query(text: str) -> list[str]:
    """Return what has to stand somewhere in a contact's name and addresses: words, or the digits of a telephone."""
    folded = text.lower().replace("ё", "е").replace("\0", " ").strip()
    if _TELEPHONE.fullmatch(folded):
        digits = "".join(sign for sign in folded if sign.isdecimal())
        at_home = len(digits) == RUSSIAN_DIGITS and digits.startswith("8")
        return [digits[1:] if at_home else digits]
    return [word[:LONGEST_WORD] for word in folded.split()[:MOST_WORDS]]


async def find_contact_ids(
    runtime: Runtime, workspace: WorkspaceId, text: str, *, limit: int
) -> list[ActorId]:
    """Return who has all the words of a text somewhere in their name, e-mail address and telephone, the newest first."""
    words = words_of_query(text)
    if not any(words):
        return []
    async with runtime.db.system.transaction() as conn:
        return await finding.by_parts(conn, workspace, words, limit=limit)


async def find_contacts(
    runtime: Runtime, workspace: WorkspaceId, text: str, *, limit: int
) -> list[Contact]:
    """Return contacts by a part of their name, e-mail address or telephone, the newest first."""
    ids = await find_contact_ids(runtime, workspace, text, limit=limit)
    if not ids:
        return []
    async with runtime.db.fast.acquire(workspace) as conn:
        return await finding.read(conn, ids)
