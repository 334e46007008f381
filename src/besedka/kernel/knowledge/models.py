"""Tables of knowledge."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Connection,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    Table,
    Text,
    Uuid,
    event,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from besedka.core.db.models import Base, Tenant

# New keys wait in a list that searches read too: long enough to be sorted in bulk, short enough to be read in passing.
_PENDING = {"gin_pending_list_limit": "1024"}
_ZERO, _FALSE = text("0"), text("false")


class CollectionRow(Tenant, Base):
    """A body of knowledge, with the sums that ranking needs."""

    __tablename__ = "collection"

    name: Mapped[str]
    chunks: Mapped[int] = mapped_column(server_default=text("0"))
    words: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    """The sum of the chunks' lengths."""
    vocabulary: Mapped[int] = mapped_column(server_default=text("0"))
    """Counts removals from `word`: what a process remembers of the vocabulary holds while this stands still."""
    checked_at: Mapped[datetime | None]
    """When its passages were last compared with each other."""
    deleted_at: Mapped[datetime | None]
    """Since when it is listed nowhere; its documents lie in the trash. One that is there for a moment is so from the beginning."""

    __table_args__ = (ForeignKeyConstraint(["workspace_id"], ["workspace.id"], ondelete="CASCADE"),)


class SourceRow(Tenant, Base):
    """A file, page, text or question-answer pair."""

    __tablename__ = "source"

    collection_id: Mapped[UUID]
    kind: Mapped[str]
    title: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="queued")
    progress: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    error: Mapped[dict[str, Any] | None]
    notices: Mapped[list[Any]] = mapped_column(server_default=text("'[]'::jsonb"))
    chars: Mapped[int] = mapped_column(server_default=text("0"))
    chunks: Mapped[int] = mapped_column(server_default=text("0"))
    words: Mapped[int] = mapped_column(server_default=text("0"))
    file_id: Mapped[UUID | None]
    url: Mapped[str | None]
    question: Mapped[str | None]
    body: Mapped[str | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    indexed_at: Mapped[datetime | None]
    parent_id: Mapped[UUID | None]
    """The site that a page is of."""
    done: Mapped[int] = mapped_column(server_default=text("0"))
    total: Mapped[int] = mapped_column(server_default=text("0"))
    refresh_hours: Mapped[int | None]
    refresh_at: Mapped[datetime | None]
    hash: Mapped[bytes | None]
    """Of what was read of an address: what has not changed is not indexed again."""
    deleted_at: Mapped[datetime | None]
    """Since when it lies in the trash, where no search finds it; its pages lie there with it."""
    found: Mapped[int] = mapped_column(server_default=text("0"))
    """How many times answers had passages of it before them; of a site, those of its pages."""
    found_at: Mapped[datetime | None]

    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "collection_id"],
            ["collection.workspace_id", "collection.id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["workspace_id", "parent_id"],
            ["source.workspace_id", "source.id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(["workspace_id", "file_id"], ["file.workspace_id", "file.id"]),
        Index("ix_source_collection", "workspace_id", "collection_id", "id"),
        Index(
            "ix_source_unfinished", "updated_at",
            postgresql_where=text("state IN ('queued', 'working')"),
        ),
        Index(
            "ix_source_parent", "workspace_id", "parent_id",
            postgresql_where=text("parent_id IS NOT NULL"),
        ),
        Index(
            "ix_source_refresh", "refresh_at", postgresql_where=text("refresh_at IS NOT NULL"),
        ),
        Index(
            "ix_source_deleted", "deleted_at", postgresql_where=text("deleted_at IS NOT NULL"),
        ),
    )  # fmt: skip


@event.listens_for(SourceRow.__table__, "after_create")
def _leave_bodies_uncompressed(_table: Table, connection: Connection, **_options: object) -> None:
    """Compressing a typed text would take longer than the rest of making it searchable."""
    connection.exec_driver_sql("ALTER TABLE source ALTER body SET STORAGE EXTERNAL")


class SiteRow(Tenant, Base):
    """What is known of a source that is a site; it has the source's id.

    A *round* visits every page once. Its work is cut into *parts*, jobs of half a minute, which follow each other.
    """

    __tablename__ = "site"

    include: Mapped[list[str]] = mapped_column(ARRAY(Text))
    exclude: Mapped[list[str]] = mapped_column(ARRAY(Text))
    max_pages: Mapped[int]
    max_depth: Mapped[int]
    is_preview: Mapped[bool]
    is_visiting: Mapped[bool] = mapped_column(server_default=text("false"))
    part: Mapped[int] = mapped_column(server_default=text("0"))
    began_at: Mapped[datetime | None]
    fetched: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    """Bytes, in this round."""
    failures: Mapped[int] = mapped_column(server_default=text("0"))
    """Pages that followed each other and could not be reached."""
    robots: Mapped[bytes | None]
    """The robots.txt of this round, once sitemaps have been read too."""

    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "id"], ["source.workspace_id", "source.id"], ondelete="CASCADE"
        ),
    )


