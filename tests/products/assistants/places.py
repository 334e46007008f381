"""Assistants that tests stand on."""

from besedka.core.runtime import Runtime
from besedka.kernel.answers import service as answers
from besedka.kernel.answers.types import Assistant
from besedka.kernel.knowledge import service as knowledge
from tests.factories import MadeWorkspace

DELIVERY = "Доставка по городу стоит 350 рублей. При заказе от 5000 рублей доставка бесплатна."
WARRANTY = "The warranty is 24 months. Send a photo and the number of the order."


async def make_assistant(
    runtime: Runtime, place: MadeWorkspace, *, name: str = "Помощник"
) -> Assistant:
    """Make an assistant that knows of delivery in Russian and of the warranty in English."""
    async with runtime.db.fast.transaction(place.id) as conn:
        who = await answers.create_assistant(
            conn, name=name, author=place.owner.actor_id, locale="ru"
        )
        await knowledge.add_text(conn, who.collection_id, body=DELIVERY, title="Доставка")
        await knowledge.add_text(conn, who.collection_id, body=WARRANTY, title="Warranty")
    return who
