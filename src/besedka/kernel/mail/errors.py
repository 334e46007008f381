"""Errors of mail."""

from besedka.core.errors import BesedkaError, InvalidInput, NotFound


class BadAddress(InvalidInput):
    """Not an address that a letter can be sent to."""

    code = "bad_address"


class BadLetter(InvalidInput):
    """The subject has a line break or another control character in it: a header could be smuggled in."""

    code = "bad_letter"


class BadMailServer(InvalidInput):
    """The mail server's address cannot be read (`reason`)."""

    code = "bad_mail_server"


class LetterNotFound(NotFound):
    """There is no such letter."""

    code = "letter_not_found"


class LetterRefused(BesedkaError):
    """The mail server will not take this letter, now or later (`reason` in its words)."""

    code = "letter_refused"
    status = 502


class MailUnavailable(BesedkaError):
    """The mail server cannot be reached, lets nobody in, or asks to come again (`reason`)."""

    code = "mail_unavailable"
    status = 502
    permanent = False


class NoMailServer(BesedkaError):
    """No mail server is set."""

    code = "no_mail_server"
    status = 409


class UnknownLetter(LookupError):
    """No module has a letter of this name in this locale."""


class LettersIncomplete(Exception):
    """Two modules have a letter of the same name, or one lacks a locale; the message says which."""