class SitePageRow(Tenant, Base):
    """An address of a site; where it was indexed, the source of its passages has the same id."""

    __tablename__ = "site_page"

    site_id: Mapped[UUID]
    url: Mapped[str]
    title: Mapped[str] = mapped_column(server_default="")
    state: Mapped[str] = mapped_column(server_default="waiting")
    depth: Mapped[int] = mapped_column(SmallInteger)
    tries: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    missed: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    etag: Mapped[str] = mapped_column(server_default="")
    modified: Mapped[str] = mapped_column(server_default="")
    changed_at: Mapped[datetime | None]
    """What the sitemap says of its last change."""
    visited_at: Mapped[datetime | None]
    hash: Mapped[bytes | None]
    """Of its main text, where that is indexed."""
    error: Mapped[dict[str, Any] | None]

    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "site_id"], ["site.workspace_id", "site.id"], ondelete="CASCADE"
        ),
        Index("uq_site_page_url", "workspace_id", "site_id", "url", unique=True),
        Index("ix_site_page_hash", "workspace_id", "site_id", "hash"),
    )


class ChunkRow(Tenant, Base):
    """A passage of a source."""

    __tablename__ = "chunk"

    source_id: Mapped[UUID]
    ordinal: Mapped[int]
    text: Mapped[str]
    heading: Mapped[list[str]] = mapped_column(ARRAY(Text))
    page: Mapped[int | None]
    is_off: Mapped[bool] = mapped_column(server_default=_FALSE)
    """Its owner wants it not to be found: it has no posting."""
    original: Mapped[str | None]
    """What the source says in its place, where its owner wrote something else."""
    edited_at: Mapped[datetime | None]
    found: Mapped[int] = mapped_column(server_default=_ZERO)
    """How many answers had it before them, and how many cited it."""
    cited: Mapped[int] = mapped_column(server_default=_ZERO)
    found_at: Mapped[datetime | None]

    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "source_id"], ["source.workspace_id", "source.id"], ondelete="CASCADE"
        ),
        Index("uq_chunk_ordinal", "workspace_id", "source_id", "ordinal", unique=True),
    )


class PassageUseRow(Tenant, Base):
    """Passages that one answer had before it and cited, until they are added up on their rows."""

    __tablename__ = "passage_use"

    found: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    cited: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))

    __table_args__ = (ForeignKeyConstraint(["workspace_id"], ["workspace.id"], ondelete="CASCADE"),)


class DuplicateRow(Tenant, Base):
    """A passage, by its id, that says nearly the same as an earlier one; `likeness` in percent."""

    __tablename__ = "duplicate"

    twin_id: Mapped[UUID]
    likeness: Mapped[int] = mapped_column(SmallInteger)

    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "id"], ["chunk.workspace_id", "chunk.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(
            ["workspace_id", "twin_id"], ["chunk.workspace_id", "chunk.id"], ondelete="CASCADE"
        ),
        Index("ix_duplicate_twin", "workspace_id", "twin_id"),
    )


class SourceVersionRow(Tenant, Base):
    """What a source said before it was read anew: its passages with their headings and pages."""

    __tablename__ = "source_version"

    source_id: Mapped[UUID]
    title: Mapped[str]
    chars: Mapped[int]
    chunks: Mapped[int]
    passages: Mapped[list[Any]]

    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "source_id"], ["source.workspace_id", "source.id"], ondelete="CASCADE"
        ),
        Index("ix_source_version_source", "workspace_id", "source_id", "id"),
        Index("ix_source_version_created", "created_at"),
    )


class PostingRow(Base):
    """What the search index knows of one chunk: the keys of its lexemes and how often each occurs.

    `counts` has a byte for each key. A key belongs to one collection (`service.keys`), so one index serves all workspaces and a search never
    walks through foreign passages. Rows are narrow on purpose: counting a common word visits many of them.
    """

    __tablename__ = "posting"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    chunk_id: Mapped[UUID] = mapped_column(primary_key=True)
    keys: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    counts: Mapped[bytes]
    length: Mapped[int]

    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "chunk_id"], ["chunk.workspace_id", "chunk.id"], ondelete="CASCADE"
        ),
        Index("ix_posting_keys", "keys", postgresql_using="gin", postgresql_with=_PENDING),
    )


class WordRow(Base):
    """A lexeme that occurs in a collection: what a misspelt word may mean, and which words are of one family.

    `spelling` is one of the words that it stands for.
    """

    __tablename__ = "word"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    collection_id: Mapped[UUID] = mapped_column(primary_key=True)
    lexeme: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    spelling: Mapped[str]

    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "collection_id"],
            ["collection.workspace_id", "collection.id"],
            ondelete="CASCADE",
        ),
        # The key finds lexemes by their beginning, this finds them by their end.
        Index("ix_word_end", "workspace_id", "collection_id", func.reverse(lexeme)),
    )
