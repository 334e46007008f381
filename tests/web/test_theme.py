"""Accent colours: whatever a workspace picks, words stay readable."""

from dataclasses import astuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from besedka.web.theme import (
    READABLE,
    Oklch,
    accent_css,
    contrast,
    dark_tints,
    is_colour,
    light_tints,
)

COLOURS = st.integers(0, 0xFFFFFF).map("#{:06x}".format)


@given(COLOURS)
def test_any_accent_is_readable_in_both_themes(accent: str) -> None:
    colour = Oklch.from_hex(accent)
    for tints in (light_tints(colour), dark_tints(colour)):
        assert all(is_colour(value) for value in astuple(tints))
        assert contrast(tints.accent, tints.on_accent) >= READABLE
        assert contrast(tints.hover, tints.on_accent) >= READABLE
        assert contrast(tints.ink, tints.soft) >= READABLE


@given(COLOURS)
def test_colour_survives_the_way_through_oklch(accent: str) -> None:
    back = Oklch.from_hex(accent).to_hex()
    assert all(abs(int(accent[i : i + 2], 16) - int(back[i : i + 2], 16)) <= 1 for i in (1, 3, 5))


def test_contrast_of_black_and_white_is_21() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("accent", ["", "red", "#fff", "#12345g", "#123456;}body{display:none"])
def test_anything_but_a_colour_leaves_the_houses_own(accent: str) -> None:
    assert not accent_css(accent)


def test_accent_replaces_the_five_values() -> None:
    css = accent_css("#8a2be2")
    for name in ("--accent:", "--accent-hover:", "--accent-ink:", "--accent-soft:", "--on-accent:"):
        assert name in css
