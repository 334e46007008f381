"""Tables of files."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from besedka.core.db.models import Base, Created, Tenant


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
    width: Mapped[int | None]
    height: Mapped[int | None]
    placeholder: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The blurred look of a picture, as a ThumbHash."""
    duration_ms: Mapped[int | None] = mapped_column(BigInteger)
    scan: Mapped[str] = mapped_column(server_default="off")


class FileVariant(Tenant, Base):
    """A smaller copy of a picture; it goes with the content that it shows."""

    __tablename__ = "file_variant"
    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "blob_id"],
            ["file_blob.workspace_id", "file_blob.id"],
            ondelete="CASCADE",
        ),
        Index("uq_file_variant_name", "workspace_id", "blob_id", "name", unique=True),
    )

    blob_id: Mapped[UUID]
    name: Mapped[str]
    media_type: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    size: Mapped[int] = mapped_column(BigInteger)
    key: Mapped[str] = mapped_column(unique=True)


class FileSpace(Created, Base):
    """What a workspace's content takes on the disk, smaller copies included, counted with every change."""

    __tablename__ = "file_space"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id"], ["workspace.id"], ondelete="CASCADE"),
        CheckConstraint("used_bytes >= 0", name="used_not_negative"),
    )

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    used_bytes: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    quota_bytes: Mapped[int | None] = mapped_column(BigInteger)
    keep_days: Mapped[int | None]


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


class FileResumable(Tenant, Base):
    """An upload that comes in pieces; its bytes wait on the disk under its id. `file_id` once it is a file."""

    __tablename__ = "file_resumable"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id"], ["workspace.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(
            ["workspace_id", "actor_id"],
            ["actor.workspace_id", "actor.id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["workspace_id", "file_id"], ["file.workspace_id", "file.id"], ondelete="CASCADE"
        ),
        Index("ix_file_resumable_actor", "workspace_id", "actor_id"),
        Index("ix_file_resumable_file", "workspace_id", "file_id"),
        Index("ix_file_resumable_expires", "expires_at"),
    )

    actor_id: Mapped[UUID]
    name: Mapped[str]
    length: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[datetime]
    file_id: Mapped[UUID | None]
