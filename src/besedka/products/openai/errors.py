"""Errors of the endpoint."""

from besedka.core.errors import InvalidInput, NotFound


class ModelNotFound(NotFound):
    """No assistant of the workspace has that id or name."""

    code = "model_not_found"


class OptionUnsupported(InvalidInput):
    """The caller relies on something that an assistant cannot do."""

    code = "option_unsupported"
    status = 400


class QuestionMissing(InvalidInput):
    """There is nothing to answer: the last message is not the user's, or has no text."""

    code = "question_missing"
    status = 400
