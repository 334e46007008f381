"""The manifest of talking with models."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import JsonValue

from besedka.core.db.connection import SystemConn
from besedka.core.module import JobSpec, Manifest, NavItem, PeriodicSpec, PersonData
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import ACT, ADMINISTRATORS, ActorKind
from besedka.kernel.conversations.service import Writers
from besedka.kernel.conversations.types import Kind
from besedka.products.chat import jobs, service
from besedka.products.chat.api import (
    branches,
    comparing,
    imports,
    models,
    prompts,
    sharing,
    taking,
    talking,
)
from besedka.products.chat.pages import comparing as comparing_pages
from besedka.products.chat.pages import folders, keeping
from besedka.products.chat.pages import imports as import_pages
from besedka.products.chat.pages import prompts as prompt_pages
from besedka.products.chat.pages import sharing as sharing_pages
from besedka.products.chat.pages import talking as talking_pages
from besedka.products.chat.pages.common import PAGE
from besedka.products.chat.types import PROMPTS_MANAGE


async def start(runtime: Runtime) -> None:
    """Make the process's place for the answers that it makes, and give what people post to such chats a place in them."""
    runtime.put(service.Lives())
    runtime.get(Writers).accompany(Kind.AI, sender=ActorKind.USER, companion=service.Posted())


async def export_person(conn: SystemConn, person: PersonData) -> Mapping[str, JsonValue]:
    """Return how a person's chats are answered, and the prompts that they have written."""
    setups = await service.export_person(conn, person)
    return {**setups, "prompts": [*await service.export_prompts(conn, person)]}


async def erase_person(conn: SystemConn, person: PersonData) -> None:
    """Forget a person's own prompts, imports, and the links to their chats; shared prompts stay without their name."""
    await service.forget_prompts(conn, person)
    await service.forget_imports(conn, person)
    await service.erase_person(conn, person)


MANIFEST = Manifest(
    name="chat",
    package="besedka.products.chat",
    routers=(
        models.router,
        prompts.router,
        imports.router,
        talking.router,
        comparing.router,
        branches.router,
        taking.router,
        sharing.router,
    ),
    pages=(
        folders.router,
        prompt_pages.router,
        import_pages.router,
        comparing_pages.router,
        sharing_pages.router,
        sharing_pages.public,
        talking_pages.router,
        keeping.router,
    ),
    permissions={PROMPTS_MANAGE: ADMINISTRATORS},
    navigation=(NavItem(PAGE, "spark", "chat.title", ACT, order=30),),
    templates=Path(__file__).parent / "templates",
    jobs=(
        JobSpec(service.JOB, jobs.answer_left_over, max_attempts=jobs.ATTEMPTS, timeout=1200),
        JobSpec(service.SUM_UP, jobs.sum_up, max_attempts=3),
        JobSpec(service.IMPORT, jobs.take_in, timeout=3600),
    ),
    periodic=(PeriodicSpec("chat.purge_shares", jobs.purge_shares, every=3600.0),),
    start=start,
    export_person=export_person,
    erase_person=erase_person,
)
