"""The manifest of the widget."""

from pathlib import Path

from besedka.core.module import HandlerSpec, Manifest, PeriodicSpec, SealedColumn
from besedka.core.runtime import Runtime
from besedka.kernel.answers.events import AssistantCreated
from besedka.kernel.conversations.service import ContactPorts
from besedka.kernel.realtime.service import Hub
from besedka.products.widget import api, owning, pages, rating, setup
from besedka.products.widget.handlers import STARTED, give_widget
from besedka.products.widget.jobs import keep_promises, sweep_visitors
from besedka.products.widget.service import visits

HERE = Path(__file__).parent
MINUTE = 60.0
HOUR = 3600.0


async def _start(runtime: Runtime) -> None:
    ports = runtime.get(ContactPorts)
    ports.repoint.append(visits.repoint)
    ports.give_back.append(visits.give_back)
    ports.forget.append(visits.forget)
    runtime.get(Hub).register_stream(visits.STREAM, visits.follow)


MANIFEST = Manifest(
    name="widget",
    package="besedka.products.widget",
    routers=(api.router, owning.router, rating.router),
    pages=(pages.router, setup.router),
    periodic=(
        PeriodicSpec("widget.sweep", sweep_visitors, every=HOUR),
        PeriodicSpec("widget.promises", keep_promises, every=MINUTE),
    ),
    handlers=(
        HandlerSpec(AssistantCreated, "widget.give_widget", give_widget),
        STARTED,
    ),
    public_paths=("/api/v1/widget/",),
    sealed=(
        SealedColumn("widget", "identity_secret", "{workspace_id}/widget/{id}/identity_secret"),
    ),
    start=_start,
    templates=HERE / "templates",
    letters=HERE / "letters",
)
