"""What can go wrong in the inbox."""

from besedka.core.errors import Conflict, NotFound


class OperatorNotFound(NotFound):
    """There is nobody of this id who answers visitors."""

    code = "operator_not_found"


class WrongState(Conflict):
    """The dialog is in a state in which this cannot be done; somebody else may have changed it."""

    code = "wrong_state"


class NoAssistant(Conflict):
    """There is no assistant in the dialog to whom it could be given back."""

    code = "no_assistant_here"


class DialogExists(Conflict):
    """The contact has an unresolved dialog (`dialog`) already."""

    code = "dialog_exists"


class ViewNotFound(NotFound):
    """There is no such saved view, or not for the caller."""

    code = "view_not_found"


class TooManyViews(Conflict):
    """There are `most` saved views already."""

    code = "too_many_views"
