"""What can go wrong with people, workspaces and sessions."""

from besedka.core.errors import (
    BesedkaError,
    Conflict,
    Forbidden,
    InvalidInput,
    NotFound,
    Unauthenticated,
)


class WrongCredentials(Unauthenticated):
    """No such account, or not its password: the answer is the same."""

    code = "wrong_credentials"


class WrongCode(Unauthenticated):
    """Not the code of the authenticator, one that was used already, or no recovery code."""

    code = "wrong_code"


class ChallengeOver(Unauthenticated):
    """The second step came too late, or was tried too often: the log-in begins anew."""

    code = "challenge_over"


class SessionEnded(Unauthenticated):
    """The session was ended or has expired."""

    code = "session_ended"


class TokenExpired(Unauthenticated):
    """The access token is over; the refresh token gives a new one."""

    code = "token_expired"


class KeyRefused(Unauthenticated):
    """The API key is unknown, was revoked, is over, or its maker has no place here any more."""

    code = "key_refused"


class RefreshRefused(Unauthenticated):
    """The refresh token is unknown, over, or was used before."""

    code = "refresh_refused"


class EmailTaken(Conflict):
    """Somebody has registered with this address."""

    code = "email_taken"


class SameEmail(InvalidInput):
    """The new address is the old one."""

    code = "same_email"


class PersonExists(Conflict):
    """Who is to become a host has an account already, and nobody said that this is meant."""

    code = "person_exists"


class SlugTaken(Conflict):
    """Another workspace has this address."""

    code = "slug_taken"


class RegistrationClosed(Forbidden):
    """Strangers may not sign up here."""

    code = "registration_closed"


class EmailUnconfirmed(Forbidden):
    """The address has to be confirmed first."""

    code = "email_unconfirmed"


class CsrfRefused(Forbidden):
    """A write by cookie came from another site, or without its token."""

    code = "csrf_refused"


class SecondFactorNeeded(Forbidden):
    """The workspace is open to those only who log in with a second step."""

    code = "second_factor_needed"


class HostOnly(Forbidden):
    """Only the host of the installation may do this."""

    code = "host_only"


class NotByKey(Forbidden):
    """A matter of a person's account, which no API key may touch."""

    code = "not_by_key"


class NoWorkspace(Forbidden):
    """The user belongs to no workspace any more."""

    code = "no_workspace"


class LinkSpent(BesedkaError):
    """A one-time link that was used, is too old, or never was."""

    code = "link_spent"
    status = 410


class PasswordTooShort(InvalidInput):
    """Fewer than `minimum` characters."""

    code = "password_too_short"


class PasswordTooLong(InvalidInput):
    """More than `maximum` bytes."""

    code = "password_too_long"


class BadEmail(InvalidInput):
    """Not an e-mail address."""

    code = "bad_email"


class FieldEmpty(InvalidInput):
    """A field that has to be filled holds nothing, or only spaces."""

    code = "field_empty"


class WrongPassword(InvalidInput):
    """The current password is another one."""

    code = "wrong_password"


class PersonNotFound(NotFound):
    """No such person in this workspace."""

    code = "person_not_found"


class SessionNotFound(NotFound):
    """No such session of this user."""

    code = "session_not_found"


class KeyNotFound(NotFound):
    """No such API key of this user."""

    code = "key_not_found"


class ScopeRefused(InvalidInput):
    """A key was to have a right that its maker has not (`scope`)."""

    code = "scope_refused"


class ExpiryPast(InvalidInput):
    """A key was to end before it began."""

    code = "expiry_past"


class TooManyKeys(Conflict):
    """A person has `limit` keys in the workspace."""

    code = "too_many_keys"


class SecondFactorOn(Conflict):
    """Logging in takes a second step already."""

    code = "second_factor_on"


class SecondFactorOff(Conflict):
    """There is no second step, or none that was begun."""

    code = "second_factor_off"


class LastOwner(Conflict):
    """A workspace keeps at least one owner."""

    code = "last_owner"


class LastHost(Conflict):
    """An installation keeps at least one host."""

    code = "last_host"


class OwnerOfOthers(Conflict):
    """The person is the only owner of `workspace`, and there are others in it."""

    code = "owner_of_others"


class CompanyAlone(Conflict):
    """The person is the only one in the company `workspace`, which would go with them."""

    code = "company_alone"


class OwnerOnly(Forbidden):
    """Only an owner may make or unmake owners."""

    code = "owner_only"


class AlreadyMember(Conflict):
    """The person is in the workspace already."""

    code = "already_member"


class PersonUnconfirmed(Conflict):
    """Somebody registered with the address and has not confirmed it."""

    code = "person_unconfirmed"


class EnrolFirst(BesedkaError):
    """A page of a workspace that asks for a second step: the browser is sent to where it is set up."""

    code = "second_factor_needed"
    status = 303

    def __init__(self, location: str) -> None:
        super().__init__()
        self.headers["Location"] = location


class EnrolFirstInFragment(BesedkaError):
    """The same for a part of a page, which htmx asked for."""

    code = "second_factor_needed"
    status = 403

    def __init__(self, location: str) -> None:
        super().__init__()
        self.headers["HX-Redirect"] = location


class LogInFirst(BesedkaError):
    """A page that needs a person: the browser is sent to the log-in page and back."""

    code = "unauthenticated"
    status = 303

    def __init__(self, location: str) -> None:
        super().__init__()
        self.headers["Location"] = location


class LogInFirstInFragment(BesedkaError):
    """The same for a part of a page, which htmx asked for: it takes the whole page there."""

    code = "unauthenticated"
    status = 401

    def __init__(self, location: str) -> None:
        super().__init__()
        self.headers["HX-Redirect"] = location
