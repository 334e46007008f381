"""Errors of the digest."""

from besedka.core.errors import NotFound


class BadUnsubscribeLink(NotFound):
    """The link to unsubscribe by is not one of ours, or its member is gone."""

    code = "digest_bad_link"
