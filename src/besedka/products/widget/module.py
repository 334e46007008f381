"""The manifest of the widget."""

from pathlib import Path

from besedka.core.module import HandlerSpec, Manifest, PeriodicSpec
from besedka.core.runtime import Runtime
from besedka.kernel.answers.events import AssistantCreated
from besedka.kernel.conversations.service import ContactPorts
from besedka.products.widget import api, pages, setup
from besedka.products.widget.handlers import give_widget
from besedka.products.widget.jobs import sweep_visitors
from besedka.products.widget.service import visits

HOUR = 3600.0


async def _start(runtime: Runtime) -> None:
    ports = runtime.get(ContactPorts)
    ports.repoint.append(visits.repoint)
    ports.forget.append(visits.forget)


MANIFEST = Manifest(
    name="widget",
    package="besedka.products.widget",
    routers=(api.router,),
    pages=(pages.router, setup.router),
    periodic=(PeriodicSpec("widget.sweep", sweep_visitors, every=HOUR),),
    handlers=(HandlerSpec(AssistantCreated, "widget.give_widget", give_widget),),
    public_paths=("/api/v1/widget/",),
    start=_start,
    templates=Path(__file__).parent / "templates",
)
