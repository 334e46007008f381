"""Errors of extraction, all of them permanent: the same file would fail again."""

from besedka.core.errors import BesedkaError
from besedka.kernel.knowledge.extraction.refusal import Reason


class ExtractionError(BesedkaError):
    """The text of a document cannot be had."""

    code = "document_broken"
    status = 422
    permanent = True


class DocumentEncrypted(ExtractionError):
    """It is protected by a password or encrypted."""

    code = "document_encrypted"


class DocumentBroken(ExtractionError):
    """It is damaged, or not what it claims to be."""


class DocumentEmpty(ExtractionError):
    """There is no text in it."""

    code = "document_empty"


class DocumentScanned(ExtractionError):
    """Its pages are pictures without a text layer."""

    code = "document_scanned"


class DocumentGarbled(ExtractionError):
    """Its text layer does not say what its pages show."""

    code = "document_garbled"


class DocumentUnsupported(ExtractionError):
    """It is of a kind that is not read."""

    code = "document_unsupported"


class DocumentTooLarge(ExtractionError):
    """It is too large, or unfolds to far more than its size."""

    code = "document_too_large"


class DocumentTimeout(ExtractionError):
    """Reading it took too long."""

    code = "document_timeout"


class DocumentOutOfMemory(ExtractionError):
    """Reading it took too much memory."""

    code = "document_out_of_memory"


class ImageNeedsModel(ExtractionError):
    """It is a picture; only a model could read it."""

    code = "document_image_needs_model"


_BY_REASON: dict[Reason, type[ExtractionError]] = {
    Reason.ENCRYPTED: DocumentEncrypted,
    Reason.BROKEN: DocumentBroken,
    Reason.EMPTY: DocumentEmpty,
    Reason.SCANNED: DocumentScanned,
    Reason.GARBLED: DocumentGarbled,
    Reason.UNSUPPORTED: DocumentUnsupported,
    Reason.TOO_LARGE: DocumentTooLarge,
    Reason.TIMEOUT: DocumentTimeout,
    Reason.OUT_OF_MEMORY: DocumentOutOfMemory,
    Reason.IMAGE_NEEDS_MODEL: ImageNeedsModel,
}


def error_for(reason: Reason) -> ExtractionError:
    """Return the error of a reason."""
    return _BY_REASON[reason]()
