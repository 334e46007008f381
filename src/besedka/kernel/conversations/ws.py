"""Commands on the socket: send, edit, delete, react, read, delivered, unread, typing."""

from functools import partial

from pydantic import JsonValue

from besedka.core.clock import now
from besedka.core.errors import BesedkaError, Forbidden
from besedka.core.runtime import Runtime
from besedka.kernel.conversations import service
from besedka.kernel.conversations.deps import Mark
from besedka.kernel.conversations.types import (
    LONGEST_BODY,
    LONGEST_KEY,
    STAFF_WRITES,
    ConversationId,
    Message,
    MessageId,
    Post,
    Visibility,
)
from besedka.kernel.realtime.errors import BadFrame, TooFast
from besedka.kernel.realtime.service import Hub, Request
from besedka.kernel.realtime.types import Principal, PrincipalKind

MOST_PENDING = 128
"""Messages of one socket that may wait for their commit."""
TYPING_SECONDS = 15


def register(runtime: Runtime) -> None:
    """Let clients send, read and type."""
    hub = runtime.get(Hub)
    hub.register_immediate("send", partial(send, runtime.get(service.Writers)))
    hub.register_immediate("typing", partial(typing, runtime))

    commands = {
        "read": read, "delivered": delivered, "unread": unread, "edit": edit, "delete": delete, "react": react,
    }  # fmt: skip
    for name, carry_out in commands.items():
        hub.register_command(name, partial(carry_out, runtime))


def send(writers: service.Writers, request: Request) -> None:
    """`send {chat, key, body, visibility?, reply_seq?}`: the acknowledgement follows the commit."""
    socket, who = request.socket, request.principal
    if socket.pending >= MOST_PENDING:
        raise TooFast(retry_after=1)
    message = Post(
        workspace_id=who.workspace_id,
        conversation_id=ConversationId(request.uuid("chat")),
        sender_id=who.actor_id,
        client_key=request.text("key", most=LONGEST_KEY),
        body=request.text("body", most=LONGEST_BODY),
        visibility=_visibility(request),
        reply_seq=request.find_number("reply_seq"),
        staff=who.may(STAFF_WRITES),
    )
    socket.pending += 1
    try:
        writers.submit(message, partial(_answer, request))
    except BesedkaError:
        socket.pending -= 1
        raise


def _visibility(request: Request) -> Visibility:
    given = request.find_text("visibility", most=20)
    if given not in {None, "public", "internal"}:
        raise BadFrame(reason="field", field="visibility")
    return Visibility(given or "public")


def _answer(request: Request, result: Message | BaseException) -> None:
    request.socket.pending -= 1
    if isinstance(result, Message):
        duplicate = "true" if result.duplicate else "false"
        data = (
            f'{{"id":"{result.id}","seq":{result.seq},"mod":{result.mod},'
            f'"created_at":"{result.created_at.isoformat()}","duplicate":{duplicate}}}'
        )
        request.ack(data, chat=result.conversation_id)
    else:
        request.fail(result if isinstance(result, BesedkaError) else BesedkaError())


async def edit(runtime: Runtime, request: Request) -> dict[str, JsonValue]:
    """`edit {id, body, mod?}`: other words for a message of the sender's."""
    who = _insider(request)
    body = request.text("body", most=LONGEST_BODY)
    async with runtime.db.fast.transaction(who.workspace_id) as conn:
        changed = await service.edit_message(
            runtime, conn, MessageId(request.uuid("id")), caller=who, body=body, mod=request.find_number("mod")
        )  # fmt: skip
    return {"seq": changed.seq, "mod": changed.mod}


async def delete(runtime: Runtime, request: Request) -> dict[str, JsonValue]:
    """`delete {id, mod?}`: only the message's place stays."""
    who = _insider(request)
    async with runtime.db.fast.transaction(who.workspace_id) as conn:
        gone = await service.delete_message(
            runtime, conn, MessageId(request.uuid("id")), caller=who, mod=request.find_number("mod")
        )  # fmt: skip
    return {"seq": gone.seq, "mod": gone.mod}


async def react(runtime: Runtime, request: Request) -> dict[str, JsonValue]:
    """`react {id, emoji, on?}`: the sender's sign under a message; `on: false` takes it away."""
    who, on = _insider(request), request.frame.get("on", True)
    if not isinstance(on, bool):
        raise BadFrame(reason="field", field="on")
    emoji = request.text("emoji", most=32)
    async with runtime.db.fast.transaction(who.workspace_id) as conn:
        changed = await service.react(
            runtime, conn, MessageId(request.uuid("id")), caller=who, emoji=emoji, on=on
        )
    return {"seq": changed.seq, "mod": changed.mod}


def _insider(request: Request) -> Principal:
    """Return who asks, if that is one of the people inside. Raises Forbidden."""
    if request.principal.kind is not PrincipalKind.USER:
        raise Forbidden
    return request.principal


async def read(runtime: Runtime, request: Request) -> dict[str, JsonValue]:
    """`read {chat, seq}`: how far the sender has read; it only grows."""
    return await _progress(runtime, request, service.mark_read)


async def delivered(runtime: Runtime, request: Request) -> dict[str, JsonValue]:
    """`delivered {chat, seq}`: how far messages have reached the sender; it only grows."""
    return await _progress(runtime, request, service.mark_delivered)


async def unread(runtime: Runtime, request: Request) -> dict[str, JsonValue]:
    """`unread {chat, seq}`: that message and what follows are not read after all."""
    if request.number("seq") < 1:
        raise BadFrame(reason="field", field="seq")
    return await _progress(runtime, request, service.mark_unread)


async def _progress(runtime: Runtime, request: Request, mark: Mark) -> dict[str, JsonValue]:
    who, chat = request.principal, ConversationId(request.uuid("chat"))
    seq = request.number("seq")
    async with runtime.db.fast.acquire(who.workspace_id) as conn:
        await mark(runtime, conn, chat, actor=who.actor_id, seq=seq)
    return {}


def typing(runtime: Runtime, request: Request) -> None:
    """`typing {chat, visibility?}`: only what the socket listens to already hears of it."""
    who, chat = request.principal, ConversationId(request.uuid("chat"))
    if request.socket.topics.isdisjoint(service.topics_of(chat)):
        request.ack()
        return
    until = now().timestamp() + TYPING_SECONDS
    data: dict[str, JsonValue] = {"actor": str(who.actor_id), "name": who.name, "until": int(until)}
    public = _visibility(request) is Visibility.PUBLIC
    service.announce(runtime, chat, "typing", data=data, public=public)
    request.ack()
