"""The tenant matrix with the code's filters off: row security alone tells and changes nothing. All of it: tests/torture."""

import pytest

from tests.attacks.rights import PUBLIC, VISITORS
from tests.attacks.stripped import strip, strip_all
from tests.attacks.test_tenants import Siege, guarded, look_for_foreign, siege

__all__ = ["siege"]

SHARE = 8


@pytest.mark.parametrize(
    ("statement", "bare"),
    [
        ("WHERE c.workspace_id = $1 AND c.id = $12", "WHERE $1::uuid IS NOT NULL AND c.id = $12"),
        ('WHERE "widget".workspace_id = $3::UUID', "WHERE $3::uuid IS NOT NULL"),
        ("ON a.workspace_id = m.workspace_id", "ON a.workspace_id = m.workspace_id"),
    ],
)
def test_filter_is_stripped_and_joins_stay(statement: str, bare: str) -> None:
    assert strip(statement) == bare


async def test_row_security_alone_tells_and_changes_nothing(
    siege: Siege, monkeypatch: pytest.MonkeyPatch
) -> None:
    stripped = strip_all(monkeypatch)
    await look_for_foreign(siege, guarded(PUBLIC, VISITORS)[::SHARE])
    assert not siege.breaches, siege.report()
    assert len(stripped) > 10
