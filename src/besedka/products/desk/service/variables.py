"""`{{contact.name}}` in a ready reply: looked at when it is saved, filled when it is used."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from besedka.core.db.connection import TenantConn
from besedka.core.ids import ActorId
from besedka.kernel.accounts.types import ActorKind
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.types import ConversationId
from besedka.products.desk.errors import UnknownVariable

KNOWN = ("contact.name", "operator.name", "assistant.name", "dialog.id")
"""What a text may name."""
_NAMED = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")


@dataclass(frozen=True, slots=True)
class Filled:
    """What the variables stand for in one dialog, and its language."""

    locale: str
    values: Mapping[str, str]


def check_variables(body: str) -> None:
    """Refuse a text that names what does not exist. Raises UnknownVariable."""
    for name in _NAMED.findall(body):
        if name not in KNOWN:
            raise UnknownVariable(name=name[:40], known=", ".join(KNOWN))


def fill(body: str, values: Mapping[str, str]) -> str:
    """Return a text with its variables replaced, once: what they stand for is not looked at again."""
    return _NAMED.sub(lambda found: values.get(found.group(1), found.group()), body)


async def variables_of(conn: TenantConn, dialog: ConversationId, *, operator: ActorId) -> Filled:
    """Return what the variables stand for in a dialog. Raises ChatNotFound."""
    summary = await conversations.dialog_summary(conn, dialog)
    people = await conversations.list_participants(conn, dialog)
    who = await conversations.find_face(conn, operator)
    assistant = next((p.actor.name for p in people if p.actor.kind == ActorKind.ASSISTANT), "")
    locale = summary.meta.get("locale")
    return Filled(
        locale if isinstance(locale, str) else "",
        {
            "contact.name": summary.contact.name if summary.contact else "",
            "operator.name": who.name if who else "",
            "assistant.name": assistant,
            "dialog.id": str(dialog),
        },
    )
