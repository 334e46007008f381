"""A dialog by letter: what was said in public, to an address that the visitor names."""

from pydantic import JsonValue

from besedka.core.i18n import Locale, text
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import ActorKind
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.types import ConversationId, Message, Viewer
from besedka.kernel.mail import service as mail
from besedka.products.widget.errors import TranscriptOff
from besedka.products.widget.service.visits import spoken_in
from besedka.products.widget.types import Known, Place

PER_DIALOG = "3 per day"
PER_ADDRESS = "5 per day"
MOST_MESSAGES = 200


async def send(runtime: Runtime, place: Place, visitor: Known, *, to: str, locale: str) -> None:
    """Send a visitor's dialog to an address. Raises TranscriptOff, BadAddress, RateLimited."""
    chat = visitor.conversation_id
    if not place.options.transcript or chat is None:
        raise TranscriptOff
    await runtime.limiter.hit(PER_DIALOG, "widget-transcript", str(chat))
    await runtime.limiter.hit(PER_ADDRESS, "widget-transcript-to", to.lower())
    spoken = spoken_in(place, locale)
    async with runtime.db.fast.transaction(place.workspace_id) as conn:
        viewer = Viewer(actor_id=visitor.contact_id, internal=False)
        newest_first = await conversations.page(
            conn, ConversationId(chat), viewer=viewer, limit=MOST_MESSAGES
        )
        said = [each for each in reversed(newest_first) if each.deleted_at is None]
        if not said:
            raise TranscriptOff
        await mail.send(
            conn, to=to, letter="widget_transcript", locale=spoken,
            params={
                "name": " ".join(place.name.split()), "lines": [_line(each, spoken) for each in said],
                "more": max(0, said[0].seq - 1) if len(newest_first) == MOST_MESSAGES else 0,
            },
        )  # fmt: skip


def _line(message: Message, locale: Locale) -> dict[str, JsonValue]:
    sender = message.sender
    who = text(locale, "widget.you") if sender.kind == ActorKind.CONTACT else sender.name
    return {
        "at": f"{message.created_at:%Y-%m-%d %H:%M} UTC",
        "who": who or text(locale, "widget.system"),
        "body": conversations.in_words(message.body, message.attachments),
    }
