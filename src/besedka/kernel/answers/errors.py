"""What can go wrong with assistants and dialogs."""

from besedka.core.errors import Conflict, NotFound


class AssistantNotFound(NotFound):
    """There is no such assistant here."""

    code = "assistant_not_found"


class DialogTaken(Conflict):
    """Another person answers this dialog (`name`)."""

    code = "dialog_taken"


class VersionNotFound(NotFound):
    """The assistant has no such version of its prompt."""

    code = "prompt_version_not_found"


class NoDraft(Conflict):
    """No changes wait to be published."""

    code = "no_draft"
