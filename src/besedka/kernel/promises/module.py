"""The manifest of promises."""

from functools import partial

from besedka.core.module import HandlerSpec, JobSpec, Manifest, PeriodicSpec
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import ADMINISTRATORS, ActorKind
from besedka.kernel.conversations.events import ChatLabelled, ChatUnlabelled, LabelDeleted
from besedka.kernel.conversations.service import ContactPorts, DialogWatchers, Writers
from besedka.kernel.conversations.types import Kind
from besedka.kernel.promises import handlers, jobs, service
from besedka.kernel.promises.types import PROMISES_MANAGE

NOTICE_EVERY = 15.0


async def _start(runtime: Runtime) -> None:
    runtime.get(DialogWatchers).add(partial(service.note_state, runtime))
    runtime.get(ContactPorts).forget.append(service.forget)


async def _started(runtime: Runtime) -> None:
    """Hear of messages after all others, who may open a dialog again because of one."""
    writers = runtime.get(Writers)
    writers.accompany(Kind.DIALOG, sender=ActorKind.CONTACT, companion=service.Questions(runtime))
    writers.accompany(Kind.DIALOG, sender=ActorKind.USER, companion=service.Replies(runtime))


MANIFEST = Manifest(
    name="promises",
    package="besedka.kernel.promises",
    jobs=(JobSpec(service.RECKON_JOB, jobs.reckon),),
    periodic=(PeriodicSpec("promises.notice", jobs.notice, every=NOTICE_EVERY),),
    handlers=(
        HandlerSpec(ChatLabelled, "promises.follow_label", handlers.follow_labels),
        HandlerSpec(ChatUnlabelled, "promises.follow_unlabel", handlers.follow_labels),
        HandlerSpec(LabelDeleted, "promises.follow_deletion", handlers.follow_deletion),
    ),
    permissions={PROMISES_MANAGE: ADMINISTRATORS},
    start=_start,
    started=_started,
)
