"""What can go wrong in a chat with a model."""

from besedka.core.errors import BesedkaError, Conflict, Forbidden, InvalidInput, NotFound


class ChatBusy(Conflict):
    """An answer is being made in this chat: wait for it or stop it."""

    code = "chat_busy"


class ModelNotUsable(InvalidInput):
    """None of the providers that the caller may use has this model."""

    code = "model_not_usable"

    def __init__(self) -> None:
        super().__init__(field="model")


class TurnNotFound(NotFound):
    """There is no such question or answer in this chat."""

    code = "turn_not_found"


class ShareNotFound(NotFound):
    """There is no such link, or it has expired or was taken back."""

    code = "share_not_found"


class NothingToShare(Conflict):
    """A chat without a word, or one that is temporary, cannot be shared."""

    code = "nothing_to_share"


class TooManyShares(Conflict):
    """There are `most` links already."""

    code = "too_many_shares"


class NoAnswer(NotFound):
    """Nothing has been asked in this chat yet, so that there is nothing to follow."""

    code = "no_answer"


class AnswerInterrupted(BesedkaError):
    """The server was interrupted while it made the answer, twice."""

    code = "answer_interrupted"
    status = 503
    permanent = False


class AnswerEmpty(BesedkaError):
    """The model said nothing."""

    code = "answer_empty"
    status = 502
    permanent = False


class SummaryNotFound(NotFound):
    """There is no summary of what was said until this message."""

    code = "ai_summary_not_found"


class PromptNotFound(NotFound):
    """There is no such prompt among the shared ones and one's own."""

    code = "ai_prompt_not_found"


class PromptNotYours(Forbidden):
    """A shared prompt is changed by its author or an administrator."""

    code = "ai_prompt_not_yours"


class TooManyPrompts(Conflict):
    """The library is full (`most`)."""

    code = "ai_prompts_full"


class ValueMissing(InvalidInput):
    """A variable of the prompt has no value (`name`)."""

    code = "ai_prompt_value_missing"

    def __init__(self, name: str) -> None:
        super().__init__(field="values", name=name)


class ImportNotFound(NotFound):
    """There is no such import of one's own."""

    code = "ai_import_not_found"


class ImportUnreadable(InvalidInput):
    """The file has no chats that are known how to be read."""

    code = "ai_import_unreadable"


class ImportTooLarge(InvalidInput):
    """The file, or a chat in it, is larger than what is read."""

    code = "ai_import_too_large"
