"""Whose language it is."""

import locale

import pytest

from besedka.core.i18n import DEFAULT_LOCALE, system_locale


def test_terminal_with_a_locale_that_is_not_installed_gets_ours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Such a name often comes along over ssh, or into a container."""
    before = locale.setlocale(locale.LC_MESSAGES)
    locale.setlocale(locale.LC_MESSAGES, "C")
    monkeypatch.setenv("LC_ALL", "xx_XX.UTF-8")
    assert system_locale() == DEFAULT_LOCALE
    locale.setlocale(locale.LC_MESSAGES, before)
