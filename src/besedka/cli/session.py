"""Running a command's coroutine, and finding what its words name."""

from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import TypeVar

import uvloop

from besedka.core.config import Settings
from besedka.core.db.dsn import Dsn, normalise
from besedka.core.db.embedded import Embedded
from besedka.core.runtime import Runtime
from besedka.kernel.accounts import service as accounts
from besedka.kernel.accounts.service import WorkspaceCard
from besedka.kernel.accounts.types import WorkspaceKind
from besedka.kernel.answers import service as answers
from besedka.kernel.answers.types import Assistant

T = TypeVar("T")


def run(work: Coroutine[object, object, T]) -> T:
    """Run a command's coroutine in a fresh loop."""
    return uvloop.run(work)


class NotThere(Exception):
    """What a command names is not there; the message lists what is, or says what to name."""


async def find_workspace(runtime: Runtime, slug: str) -> WorkspaceCard:
    """Return the workspace of a slug, or the first company. Raises NotThere."""
    async with runtime.db.system.acquire() as conn:
        known = await accounts.all_workspaces(conn)
    for workspace in known:
        if (slug and workspace.slug == slug) or (
            not slug and workspace.kind == WorkspaceKind.COMPANY
        ):
            return workspace
    raise NotThere(
        f"There is no such company. Known: {', '.join(w.slug for w in known) or 'none yet'}."
    )


async def find_assistant(runtime: Runtime, workspace: WorkspaceCard, name: str) -> Assistant:
    """Return an assistant by name or id, or the first one. Raises NotThere."""
    async with runtime.db.fast.acquire(workspace.id) as conn:
        known = await answers.list_assistants(conn)
    found = answers.named(known, name) if name else next(iter(known), None)
    if found is not None:
        return found
    names = ", ".join(f"«{a.name}»" for a in known) or "none yet"
    raise NotThere(f"The company {workspace.slug} has no such assistant. Known: {names}.")


@contextmanager
def server(settings: Settings) -> Iterator[tuple[Dsn, bool]]:
    """Give the database's address without migrating it, and whether it was started for this command alone."""
    if settings.database:
        yield normalise(settings.database), False
        return
    embedded = Embedded(settings.data_dir / "postgres")
    embedded.start()
    try:
        yield embedded.dsn, embedded.owner
    finally:
        embedded.stop()
