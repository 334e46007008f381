"""Errors of the help."""

from besedka.core.errors import Conflict


class NothingSaid(Conflict):
    """The visitor has said nothing yet that could be summed up or answered."""

    code = "nothing_said"


class NoAssistant(Conflict):
    """The workspace has no assistant, so there are no documents to reply from."""

    code = "no_assistant"
