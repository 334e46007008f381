"""A command on the socket: who looks at a dialog now."""

from functools import partial

from pydantic import JsonValue

from besedka.core.clock import now
from besedka.core.runtime import Runtime
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.types import STAFF_READS, ConversationId
from besedka.kernel.realtime.errors import BadFrame
from besedka.kernel.realtime.service import Hub, Request

LASTS_SECONDS = 35
"""A tab says it again every fifteen seconds: who was not heard twice has gone."""


def register(runtime: Runtime) -> None:
    """Let colleagues see each other in a dialog."""
    runtime.get(Hub).register_immediate("viewing", partial(viewing, runtime))


def viewing(runtime: Runtime, request: Request) -> None:
    """`viewing {chat, here?}`: tells the colleagues who listen to a dialog that one looks at it; visitors hear nothing."""
    who, chat = request.principal, ConversationId(request.uuid("chat"))
    here = request.frame.get("here", True)
    if not isinstance(here, bool):
        raise BadFrame(reason="field", field="here")
    inside, _ = conversations.topics_of(chat)
    if who.may(STAFF_READS) and inside in request.socket.topics:
        until = int(now().timestamp()) + LASTS_SECONDS if here else 0
        data: dict[str, JsonValue] = {"actor": str(who.actor_id), "name": who.name, "until": until}
        conversations.announce(runtime, chat, "viewing", data=data, public=False)
    request.ack()
