"""`besedka audit`: what it says and how it ends."""

from pathlib import Path

from besedka.core.runtime import Runtime
from besedka.kernel.audit import service as audit
from tests.cli.shell import Shell
from tests.factories import MadeWorkspace, make_workspace


async def sealed_company(runtime: Runtime) -> MadeWorkspace:
    place = await make_workspace(runtime)
    async with runtime.db.fast.transaction(place.id) as conn:
        for _ in range(3):
            await audit.record(conn, actor_id=place.owner.actor_id, action="thing.update")
        await audit.seal(conn)
    return place


async def test_untouched_chain_ends_well(runtime: Runtime, shell: Shell) -> None:
    place = await sealed_company(runtime)
    said = await shell.besedka("audit", "verify", "--workspace", place.slug)
    assert said.status == 0, said.text
    assert "records checked in 1 chain(s): untouched" in said.text


async def test_changed_record_is_named_and_ends_badly(
    runtime: Runtime, shell: Shell, tmp_path: Path
) -> None:
    place = await sealed_company(runtime)
    anchored = await shell.besedka("audit", "anchor", "--workspace", place.slug)
    kept = tmp_path / "anchor.txt"
    kept.write_text(anchored.text)
    async with runtime.db.system.acquire() as conn:
        await conn.execute(
            "UPDATE audit_event SET action = 'thing.remove' WHERE workspace_id = $1 AND place = 2",
            place.id,
        )
    said = await shell.besedka("audit", "verify", "--workspace", place.slug, "--anchor", str(kept))
    assert said.status == 1, said.text
    assert "record 2 (" in said.text
    assert "was changed after it was sealed" in said.text


async def test_file_without_anchors_is_refused(
    runtime: Runtime, shell: Shell, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong.txt"
    wrong.write_text("no anchor\n")
    said = await shell.besedka("audit", "verify", "--anchor", str(wrong))
    assert (said.status, "is no anchor" in said.text) == (1, True)
