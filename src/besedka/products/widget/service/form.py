"""The form before the first message: what a visitor says of themselves, which nobody has verified."""

import re
from datetime import timedelta

from pydantic import JsonValue

from besedka.core.clock import now
from besedka.core.runtime import Runtime
from besedka.kernel.conversations import service as conversations
from besedka.kernel.conversations.types import ContactChange
from besedka.products.widget.errors import FormIncomplete, LooksAutomatic
from besedka.products.widget.repository.visits import VisitorRepository
from besedka.products.widget.types import Asked, Filled, Known, Place, PreChat, Wish

LEAST_SECONDS = 2
"""Nobody reads and fills in a form faster."""
_EMAIL = re.compile(r"[^\s@]{1,64}@[^\s@.]+(\.[^\s@.]+)+")
_DIGITS = range(5, 16)


def is_email(text: str) -> bool:
    """Whether something looks like an e-mail address."""
    return _EMAIL.fullmatch(text) is not None


def is_phone(text: str) -> bool:
    """Whether something looks like a telephone number."""
    return sum(each.isdigit() for each in text) in _DIGITS and not re.search(r"[^\d\s()+./-]", text)


async def fill(
    runtime: Runtime, place: Place, visitor: Known, filled: Filled, *, locale: str
) -> None:
    """Keep what a visitor wrote into the form, with the words that they agreed to.

    Raises LooksAutomatic, FormIncomplete.
    """
    form = place.options.form
    _check_person(visitor, filled)
    answers = _checked(form, filled)
    meta: dict[str, JsonValue] = {}
    if choice := answers.get(Asked.CHOICE):
        meta["choice"] = {"label": form.choice_label, "answer": choice}
    words = form.consent.of(locale)
    if filled.consent and words:
        meta["consent"] = {"text": words, "url": form.consent_url, "at": now().isoformat()}
    change = ContactChange(
        name=answers.get(Asked.NAME), email=answers.get(Asked.EMAIL), phone=answers.get(Asked.PHONE),
        locale=locale, meta=meta,
    )  # fmt: skip
    async with runtime.db.fast.transaction(place.workspace_id) as conn:
        await conversations.update_contact(runtime, conn, visitor.contact_id, change=change)
        await VisitorRepository(conn).set_filled(visitor.id)


def _check_person(visitor: Known, filled: Filled) -> None:
    """Refuse what programs send."""
    early = visitor.created_at is not None and now() - visitor.created_at < timedelta(
        seconds=LEAST_SECONDS
    )
    if filled.trap or early:
        raise LooksAutomatic


def _checked(form: PreChat, filled: Filled) -> dict[Asked, str]:
    """Return the answers that the form asks for. Raises FormIncomplete."""
    given = {key: words.strip() for key, words in filled.answers.items() if words.strip()}
    if not given and not filled.consent and form.skip:
        return {}
    if form.consent.of("en") and not filled.consent:
        raise FormIncomplete(field="consent")
    for key, wish in form.fields.items():
        words = given.get(key, "")
        if (wish is Wish.REQUIRED and not words) or (words and not _fits(form, key, words)):
            raise FormIncomplete(field=key.value)
    return {key: words for key, words in given.items() if key in form.fields}


def _fits(form: PreChat, key: Asked, words: str) -> bool:
    match key:
        case Asked.EMAIL:
            return is_email(words)
        case Asked.PHONE:
            return is_phone(words)
        case Asked.CHOICE:
            return words in form.choices
        case Asked.NAME:
            return words.isprintable()
