"""Widgets of one workspace, through the ORM lane."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from besedka.core.ids import ActorId, WorkspaceId
from besedka.kernel.answers.models import AssistantRow
from besedka.products.widget.models import Widget


class WidgetRepository:
    """Widgets of one workspace, through the ORM lane."""

    def __init__(self, session: AsyncSession, workspace: WorkspaceId) -> None:
        self._session, self._workspace = session, workspace

    def add(self, widget_id: UUID, values: Mapping[str, object]) -> Widget:
        """Store a new widget at the end of the transaction."""
        made = Widget(workspace_id=self._workspace, id=widget_id, **values)
        self._session.add(made)
        return made

    async def ensure(self, widget_id: UUID, values: Mapping[str, object]) -> None:
        """Store a widget unless it is there; waits for whoever is storing it."""
        key = {"workspace_id": self._workspace, "id": widget_id}
        await self._session.execute(
            insert(Widget)
            .values(**key, **values)
            .on_conflict_do_nothing(index_elements=[Widget.workspace_id, Widget.id])
        )

    async def of_assistant(self, assistant_id: ActorId) -> list[Widget]:
        """Return the widgets of an assistant, oldest first."""
        found = await self._session.scalars(
            select(Widget)
            .where(Widget.workspace_id == self._workspace, Widget.assistant_id == assistant_id)
            .order_by(Widget.created_at, Widget.id)
        )
        return list(found)

    async def all(self) -> list[Widget]:
        """Return the widgets of the workspace, oldest first."""
        found = await self._session.scalars(
            select(Widget)
            .where(Widget.workspace_id == self._workspace, _is_there())
            .order_by(Widget.created_at, Widget.id)
        )
        return list(found)

    async def find(self, widget_id: UUID) -> Widget | None:
        """Return a widget."""
        return await self._session.scalar(
            select(Widget).where(
                Widget.workspace_id == self._workspace, Widget.id == widget_id, _is_there()
            )
        )


def _is_there() -> ColumnElement[bool]:
    """Leave out widgets whose assistant lies in the trash."""
    return exists().where(
        AssistantRow.workspace_id == Widget.workspace_id,
        AssistantRow.id == Widget.assistant_id,
        AssistantRow.deleted_at.is_(None),
    )
