"""Tables of files."""

from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from besedka.core.db.models import Base, Tenant


class FileBlob(Tenant, Base):
    """Content, once per workspace. `refs` counts its files; its key is never used for other bytes."""

    __tablename__ = "file_blob"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id"], ["workspace.id"], ondelete="CASCADE"),
        Index("uq_file_blob_sha256", "workspace_id", "sha256", unique=True),
        CheckConstraint("refs > 0", name="refs_positive"),
    )

    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    size: Mapped[int] = mapped_column(BigInteger)
    key: Mapped[str] = mapped_column(unique=True)
    refs: Mapped[int]


class File(Tenant, Base):
    """A named file of somebody."""

    __tablename__ = "file"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id"], ["workspace.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(
            ["workspace_id", "blob_id"], ["file_blob.workspace_id", "file_blob.id"]
        ),
        ForeignKeyConstraint(
            ["workspace_id", "uploader_id"],
            ["actor.workspace_id", "actor.id"],
            ondelete="SET NULL (uploader_id)",
        ),
        Index("ix_file_blob", "workspace_id", "blob_id"),
        Index("ix_file_uploader", "workspace_id", "uploader_id"),
    )

    blob_id: Mapped[UUID]
    name: Mapped[str]
    kind: Mapped[str]
    media_type: Mapped[str]
    uploader_id: Mapped[UUID | None]
