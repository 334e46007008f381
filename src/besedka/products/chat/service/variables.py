"""`{{name}}` and `{{name=default}}` in a prompt: what is asked for when it is used, and put in its place."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from besedka.products.chat.errors import ValueMissing
from besedka.products.chat.types import Variable

_NAMED: Final = re.compile(r"\{\{\s*([^{}=\n]{1,60}?)\s*(?:=([^{}\n]{0,500}))?\}\}")


def variables_in(body: str) -> Sequence[Variable]:
    """Return the variables of a prompt in their order, each once; the first default of one counts."""
    found: dict[str, str | None] = {}
    for match in _NAMED.finditer(body):
        name, default = match.group(1), match.group(2)
        if found.get(name) is None:
            found[name] = None if default is None else default.strip()
    return [Variable(name=name, default=default) for name, default in found.items()]


def fill(body: str, values: Mapping[str, str]) -> str:
    """Return a prompt with its variables replaced, once: what they stand for is not looked at again. Raises ValueMissing."""
    known: dict[str, str] = {}
    for each in variables_in(body):
        value = values.get(each.name, "").strip() or each.default
        if value is None:
            raise ValueMissing(each.name)
        known[each.name] = value
    return _NAMED.sub(lambda match: known[match.group(1)], body)
