"""What can go wrong with assistants and dialogs."""

from besedka.core.errors import Conflict, NotFound


class AssistantNotFound(NotFound):
    """There is no such assistant here."""

    code = "assistant_not_found"


class DialogTaken(Conflict):
    """Another person answers this dialog (`name`)."""

    code = "dialog_taken"
