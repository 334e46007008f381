"""The repositories without their own filters: `workspace_id = $n` is true whatever it says, and only row security is left."""

import re
from collections.abc import Awaitable, Callable

import asyncpg
import pytest

from besedka.core.db.connection import TenantConn
from tests.attacks.test_row_security import OPEN

_OPEN = re.compile(rf"\b(?:{'|'.join(OPEN)})\b")
"""Tables outside row security, of which the code's filter is the only one."""
_FILTER = re.compile(
    r'(?:"?\w+"?\.)?"?workspace_id"?\s*=\s*(\$\d+)(?:::uuid)?(?!\d)', re.IGNORECASE
)

Prepare = Callable[..., Awaitable[object]]


def strip(statement: str) -> str:
    """Return a statement whose filters on the workspace let everything through; its parameters stay."""
    return _FILTER.sub(r"\1::uuid IS NOT NULL", statement)


def strip_all(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Strip every statement of the application's role from now on; returns those that were, as they come."""
    prepare: Prepare = asyncpg.Connection._get_statement
    stripped: set[str] = set()

    async def prepare_stripped(
        self: asyncpg.Connection, query: str, *args: object, **kwargs: object
    ) -> object:
        # The driver's metaclass says of every connection that it is an instance.
        ours = issubclass(type(self), TenantConn) and _OPEN.search(query) is None
        bare = strip(query) if ours else query
        if bare != query:
            stripped.add(query)
        return await prepare(self, bare, *args, **kwargs)

    monkeypatch.setattr(asyncpg.Connection, "_get_statement", prepare_stripped)
    return stripped
