"""Drafts, crashes and sweeps: a row stands only on bytes that are on the disk."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from besedka.core.clock import now
from besedka.core.content.kinds import Kind
from besedka.core.errors import TooLarge
from besedka.core.ids import ActorId
from besedka.core.runtime import Runtime
from besedka.kernel.files import service
from besedka.kernel.files.errors import FileEmpty, FileNotFound
from besedka.kernel.files.repository import FileRepository
from besedka.kernel.files.store import FileStore
from besedka.kernel.files.types import FileId, Kept, StoredFile
from tests.factories import MadeWorkspace
from tests.fakes.jobs import settled
from tests.kernel.files.conftest import ELF, TEXT, on_disk, path_of


class Crash(Exception):
    """The process ends here."""


async def kept(runtime: Runtime, made: MadeWorkspace, data: bytes = TEXT) -> Kept:
    async with service.new_draft(runtime, made.id) as draft:
        await draft.write(data)
        return await service.keep_draft(runtime, draft, service.Source(made.id, None, "a.txt"))


async def test_draft_is_synced_and_moved_before_its_row_is_written(
    runtime: Runtime, made: MadeWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    fsync, rename, insert = os.fsync, Path.rename, FileRepository.insert

    def noting_fsync(descriptor: int) -> None:
        steps.append("sync")
        fsync(descriptor)

    def noting_rename(self: Path, target: Path) -> Path:
        steps.append("rename")
        return rename(self, target)

    async def noting_insert(
        self: FileRepository, kept: Kept, uploader: ActorId | None
    ) -> StoredFile:
        steps.append("row")
        return await insert(self, kept, uploader)

    monkeypatch.setattr(os, "fsync", noting_fsync)
    monkeypatch.setattr(Path, "rename", noting_rename)
    monkeypatch.setattr(FileRepository, "insert", noting_insert)
    async with service.new_draft(runtime, made.id) as draft:
        await draft.write(TEXT)
        source = service.Source(made.id, made.owner.actor_id, "a.txt")
        await service.store_draft(runtime, draft, source)
    assert steps[0] == "sync"
    assert steps[1:].index("rename") < steps[1:].index("sync", steps[1:].index("rename"))
    assert steps[-1] == "row"


async def test_crash_between_the_bytes_and_the_row_leaves_what_the_sweep_removes(
    runtime: Runtime, made: MadeWorkspace
) -> None:
    stray = await kept(runtime, made, b"nobody will know of this")
    await service.sweep(runtime)
    assert path_of(runtime, stray.key).exists()
    _age(path_of(runtime, stray.key))
    async with runtime.db.fast.transaction(made.id) as conn:
        living = await service.add(
            runtime, conn, await kept(runtime, made, b"has a row"), uploader=None
        )
    _age(path_of(runtime, living.key))
    assert await service.sweep(runtime) >= 1
    assert not path_of(runtime, stray.key).exists()
    assert path_of(runtime, living.key).exists()


async def test_draft_that_a_crash_left_is_swept_after_a_day(runtime: Runtime) -> None:
    store = runtime.get(FileStore)
    store._incoming.mkdir(parents=True, exist_ok=True)
    old, fresh = store._incoming / "old", store._incoming / "fresh"
    old.write_bytes(b"x")
    fresh.write_bytes(b"x")
    _age(old)
    await service.sweep(runtime)
    assert not old.exists()
    assert fresh.exists()
    fresh.unlink()


def _age(path: Path) -> None:
    then = (now() - timedelta(days=2)).timestamp()
    os.utime(path, (then, then))


async def test_failed_transaction_leaves_no_row(runtime: Runtime, made: MadeWorkspace) -> None:
    bytes_of = await kept(runtime, made)
    with pytest.raises(Crash):
        await _add_and_fail(runtime, made, bytes_of)
    async with runtime.db.fast.acquire(made.id) as conn:
        assert await conn.fetchval("SELECT count(*) FROM file") == 0


async def _add_and_fail(runtime: Runtime, made: MadeWorkspace, bytes_of: Kept) -> None:
    async with runtime.db.fast.transaction(made.id) as conn:
        await service.add(runtime, conn, bytes_of, uploader=None)
        raise Crash


async def test_delete_that_is_rolled_back_keeps_the_bytes(
    runtime: Runtime, made: MadeWorkspace
) -> None:
    async with runtime.db.fast.transaction(made.id) as conn:
        stored = await service.add(runtime, conn, await kept(runtime, made), uploader=None)
    with pytest.raises(Crash):
        await _delete_and_fail(runtime, made, stored.id)
    await settled(runtime)
    opened = await service.open_file(runtime, made.id, stored.id)
    assert b"".join([block async for block in opened.read()]) == TEXT


async def _delete_and_fail(runtime: Runtime, made: MadeWorkspace, file_id: FileId) -> None:
    async with runtime.db.fast.transaction(made.id) as conn:
        await service.delete(conn, file_id)
        raise Crash


async def test_file_of_this_machine_is_copied(
    runtime: Runtime, made: MadeWorkspace, tmp_path: Path
) -> None:
    source = tmp_path / "условия.md"
    source.write_bytes("# Условия\n\n- раз\n- два\n".encode())
    stored = await service.store_path(
        runtime, source, workspace_id=made.id, actor_id=made.owner.actor_id
    )
    assert (stored.name, stored.kind) == ("условия.md", Kind.MARKDOWN)
    async with service.local_copy(runtime, made.id, stored.id) as copy:
        assert copy.read_bytes() == source.read_bytes()
        assert copy.stat().st_mode & 0o777 == 0o600


async def test_owner_module_can_take_unknown_kinds(
    runtime: Runtime, made: MadeWorkspace, tmp_path: Path
) -> None:
    program, nothing = tmp_path / "a.bin", tmp_path / "b.bin"
    program.write_bytes(ELF)
    nothing.touch()
    stored = await service.store_path(
        runtime, program, workspace_id=made.id, actor_id=None, kinds=service.ANY_KIND
    )
    assert stored.kind is Kind.BINARY
    with pytest.raises(FileEmpty):
        await service.store_path(
            runtime, nothing, workspace_id=made.id, actor_id=None, kinds=service.ANY_KIND
        )


async def test_draft_over_its_limit_is_refused_at_once(runtime: Runtime) -> None:
    async with runtime.get(FileStore).draft(limit=10) as draft:
        await draft.write(b"0123456789")
        with pytest.raises(TooLarge):
            await draft.write(b"x")
    assert on_disk(runtime, "incoming") == []


async def test_unknown_file_is_not_found(runtime: Runtime, made: MadeWorkspace) -> None:
    with pytest.raises(FileNotFound):
        await service.open_file(runtime, made.id, made.id)
    async with runtime.db.fast.transaction(made.id) as conn:
        with pytest.raises(FileNotFound):
            await service.delete(conn, made.id)
