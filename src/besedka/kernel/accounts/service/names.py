"""Addresses: e-mail in one spelling, workspace slugs from any name."""

import re
import unicodedata
from secrets import token_hex
from uuid import UUID

from email_validator import EmailNotValidError, validate_email

from besedka.kernel.accounts.errors import BadEmail

MAX_EMAIL = 254
MAX_SLUG = 40
MAX_NAME = 100
_RUSSIAN = dict(zip("абвгдеёзийклмнопрстуфыэ", "abvgdeeziyklmnoprstufye", strict=True)) | {
    "ж": "zh", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ь": "",
    "ю": "yu", "я": "ya",
}  # fmt: skip
_OTHER = re.compile(r"[^a-z0-9]+")


def normalise_email(address: str) -> str:
    """Return an e-mail address in the one spelling that is stored. Raises BadEmail.

    Private mail domains (`firm.lan`) are fine: many installations live inside a company's network. One label
    (`anna@gmail`) is a slip of the pen.
    """
    if len(address) > MAX_EMAIL:
        raise BadEmail(field="email")
    try:
        found = validate_email(
            address.strip(), check_deliverability=False, globally_deliverable=False
        )
    except (EmailNotValidError, UnicodeError) as error:
        raise BadEmail(field="email") from error
    if "." not in found.domain:
        raise BadEmail(field="email")
    return found.normalized.lower()


def tidy(name: str) -> str:
    """Return a name on one line, without what could be smuggled into a header or a page."""
    shown = "".join(letter for letter in name if letter.isprintable() or letter.isspace())
    return " ".join(shown.split())[:MAX_NAME]


def make_slug(name: str) -> str:
    """Return a workspace address for a name: Latin letters, digits and hyphens, never like a UUID."""
    spelled = "".join(_RUSSIAN.get(letter, letter) for letter in name.lower())
    plain = unicodedata.normalize("NFKD", spelled).encode("ascii", "ignore").decode()
    slug = _OTHER.sub("-", plain).strip("-")[:MAX_SLUG].strip("-")
    return slug if slug and not is_uuid(slug) else other_slug("w")


def other_slug(slug: str) -> str:
    """Return a slug with a random end, for when the plain one is taken."""
    return f"{slug[: MAX_SLUG - 7]}-{token_hex(3)}"


def is_uuid(value: str) -> bool:
    """Whether a workspace is named by its id."""
    try:
        UUID(value)
    except ValueError:
        return False
    return True
