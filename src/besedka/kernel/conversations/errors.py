"""What can go wrong with conversations."""

from besedka.core.errors import Conflict, Forbidden, InvalidInput, NotFound, Unavailable


class ChatNotFound(NotFound):
    """There is no such conversation, or not for the caller."""

    code = "chat_not_found"


class MessageNotFound(NotFound):
    """There is no such message, or not for the caller."""

    code = "message_not_found"


class ContactNotFound(NotFound):
    """There is no such contact in this workspace."""

    code = "contact_not_found"


class ContactBlocked(Forbidden):
    """A person inside decided that this contact may not write any more."""

    code = "contact_blocked"


class IdentityTaken(Conflict):
    """Another contact is known under this identity."""

    code = "identity_taken"


class MemberNotFound(NotFound):
    """There is no such person to add or to remove."""

    code = "member_not_found"


class ClientKeyReused(Conflict):
    """The sender used this key for another message."""

    code = "client_key_reused"


class EpochChanged(Conflict):
    """A person took over, or handed back, since the caller looked."""

    code = "epoch_changed"


class NotForMembers(Forbidden):
    """Only the owner of a conversation may do this."""

    code = "not_for_members"


class FixedMembers(Conflict):
    """The participants of such a conversation do not change."""

    code = "fixed_members"


class NotYourMessage(Forbidden):
    """Only its author may change a message; authors, owners of the chat and administrators may delete it."""

    code = "not_your_message"


class MessageChanged(Conflict):
    """The message is not in the version that the caller has looked at; `mod` is the present one."""

    code = "message_changed"


class MessageDeleted(Conflict):
    """The message is deleted, so there is nothing to change."""

    code = "message_deleted"


class EditedTooOften(Conflict):
    """The message was changed `most` times, which is all that is kept."""

    code = "edited_too_often"


class NotAnEmoji(InvalidInput):
    """A reaction is one emoji."""

    code = "not_an_emoji"


class TooManyReactions(Conflict):
    """The message has `most` different reactions already."""

    code = "too_many_reactions"


class TooManyPins(Conflict):
    """The conversation has `most` pinned messages already."""

    code = "too_many_pins"


class EmptyMessage(InvalidInput):
    """There is nothing in the message."""

    code = "empty_message"


class MessageTooLong(InvalidInput):
    """The message has more than `most` characters."""

    code = "message_too_long"


class BadCharacters(InvalidInput):
    """The text has characters that no text holds: NUL, halves of surrogate pairs."""

    code = "bad_characters"


class Crowded(Unavailable):
    """The conversation receives more messages than it can store; trying again later helps."""

    code = "crowded"


class Interrupted(Unavailable):
    """The process ends, and nobody knows whether the message was stored: sending it again with its key is safe."""


class FolderNotFound(NotFound):
    """The caller has no such folder."""

    code = "folder_not_found"


class FolderTaken(Conflict):
    """The caller has another folder of this name."""

    code = "folder_taken"


class TooManyFolders(Conflict):
    """The caller has `most` folders already."""

    code = "too_many_folders"


class LabelNotFound(NotFound):
    """There is no such label."""

    code = "label_not_found"


class LabelTaken(Conflict):
    """There is another label of this name."""

    code = "label_taken"


class TooManyLabels(Conflict):
    """There are `most` labels already."""

    code = "too_many_labels"


class EntityNotFound(NotFound):
    """There is no such thing to link to, or not for the caller."""

    code = "entity_not_found"


class TooManyLinks(Conflict):
    """The conversation is linked to `most` things already."""

    code = "too_many_links"


class NotMerged(NotFound):
    """The contact was not merged into this one in the last 30 days."""

    code = "contact_not_merged"


class SameContact(InvalidInput):
    """A contact cannot be merged with itself."""

    code = "same_contact"


class TeamNotFound(NotFound):
    """There is no such team."""

    code = "team_not_found"


class TeamTaken(Conflict):
    """There is another team of this name."""

    code = "team_taken"


class TooManyTeams(Conflict):
    """There are `most` teams already."""

    code = "too_many_teams"
