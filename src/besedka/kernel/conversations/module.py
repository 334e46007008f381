"""The manifest of conversations."""

from besedka.core.module import JobSpec, Manifest, PeriodicSpec
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import ADMINISTRATORS, Role
from besedka.kernel.conversations import jobs, service, ws
from besedka.kernel.conversations.api.attachments import router as attachments_router
from besedka.kernel.conversations.api.changing import router as changing_router
from besedka.kernel.conversations.api.chats import router
from besedka.kernel.conversations.api.contacts import router as contacts_router
from besedka.kernel.conversations.api.export import router as export_router
from besedka.kernel.conversations.api.folders import router as folders_router
from besedka.kernel.conversations.api.labels import chat_router as chat_labels_router
from besedka.kernel.conversations.api.labels import link_router
from besedka.kernel.conversations.api.labels import router as labels_router
from besedka.kernel.conversations.api.messages import chat_router, mention_router, message_router
from besedka.kernel.conversations.api.search import router as search_router
from besedka.kernel.conversations.api.threads import router as threads_router
from besedka.kernel.conversations.types import MODERATES, STAFF_READS, STAFF_WRITES
from besedka.kernel.realtime.service import Hub
from besedka.kernel.realtime.types import Principal, PrincipalKind

_STAFF = ADMINISTRATORS | {Role.OPERATOR.value}


async def _start(runtime: Runtime) -> None:
    hub, rooms = runtime.get(Hub), service.Rooms(runtime)
    runtime.put(rooms)
    runtime.put(service.ContactPorts())
    runtime.put(service.DialogWatchers())
    runtime.put(service.DialogMoves())
    runtime.put(service.Writers(runtime, rooms))
    hub.register_feed(service.ChatFeed(runtime, rooms))
    hub.register_stream("inbox", _inbox_of)
    hub.register_stream("mention", _mentions_of)
    ws.register(runtime)
    if runtime.bus is not None:
        runtime.put(service.Relay(runtime, runtime.bus))
        runtime.background.spawn(
            service.keep_telling_inboxes(hub, runtime.bus), name="inboxes without a bus"
        )
    runtime.background.spawn(service.keep_sweeping(runtime), name="conversations sweep")


def _inbox_of(principal: Principal) -> str | None:
    return service.inbox_topic(principal.workspace_id) if principal.may(STAFF_READS) else None


def _mentions_of(principal: Principal) -> str | None:
    return f"actor:{principal.actor_id}" if principal.kind is PrincipalKind.USER else None


MANIFEST = Manifest(
    name="conversations",
    package="besedka.kernel.conversations",
    routers=(
        router,
        chat_router,
        mention_router,
        search_router,
        message_router,
        changing_router,
        attachments_router,
        threads_router,
        folders_router,
        labels_router,
        chat_labels_router,
        link_router,
        contacts_router,
        export_router,
    ),
    jobs=(JobSpec(service.DROP, jobs.drop_files),),
    periodic=(
        PeriodicSpec("conversations.read_old", jobs.read_old, every=60.0),
        PeriodicSpec("conversations.purge_temporary", jobs.purge_temporary, every=300.0),
        PeriodicSpec("conversations.purge_trash", jobs.purge_trash, every=3600.0),
    ),
    permissions={STAFF_READS: _STAFF, STAFF_WRITES: _STAFF, MODERATES: ADMINISTRATORS},
    start=_start,
    export_person=service.export_person,
    erase_person=service.erase_person,
)
