"""A workspace with an empty collection."""

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from besedka.core.ids import WorkspaceId
from besedka.core.runtime import Runtime
from besedka.kernel.files import service as files
from besedka.kernel.knowledge import service as knowledge
from besedka.kernel.knowledge.sites.manners import Manners
from besedka.kernel.knowledge.types import (
    ChunkId,
    CollectionId,
    Hit,
    Passage,
    PassageLook,
    Retrieval,
    SiteRules,
    Source,
    SourceState,
)
from tests.factories import MadeWorkspace, make_workspace
from tests.fakes.jobs import eventually

SECONDS = 20.0
ENDED = {SourceState.READY, SourceState.FAILED}


@dataclass(frozen=True, slots=True)
class Shelf:
    """A collection of a workspace, and what tests do with it."""

    runtime: Runtime
    workspace: MadeWorkspace
    collection: CollectionId

    async def add(self, body: str, *, title: str = "") -> Source:
        """Add a text."""
        async with self.runtime.db.fast.transaction(self.workspace.id) as conn:
            return await knowledge.add_text(conn, self.collection, body=body, title=title)

    async def add_qa(self, question: str, answer: str) -> Source:
        """Add a question with its answer."""
        async with self.runtime.db.fast.transaction(self.workspace.id) as conn:
            return await knowledge.add_qa(conn, self.collection, question=question, answer=answer)

    async def ask(self, question: str, *, limit: int = 8) -> Retrieval:
        """Search for a question."""
        return await knowledge.retrieve(
            self.runtime, self.workspace.id, [self.collection], question, limit=limit
        )

    async def open(self, chunk: ChunkId) -> Hit:
        """Read a passage."""
        async with self.runtime.db.fast.acquire(self.workspace.id) as conn:
            return await knowledge.get_passage(conn, chunk)

    async def add_file(self, path: Path) -> Source:
        """Upload a file."""
        stored = await files.store_path(
            self.runtime,
            path,
            workspace_id=self.workspace.id,
            actor_id=self.workspace.owner.actor_id,
        )
        async with self.runtime.db.fast.transaction(self.workspace.id) as conn:
            return await knowledge.add_file(
                conn, self.collection, file_id=stored.id, name=stored.name
            )

    async def add_url(self, url: str) -> Source:
        """Add an address."""
        async with self.runtime.db.fast.transaction(self.workspace.id) as conn:
            return await knowledge.add_url(conn, self.collection, url)

    async def add_site(self, url: str) -> Source:
        """Add a site, in a hurry, and wait until it was read."""
        self.runtime.get(Manners).pause = 0.0
        async with self.runtime.db.fast.transaction(self.workspace.id) as conn:
            made = await knowledge.add_site(conn, self.collection, url, rules=SiteRules())
        return await self.settled(made)

    def attempt(self) -> "Attempt":
        """Return what a job of this workspace gets."""
        return Attempt(self.runtime, self.workspace.id)

    async def vocabulary(self) -> set[str]:
        """Return the stored lexemes of the collection."""
        async with self.runtime.db.fast.acquire(self.workspace.id) as conn:
            rows = await conn.fetch(
                "SELECT lexeme FROM word WHERE workspace_id = $1 AND collection_id = $2",
                self.workspace.id, self.collection,
            )  # fmt: skip
        return {row["lexeme"] for row in rows}

    async def settled(self, source: Source) -> Source:
        """Wait until a source was read, or refused."""

        async def ended() -> Source | None:
            found = await self.get(source)
            return found if found.state in ENDED else None

        return await eventually(ended, within=SECONDS)

    async def beside(self) -> "Shelf":
        """Make a second collection in the same workspace."""
        async with self.runtime.db.fast.transaction(self.workspace.id) as conn:
            made = await knowledge.create_collection(conn, name="Beside")
        return replace(self, collection=made)

    async def get(self, source: Source) -> Source:
        """Read a source again."""
        async with self.runtime.db.fast.acquire(self.workspace.id) as conn:
            return await knowledge.get_source(conn, source.id)

    async def delete(self, source: Source) -> None:
        """Put a source into the trash."""
        async with self.runtime.db.fast.transaction(self.workspace.id) as conn:
            await knowledge.delete_source(conn, source.id)

    async def destroy(self, source: Source) -> None:
        """Delete a source for good."""
        async with self.runtime.db.fast.transaction(self.workspace.id) as conn:
            await knowledge.destroy_source(conn, source.id)

    async def restore(self, source: Source) -> Source:
        """Take a source out of the trash, and wait until it can be searched."""
        async with self.runtime.db.fast.transaction(self.workspace.id) as conn:
            await knowledge.restore_source(conn, source.id)
        return await self.settled(source)

    async def passages(
        self, source: Source, *, look: PassageLook = PassageLook.ALL
    ) -> list[Passage]:
        """Read a source's passages."""
        async with self.runtime.db.fast.acquire(self.workspace.id) as conn:
            return await knowledge.list_passages(conn, source.id, look=look)

    async def count(self, table: str) -> int:
        """Return how many rows a table has of this workspace."""
        async with self.runtime.db.fast.acquire(self.workspace.id) as conn:
            return int(await conn.fetchval(f"SELECT count(*) FROM {table}"))

    async def sums(self) -> tuple[int, int]:
        """Return what the collection believes to have: passages and words."""
        async with self.runtime.db.fast.acquire(self.workspace.id) as conn:
            row = await conn.fetchrow(
                "SELECT chunks, words FROM collection WHERE workspace_id = $1 AND id = $2",
                self.workspace.id, self.collection,
            )  # fmt: skip
        assert row is not None
        return row["chunks"], row["words"]


@dataclass(frozen=True, slots=True)
class Attempt:
    """A job's only attempt, made by a test (`core.module.JobContext`)."""

    runtime: Runtime
    workspace: WorkspaceId
    job_id: int = 0
    attempt: int = 1
    last_attempt: bool = False

    async def progress(self, done: int, total: int, *, note: str = "") -> None:
        """Nobody looks."""


async def make_shelf(runtime: Runtime) -> Shelf:
    """Make a workspace with an empty collection."""
    workspace = await make_workspace(runtime)
    async with runtime.db.fast.transaction(workspace.id) as conn:
        collection = await knowledge.create_collection(conn, name="Shop")
    return Shelf(runtime, workspace, collection)


@pytest.fixture
async def shelf(runtime: Runtime) -> Shelf:
    """An empty collection in a workspace of its own."""
    return await make_shelf(runtime)


@pytest.fixture
async def stranger(runtime: Runtime) -> Shelf:
    """An empty collection in another workspace."""
    return await make_shelf(runtime)
