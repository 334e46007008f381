"""SQL of finding contacts by parts of their names and addresses.

The index is asked as the system role, because row security keeps it from being used; the workspace comes first, and who is
found is read again as the workspace.
"""

from collections.abc import Sequence

from besedka.core.db.connection import SystemConn, TenantConn
from besedka.core.ids import ActorId, WorkspaceId
from besedka.kernel.conversations.repository.contacts import CONTACT, contact_of
from besedka.kernel.conversations.repository.words import salt_of
from besedka.kernel.conversations.types import Contact

PART = 3
"""Signs on end that the index knows: of a shorter word only that another one begins with it."""
MOST_LOOKED = 1000
"""Contacts with all the words that are looked at; of these the newest are shown."""

_TEXT = "lower(translate(k.name || E'\\n' || coalesce(k.email, '') || E'\\n' || coalesce(k.phone, ''), 'ёЁ', 'ее'))"
# The workspace's own index must not serve this: its contacts would all be looked at.
BY_PARTS = f"""
SELECT id FROM (
  SELECT k.id FROM contact k
  WHERE contact_parts(k.workspace_id, k.name, k.email, k.phone) @> $2::text[]
    AND k.workspace_id IS NOT DISTINCT FROM $1 AND k.merged_into IS NULL
    AND NOT EXISTS (SELECT FROM unnest($3::text[]) AS word WHERE strpos({_TEXT}, word) = 0)
  LIMIT {MOST_LOOKED}
) AS found ORDER BY id DESC LIMIT $4
"""


def parts_of(workspace: WorkspaceId, words: Sequence[str]) -> list[str]:
    """Return what the index knows of words, as the database's `contact_parts` writes it."""
    found = {
        part
        for word in words
        for part in (
            [word[place : place + PART] for place in range(len(word) - PART + 1)]
            if len(word) >= PART
            else [f"^{word}"]
        )
    }
    return sorted(f"{salt_of(workspace)}{part}" for part in found)


async def by_parts(
    conn: SystemConn, workspace: WorkspaceId, words: Sequence[str], *, limit: int
) -> list[ActorId]:
    """Return who has all the words somewhere in their name, e-mail address and telephone, the newest first.

    Call it in a transaction. The index is used for what is frequent, too: the parts of every contact on the way would have
    to be made anew.
    """
    await conn.execute("SET LOCAL enable_seqscan = off")
    parts = parts_of(workspace, words)
    rows = await conn.fetch(BY_PARTS, workspace, parts, list(words), limit)
    return [ActorId(row["id"]) for row in rows]


async def read(conn: TenantConn, contacts: Sequence[ActorId]) -> list[Contact]:
    """Return contacts by their ids, the newest first."""
    rows = await conn.fetch(
        f"SELECT {CONTACT} FROM contact k WHERE k.workspace_id = $1 AND k.id = ANY($2::uuid[])"
        " AND k.merged_into IS NULL ORDER BY k.id DESC",
        conn.workspace, list(contacts),
    )  # fmt: skip
    return [contact_of(row) for row in rows]
