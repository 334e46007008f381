"""What can go wrong on the way out. Texts carry the host at most: never a path, a query or a header."""

from besedka.core.errors import BesedkaError


class OutgoingError(BesedkaError):
    """A request to somebody else's server did not succeed."""

    code = "unreachable"
    status = 502
    permanent = False


class RefusedAddress(OutgoingError):
    """The host stands for an address that this client may not reach (`host`, `reason`)."""

    code = "refused_address"
    status = 422
    permanent = True


class BadUrl(OutgoingError):
    """Not an address that can be asked: other scheme, user name in it, unreadable host (`reason`)."""

    code = "bad_url"
    status = 422
    permanent = True


class TooManyRedirects(OutgoingError):
    """The server kept sending us elsewhere (`host`)."""

    code = "too_many_redirects"
    permanent = True


class ResponseTooLarge(OutgoingError):
    """The answer has more bytes than allowed (`host`, `limit`)."""

    code = "response_too_large"
    permanent = True


class TlsFailed(OutgoingError):
    """No trustworthy encrypted connection (`host`)."""

    code = "tls"
    permanent = True


class OutgoingTimeout(OutgoingError):
    """The server did not connect, answer or go on in time (`host`)."""

    code = "timeout"
    status = 504


class Unreachable(OutgoingError):
    """No connection, or it broke (`host`, `reason`)."""
