"""What can go wrong with a model. `kind` is the class that callers decide by, `permanent` whether a retry is vain.

No text here may hold a key: `detail` is the provider's sentence after `wires.failures` cleaned it.
"""

from enum import StrEnum
from typing import ClassVar

from besedka.core.errors import BesedkaError, Conflict, InvalidInput, NotFound
from besedka.kernel.llm.types import Usage


class ErrorKind(StrEnum):
    """The classes of failures, the same for every provider."""

    AUTH = "auth"
    RATE_LIMIT = "rate_limit"
    CONTEXT_TOO_LONG = "context_too_long"
    OVERLOADED = "overloaded"
    REFUSED = "refused"
    CUT_MID_STREAM = "cut_mid_stream"
    BAD_REQUEST = "bad_request"
    MODEL_NOT_FOUND = "model_not_found"
    UNREACHABLE = "unreachable"
    UNKNOWN = "unknown"


class NoProvider(Conflict):
    """Nobody has set up a provider of models: neither the workspace nor the installation."""

    code = "no_provider"


class NoEmbeddingModel(Conflict):
    """There is a provider, and no model for vectors has been chosen."""

    code = "no_embedding_model"


class FolderMissing(InvalidInput):
    """Yandex wants the id of a folder beside the model, and none was given."""

    code = "folder_missing"

    def __init__(self) -> None:
        super().__init__(field="folder")


class ServerNotFound(NotFound):
    """There is no such server of models."""

    code = "server_not_found"


class NameTaken(Conflict):
    """Another server of models has this name."""

    code = "server_name_taken"


class NoModelChosen(InvalidInput):
    """A server of models was to be connected without any model."""

    code = "no_model_chosen"

    def __init__(self) -> None:
        super().__init__(field="models")


class NothingListens(BesedkaError):
    """Nothing that speaks like a server of models answers at an address (`address`)."""

    code = "no_model_server"
    status = 422


class LookingNotAllowed(Conflict):
    """No setting allows servers of models on this machine."""

    code = "local_models_off"


class NoMember(NotFound):
    """A model was to be limited to somebody who is no member."""

    code = "no_member"


class LlmError(BesedkaError):
    """A call of a model failed.

    `detail` is the provider's sentence, for logs and the owner of the key; `provider_status` its
    HTTP status, 0 without one; `retry_after` seconds when it asked to wait. After a part of the
    answer had been given, `usage` is what that part took, else None.
    """

    code = "llm_unknown"
    status = 502
    kind: ClassVar[ErrorKind] = ErrorKind.UNKNOWN

    def __init__(
        self, detail: str = "", *, provider_status: int = 0, retry_after: float | None = None
    ) -> None:
        super().__init__()
        self.detail = detail
        self.provider_status = provider_status
        self.retry_after = retry_after
        self.usage: Usage | None = None

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}" if self.detail else self.code


class AuthFailed(LlmError):
    """The provider does not accept the key, or the key may not do this."""

    code = "llm_auth"
    kind = ErrorKind.AUTH


class RateLimit(LlmError):
    """Too many requests or tokens for the moment."""

    code = "llm_rate_limit"
    status = 503
    kind = ErrorKind.RATE_LIMIT
    permanent = False


class QuotaExhausted(RateLimit):
    """The account with the provider is empty or at its limit: waiting does not help."""

    code = "llm_quota"
    permanent = True


class ContextTooLong(LlmError):
    """The request has more tokens than the model takes: trim it and ask again."""

    code = "llm_context_too_long"
    status = 422
    kind = ErrorKind.CONTEXT_TOO_LONG


class Overloaded(LlmError):
    """The provider is overloaded or broken for the moment."""

    code = "llm_overloaded"
    status = 503
    kind = ErrorKind.OVERLOADED
    permanent = False


class Refused(LlmError):
    """The provider's content rules do not allow the request or the answer."""

    code = "llm_refused"
    status = 422
    kind = ErrorKind.REFUSED


class CutMidStream(LlmError):
    """The answer broke off before its end."""

    code = "llm_cut_mid_stream"
    kind = ErrorKind.CUT_MID_STREAM
    permanent = False


class BadRequest(LlmError):
    """The provider cannot work with the request."""

    code = "llm_bad_request"
    kind = ErrorKind.BAD_REQUEST


class ModelNotFound(LlmError):
    """The provider has no such model, or not for this key."""

    code = "llm_model_not_found"
    kind = ErrorKind.MODEL_NOT_FOUND


class ProviderUnreachable(LlmError):
    """No answer from the provider's address: name, network, TLS, silence or the address rule."""

    code = "llm_unreachable"
    kind = ErrorKind.UNREACHABLE
    permanent = False


class ProviderRefusedAddress(ProviderUnreachable):
    """The provider's address is one that this server may not or cannot speak to; it has to be changed."""

    code = "llm_bad_address"
    status = 422
    permanent = True


class NotOffered(LlmError):
    """What the provider's kind cannot do at all, whatever the model."""

    code = "llm_not_offered"
    status = 422
    kind = ErrorKind.BAD_REQUEST


class UnknownFailure(LlmError):
    """The provider answered in a way that we do not understand."""
