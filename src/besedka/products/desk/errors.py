"""What can go wrong with ready replies and macros."""

from besedka.core.errors import Conflict, Forbidden, InvalidInput, NotFound


class CannedNotFound(NotFound):
    """There is no such ready reply, or it is somebody else's."""

    code = "canned_not_found"


class CannedTaken(Conflict):
    """There is a ready reply of this name already."""

    code = "canned_taken"


class CannedEmpty(InvalidInput):
    """A ready reply says something in at least one language."""

    code = "canned_empty"


class UnknownVariable(InvalidInput):
    """The text has a variable that does not exist (`name`); `known` are those that do."""

    code = "canned_unknown_variable"


class TooManyCanned(Conflict):
    """There are `most` ready replies already."""

    code = "canned_too_many"


class NobodyToReturnTo(Conflict):
    """No assistant takes part in the dialog who answers: there is none, or it was put away."""

    code = "desk_nobody_to_return_to"


class NotForSharing(Forbidden):
    """Only administrators change what all operators use."""

    code = "desk_not_for_sharing"


class BadTable(InvalidInput):
    """The table cannot be read: `line` says where, 0 for the whole."""

    code = "canned_bad_table"


class MacroNotFound(NotFound):
    """There is no such macro."""

    code = "macro_not_found"


class MacroTaken(Conflict):
    """There is a macro of this name already."""

    code = "macro_taken"


class TooManyMacros(Conflict):
    """There are `most` macros already."""

    code = "macro_too_many"


class UnknownStep(InvalidInput):
    """A macro has a step that does not exist (`do`), or one that lacks what it is done with."""

    code = "macro_unknown_step"
