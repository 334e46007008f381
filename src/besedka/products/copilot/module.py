"""The manifest of the help for operators."""

from pathlib import Path

from besedka.core.module import HandlerSpec, Manifest
from besedka.core.runtime import Runtime
from besedka.kernel.answers.events import HandedOff
from besedka.kernel.conversations.service import ContactPorts
from besedka.products.copilot import api, handlers, pages, service


async def start(runtime: Runtime) -> None:
    """Have summaries forgotten with the contacts that they tell of."""
    runtime.get(ContactPorts).forget.append(service.forget_contacts)


MANIFEST = Manifest(
    name="copilot",
    package="besedka.products.copilot",
    routers=(api.router,),
    pages=(pages.router,),
    handlers=(HandlerSpec(HandedOff, "copilot.summarize", handlers.summarize_handoff),),
    templates=Path(__file__).parent / "templates",
    start=start,
)
