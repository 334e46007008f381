"""What has to be true of a text before anything is asked of the database."""

from besedka.core.errors import InvalidInput
from besedka.kernel.conversations.errors import BadCharacters, EmptyMessage, MessageTooLong
from besedka.kernel.conversations.types import LONGEST_BODY, LONGEST_KEY, Post


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
    check_body(post.body)
    if not 0 < len(post.client_key) <= LONGEST_KEY:
        raise InvalidInput(field="key")
    check_text(post.client_key)


def check_body(body: str) -> None:
    """Refuse what cannot be the text of a message. Raises EmptyMessage, MessageTooLong, BadCharacters."""
    if not body or body.isspace():
        raise EmptyMessage
    if len(body) > LONGEST_BODY:
        raise MessageTooLong(most=LONGEST_BODY)
    check_text(body)
