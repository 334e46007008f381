"""Two workspaces, and the wall between them."""

from besedka.core.runtime import Runtime
from tests.factories import make_person, make_workspace


async def test_row_security_alone_hides_the_other_workspace(runtime: Runtime) -> None:
    ours, theirs = await make_workspace(runtime), await make_workspace(runtime)
    await make_person(runtime, theirs)
    async with runtime.db.fast.acquire(ours.workspace_id) as conn:
        for table in ("actor", "membership"):
            seen = await conn.fetch(f"SELECT DISTINCT workspace_id FROM {table}")
            assert [row["workspace_id"] for row in seen] == [ours.workspace_id]
            changed = await conn.execute(
                f"UPDATE {table} SET workspace_id = workspace_id WHERE workspace_id = $1",
                theirs.workspace_id,
            )
            assert changed == "UPDATE 0"
