"""Every error of accounts speaks both languages."""

import inspect

import pytest

from besedka.core.errors import BesedkaError
from besedka.core.i18n import LOCALES, catalogue
from besedka.kernel.accounts import errors

CODES = sorted(
    {
        each.code
        for _, each in inspect.getmembers(errors, inspect.isclass)
        if issubclass(each, BesedkaError)
    }
)


@pytest.mark.parametrize("code", CODES)
def test_error_has_its_words_in_both_languages(code: str) -> None:
    words = catalogue()[f"errors.{code}"]
    assert set(words) == set(LOCALES)
    assert words["ru"] != words["en"]
    assert any("а" <= letter <= "я" for letter in words["ru"].lower())
