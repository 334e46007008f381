"""The manifest of the inbox."""

from pathlib import Path

from besedka.core.module import HandlerSpec, JobSpec, Manifest, NavItem, PeriodicSpec, Waiting
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import ADMINISTRATORS
from besedka.kernel.conversations.events import DialogQueued
from besedka.kernel.conversations.service import DialogMoves
from besedka.kernel.conversations.types import STAFF_READS, STAFF_WRITES, Kind
from besedka.kernel.realtime.service import Hub
from besedka.products.inbox import contact, handlers, jobs, service, ws
from besedka.products.inbox.api import dialogs, many, moves, teams
from besedka.products.inbox.pages import inbox
from besedka.products.inbox.pages import many as many_pages
from besedka.products.inbox.pages import teams as team_pages
from besedka.products.inbox.pages.common import PATH
from besedka.products.inbox.types import ASSIGN_JOB, HELPERS, MANAGES, WAKE_JOB


async def _start(runtime: Runtime) -> None:
    ws.register(runtime)
    moving = runtime.get(DialogMoves)
    moving.to_team, moving.put_off = service.to_team, service.put_off
    arrivals = service.Arrivals(runtime.get(Hub))
    runtime.background.spawn(service.keep_noting(runtime, arrivals), name="inbox operators")


MANIFEST = Manifest(
    name="inbox",
    package="besedka.products.inbox",
    routers=(many.router, dialogs.router, moves.router, teams.router),
    pages=(many_pages.router, inbox.router, team_pages.router, contact.router),
    jobs=(JobSpec(WAKE_JOB, jobs.wake), JobSpec(ASSIGN_JOB, jobs.assign_queue)),
    periodic=(PeriodicSpec("inbox.sweep", jobs.sweep, every=30.0),),
    handlers=(HandlerSpec(DialogQueued, "inbox.give_to_somebody", handlers.give_to_somebody),),
    permissions={STAFF_READS: HELPERS, STAFF_WRITES: HELPERS, MANAGES: ADMINISTRATORS},
    navigation=(
        NavItem(
            PATH,
            "inbox",
            "inbox.title",
            STAFF_READS,
            order=10,
            waiting=Waiting(service.count_waiting, stream="inbox", path="/dialogs/waiting"),
        ),
    ),
    places={Kind.DIALOG: PATH + "/{id}"},
    templates=Path(__file__).parent / "templates",
    export_person=service.export_person,
    start=_start,
)
