"""The manifest of talking with models."""

from pathlib import Path

from besedka.core.module import JobSpec, Manifest, NavItem, PeriodicSpec
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import ACT, ActorKind
from besedka.kernel.conversations.service import Writers
from besedka.kernel.conversations.types import Kind
from besedka.products.chat import jobs, service
from besedka.products.chat.api import branches, comparing, models, sharing, taking, talking
from besedka.products.chat.pages import comparing as comparing_pages
from besedka.products.chat.pages import folders, keeping
from besedka.products.chat.pages import sharing as sharing_pages
from besedka.products.chat.pages import talking as talking_pages
from besedka.products.chat.pages.common import PAGE


async def start(runtime: Runtime) -> None:
    """Make the process's place for the answers that it makes, and give what people post to such chats a place in them."""
    runtime.put(service.Lives())
    runtime.get(Writers).accompany(Kind.AI, sender=ActorKind.USER, companion=service.Posted())


MANIFEST = Manifest(
    name="chat",
    package="besedka.products.chat",
    routers=(
        models.router,
        talking.router,
        comparing.router,
        branches.router,
        taking.router,
        sharing.router,
    ),
    pages=(
        folders.router,
        comparing_pages.router,
        sharing_pages.router,
        sharing_pages.public,
        talking_pages.router,
        keeping.router,
    ),
    navigation=(NavItem(PAGE, "spark", "chat.title", ACT, order=30),),
    templates=Path(__file__).parent / "templates",
    jobs=(JobSpec(service.JOB, jobs.answer_left_over, max_attempts=jobs.ATTEMPTS, timeout=1200),),
    periodic=(PeriodicSpec("chat.purge_shares", jobs.purge_shares, every=3600.0),),
    start=start,
    export_person=service.export_person,
    erase_person=service.erase_person,
)
