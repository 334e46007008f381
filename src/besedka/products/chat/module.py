"""The manifest of talking with models."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import JsonValue

from besedka.core.db.connection import SystemConn
from besedka.core.module import JobSpec, Manifest, NavItem, PersonData
from besedka.core.runtime import Runtime
from besedka.kernel.accounts.types import ACT, ADMINISTRATORS
from besedka.products.chat import jobs, service
from besedka.products.chat.api import branches, imports, models, prompts, taking, talking
from besedka.products.chat.pages import imports as import_pages
from besedka.products.chat.pages import keeping
from besedka.products.chat.pages import prompts as prompt_pages
from besedka.products.chat.pages import talking as talking_pages
from besedka.products.chat.pages.common import PAGE
from besedka.products.chat.types import PROMPTS_MANAGE


async def start(runtime: Runtime) -> None:
    """Make the process's place for the answers that it makes."""
    runtime.put(service.Lives())


async def export_person(conn: SystemConn, person: PersonData) -> Mapping[str, JsonValue]:
    """Return the prompts that a person has written; their chats are among their messages."""
    return {"prompts": [*await service.export_prompts(conn, person)]}


async def erase_person(conn: SystemConn, person: PersonData) -> None:
    """Forget a person's own prompts and imports; what they shared stays without their name."""
    await service.forget_prompts(conn, person)
    await service.forget_imports(conn, person)


MANIFEST = Manifest(
    name="chat",
    package="besedka.products.chat",
    routers=(
        models.router,
        prompts.router,
        imports.router,
        talking.router,
        branches.router,
        taking.router,
    ),
    pages=(prompt_pages.router, import_pages.router, talking_pages.router, keeping.router),
    permissions={PROMPTS_MANAGE: ADMINISTRATORS},
    navigation=(NavItem(PAGE, "spark", "chat.title", ACT, order=30),),
    templates=Path(__file__).parent / "templates",
    jobs=(
        JobSpec(service.JOB, jobs.answer_left_over, max_attempts=jobs.ATTEMPTS, timeout=1200),
        JobSpec(service.SUM_UP, jobs.sum_up, max_attempts=3),
        JobSpec(service.IMPORT, jobs.take_in, timeout=3600),
    ),
    start=start,
    export_person=export_person,
    erase_person=erase_person,
)
