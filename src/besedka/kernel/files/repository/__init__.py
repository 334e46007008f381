"""SQL of files. Locks: the row of the workspace's room first, then a blob's, then the file's."""

from besedka.kernel.files.repository.resumable import (
    ResumableRepository,
    delete_expired,
    delete_of,
    unknown_uploads,
)
from besedka.kernel.files.repository.space import SpaceRepository
from besedka.kernel.files.repository.stored import (
    FileRepository,
    all_keys,
    expired_files,
    forget_uploader,
    list_of,
    unknown_keys,
    unused_files,
)

__all__ = [
    "FileRepository",
    "ResumableRepository",
    "SpaceRepository",
    "all_keys",
    "delete_expired",
    "delete_of",
    "expired_files",
    "forget_uploader",
    "list_of",
    "unknown_keys",
    "unknown_uploads",
    "unused_files",
]
