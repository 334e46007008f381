"""What can go wrong with a widget."""

from besedka.core.errors import Conflict, Forbidden, InvalidInput, NotFound, Unauthenticated


class WidgetNotFound(NotFound):
    """There is no widget of this key."""

    code = "widget_not_found"


class OriginNotAllowed(Forbidden):
    """The widget may not be used on this site (`origin`)."""

    code = "origin_not_allowed"


class VisitorUnknown(Unauthenticated):
    """The visitor's token is not known: begin a session anew."""

    code = "visitor_unknown"


class BadSite(InvalidInput):
    """What was typed is no site (`site`)."""

    code = "widget_bad_site"


class FormRequired(Conflict):
    """The form before the first message has to be filled in first."""

    code = "form_required"


class FormIncomplete(InvalidInput):
    """Something that the form asks for is missing or cannot be (`field`)."""

    code = "form_incomplete"


class LooksAutomatic(InvalidInput):
    """The form was filled in as programs do it: too fast, or in a field that people do not see."""

    code = "looks_automatic"


class ProofNeeded(Forbidden):
    """Too many new dialogs arrive: solve the puzzle first (`challenge`, `bits`)."""

    code = "proof_needed"


class ProofWrong(InvalidInput):
    """The puzzle's solution is wrong, late or somebody else's."""

    code = "proof_wrong"


class IdentityOff(Forbidden):
    """The widget has no secret: nobody can sign who its visitors are."""

    code = "identity_off"


class IdentityForged(Forbidden):
    """The token was not signed with this widget's secret, or says too little."""

    code = "identity_forged"


class IdentityExpired(Forbidden):
    """The token has expired, or lasts longer than an hour."""

    code = "identity_expired"


class IdentityUsed(Forbidden):
    """A token with this `jti` was shown before."""

    code = "identity_used"


class ContactOff(Conflict):
    """The widget takes no contacts, or nobody waits for a person in this dialog."""

    code = "contact_off"


class TranscriptOff(Conflict):
    """The widget sends no transcripts, or there is nothing to send."""

    code = "transcript_off"


class FilesOff(Conflict):
    """The widget takes no files."""

    code = "files_off"
