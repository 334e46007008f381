"""What has to be true of a text before anything is asked of the database."""

from typing import Final
from unicodedata import category

from besedka.core.errors import InvalidInput
from besedka.kernel.conversations.errors import (
    BadCharacters,
    EmptyMessage,
    MessageTooLong,
    NotAnEmoji,
)
from besedka.kernel.conversations.types import LONGEST_BODY, LONGEST_KEY, Post

ALONE: Final = frozenset("\u200d\ufe0e\ufe0f\u20e3")
"""Joiner, variation selectors and the keycap: parts of emoji."""
LONGEST_EMOJI = 16


def check_emoji(emoji: str) -> None:
    """Refuse a reaction that is no emoji. Raises NotAnEmoji."""
    if not is_emoji(emoji):
        raise NotAnEmoji


def is_emoji(emoji: str) -> bool:
    """Whether a text is an emoji and nothing else: no letters, no words, no signs that turn or hide text."""
    kinds = {category(sign) for sign in emoji if not _joins(sign)}
    is_keycap = len(emoji) <= 3 and emoji[:1] in "#*0123456789" and emoji.endswith("\u20e3")
    return len(emoji) <= LONGEST_EMOJI and (is_keycap or ("So" in kinds and kinds <= {"So", "Sk"}))


def _joins(sign: str) -> bool:
    return sign in ALONE or "\U000e0020" <= sign <= "\U000e007f"


def check_text(text: str) -> None:
    """Refuse what PostgreSQL cannot store and nobody can read. Raises BadCharacters."""
    if "\x00" in text:
        raise BadCharacters
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise BadCharacters from error


def check_post(post: Post) -> None:
    """Refuse a message that cannot be one. Raises EmptyMessage, MessageTooLong, BadCharacters, InvalidInput."""
    check_body(post.body, optional=post.attachments is not None)
    if not 0 < len(post.client_key) <= LONGEST_KEY:
        raise InvalidInput(field="key")
    check_text(post.client_key)


def check_body(body: str, *, optional: bool = False) -> None:
    """Refuse what cannot be the text of a message; `optional`: it may be none. Raises EmptyMessage, MessageTooLong, BadCharacters."""
    if not optional and (not body or body.isspace()):
        raise EmptyMessage(field="body")
    if len(body) > LONGEST_BODY:
        raise MessageTooLong(most=LONGEST_BODY)
    check_text(body)


def tidy_email(email: str | None) -> str | None:
    """Return an e-mail address as contacts' are kept and compared."""
    return None if email is None else email.strip().lower()


def tidy_phone(phone: str | None) -> str | None:
    """Return a telephone as contacts' are kept and compared: its digits, and a plus that it begins with."""
    if phone is None:
        return None
    plus = "+" if phone.strip().startswith("+") else ""
    return plus + "".join(sign for sign in phone if sign.isdecimal())
