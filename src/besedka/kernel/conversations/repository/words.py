"""What a message can be found by: the lexemes of its words, and marks for its chat, its sender and the chat's kind.

Every lexeme begins with a few letters of the workspace's id: otherwise a word that is frequent anywhere would be slow
everywhere. Marks begin with a sign that no lexeme of a text begins with. Lexemes are cut, so that none is longer than an
index can hold; ё is е, stress marks and soft hyphens are nothing.
"""

from uuid import UUID

LONGEST_LEXEME = 64
CONFIGURATION = "russian"
"""Of PostgreSQL's text search. It shortens English words too."""

ATTACHED = "!file"
"""The mark of messages with files."""

_SALT, _MARK = 4, 12
_FOLDED = "translate({}, 'ёЁ\u00ad\u0301', 'ее')"


def folded(body: str) -> str:
    """Return the expression of a text as its words are compared."""
    return _FOLDED.format(body)


def vector(body: str) -> str:
    """Return the expression of a text's lexemes with their places."""
    return f"to_tsvector('{CONFIGURATION}', {folded(body)})"


def words_of(
    *,
    workspace: str,
    chat: str,
    chat_kind: str,
    sender: str,
    kind: str,
    body: str,
    attached: str = "false",
) -> str:
    """Return the expression of what a message can be found by, from the expressions of its columns.

    `attached` is whether it has files. Notices are found by nothing: nobody wrote them.
    """
    salt = f"right({workspace}::text, {_SALT})"
    marks = ", ".join(
        f"{salt} || {sign}"
        for sign in (
            f"'#' || right({chat}::text, {_MARK})",
            f"'@' || right({sender}::text, {_MARK})",
            f"'=' || {chat_kind}",
        )
    )
    return (
        f"CASE WHEN {kind} = 'text' THEN array_to_tsvector(ARRAY[{marks}]"
        f" || CASE WHEN {attached} THEN ARRAY[{salt} || '{ATTACHED}'] ELSE ARRAY[]::text[] END || ARRAY("
        f"SELECT {salt} || left(lexeme, {LONGEST_LEXEME}) FROM unnest(tsvector_to_array({vector(body)})) AS lexeme))"
        " ELSE '' END"
    )


def salt_of(workspace: UUID) -> str:
    """Return what the lexemes of a workspace begin with."""
    return str(workspace)[-_SALT:]


def chat_mark(chat: UUID) -> str:
    """Return the mark of a chat's messages."""
    return f"#{str(chat)[-_MARK:]}"


def sender_mark(sender: UUID) -> str:
    """Return the mark of an actor's messages."""
    return f"@{str(sender)[-_MARK:]}"


def kind_mark(kind: str) -> str:
    """Return the mark of messages in chats of a kind."""
    return f"={kind}"
