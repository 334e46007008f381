"""Errors of files."""

from besedka.core.errors import BesedkaError, Conflict, InvalidInput, NotFound, Unavailable


class FileNotFound(NotFound):
    """There is no such file, or it is somebody else's."""

    code = "file_not_found"


class FileEmpty(InvalidInput):
    """The file has no content."""

    code = "file_empty"


class FileTypeRefused(BesedkaError):
    """Files of this kind are not taken (`kind`)."""

    code = "file_type_refused"
    status = 415


class FileInUse(Conflict):
    """Something stands on the file: delete that."""

    code = "file_in_use"


class BadUpload(BesedkaError):
    """The request is not a form with one file in the part `file` (`reason`)."""

    code = "bad_upload"
    status = 400


class RangeNotSatisfiable(BesedkaError):
    """The range begins behind the file's end."""

    code = "range_not_satisfiable"
    status = 416

    def __init__(self, *, size: int) -> None:
        super().__init__(size=size)
        self.headers["Content-Range"] = f"bytes */{size}"


class ImageRefused(BesedkaError):
    """Pictures of this kind are not taken (`media_type`)."""

    code = "image_refused"
    status = 415


class ImageUnreadable(BesedkaError):
    """The picture cannot be decoded: it is broken, or none."""

    code = "image_unreadable"
    status = 415


class ImageTooLarge(BesedkaError):
    """The picture has more pixels than are taken (`megapixels`)."""

    code = "image_too_large"
    status = 413


class ImageTooLong(BesedkaError):
    """The animation has too many frames for its size."""

    code = "image_too_long"
    status = 413


class QuotaExceeded(BesedkaError):
    """The workspace's files have no room for this one (`quota`, `used`, in bytes; `quota_mb`)."""

    code = "quota_exceeded"
    status = 413


class Infected(BesedkaError):
    """The virus scanner found something in the file (`signature`)."""

    code = "file_infected"
    status = 422


class ScannerAway(Unavailable):
    """The virus scanner does not answer, and files are not taken without it."""

    code = "scanner_away"


class StoreAway(Unavailable):
    """The bucket of the files does not answer, or not us."""

    code = "file_store_away"


class UploadNotFound(NotFound):
    """There is no such upload: it was ended, has expired, or is somebody else's."""

    code = "upload_not_found"


class UploadOffset(Conflict):
    """The piece does not begin where the upload ends (`offset`)."""

    code = "upload_offset"

    def __init__(self, *, offset: int) -> None:
        super().__init__(offset=offset)
        self.headers["Upload-Offset"] = str(offset)


class UploadBusy(BesedkaError):
    """Another request writes to the upload; try again when it has ended."""

    code = "upload_busy"
    status = 423
    permanent = False


class TusVersion(BesedkaError):
    """The sender speaks another version of the upload protocol."""

    code = "tus_version"
    status = 412

    def __init__(self) -> None:
        super().__init__()
        self.headers["Tus-Version"] = "1.0.0"
