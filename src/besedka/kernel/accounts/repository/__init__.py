"""The statements of accounts."""

from uuid import UUID

from besedka.core.ids import WorkspaceId

NOWHERE = WorkspaceId(UUID(int=0))
"""What a connection is pointed at to read only the tables without row security."""
