"""Errors of files."""

from besedka.core.errors import BesedkaError, Conflict, InvalidInput, NotFound


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
