"""Errors of the endpoint."""

from besedka.core.errors import InvalidInput, NotFound


class ModelNotFound(NotFound):
    """Neither an assistant of the workspace nor its embedding model has that id or name."""

    code = "model_not_found"


class OptionUnsupported(InvalidInput):
    """The caller relies on something that an assistant cannot do."""

    code = "option_unsupported"
    status = 400


class QuestionMissing(InvalidInput):
    """There is nothing to answer: the last message is not the user's, or has no text."""

    code = "question_missing"
    status = 400


class TokensUnsupported(InvalidInput):
    """The texts came as numbers of tokens, which only mean something to one model."""

    code = "tokens_unsupported"
    status = 400


class InputEmpty(InvalidInput):
    """There is no text to embed, or one of the texts is empty."""

    code = "input_empty"
    status = 400


class InputTooLong(InvalidInput):
    """All texts together are longer than one request may be (`limit`, in characters)."""

    code = "input_too_long"
    status = 400
