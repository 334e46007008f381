"""What can go wrong with assistants and dialogs."""

from besedka.core.errors import Conflict, NotFound


class AssistantNotFound(NotFound):
    """There is no such assistant here."""

    code = "assistant_not_found"


class AssistantArchived(Conflict):
    """The assistant was put away, and answers nobody."""

    code = "assistant_archived"


class DialogTaken(Conflict):
    """Another person answers this dialog (`name`)."""

    code = "dialog_taken"


class VersionNotFound(NotFound):
    """The assistant has no such version of its prompt."""

    code = "prompt_version_not_found"


class NoDraft(Conflict):
    """No changes wait to be published."""

    code = "no_draft"


class CollectionInUse(Conflict):
    """Assistants answer from this collection (`count`)."""

    code = "collection_in_use"


class CollectionNameTaken(Conflict):
    """Another collection that assistants share has this `name`."""

    code = "collection_name_taken"


class CollectionIsOwn(Conflict):
    """The collection is an assistant's own: it has the assistant's name and stays as long as the assistant."""

    code = "collection_is_own"
