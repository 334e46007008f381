"""The hash of a sealed row. Nothing secret goes into it, so that anybody can compute it again from an export.

`hash = SHA-256(previous hash ‖ canonical form)`; before the first row stand 32 zero bytes. The canonical form is a JSON array
in UTF-8, without spaces: version, place, workspace, id, actor, action, type and id of the target, time in UTC with
microseconds, and the detail as PostgreSQL writes its `jsonb` (keys in a fixed order, numbers as they were given).
"""

import hashlib
import json
from datetime import UTC

from besedka.core.ids import WorkspaceId
from besedka.kernel.audit.types import Link

VERSION = "besedka-audit-1"
GENESIS = bytes(32)


def digest(previous: bytes, link: Link, *, workspace: WorkspaceId, place: int) -> bytes:
    """Return the hash of a row at its place."""
    form = (
        VERSION, place, str(workspace), str(link.id), _text(link.actor_id), link.action,
        link.target_type, _text(link.target_id),
        link.created_at.astimezone(UTC).isoformat(timespec="microseconds"), link.detail,
    )  # fmt: skip
    written = json.dumps(form, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(previous + written.encode()).digest()


def _text(value: object) -> str | None:
    return None if value is None else str(value)
