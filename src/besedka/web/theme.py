"""A workspace's accent colour: five tints per theme, derived in OKLCH, readable by construction."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

READABLE = 4.5
CALM_CHROMA = 0.14
"""Louder colours are toned down: the accent marks what to press, it doesn't shout."""

# The neutral grounds of frontend/src/styles/tokens.css that the accent has to be readable on.
_LIGHT_GROUND = "#f1efeb"
_DARK_GROUND = "#252220"
_HEX = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True, slots=True)
class Oklch:
    """A colour by lightness 0..1, chroma 0..0.4 and hue in radians.

    The matrices are from "A perceptual color space for image processing", Björn Ottosson, 2020.
    """

    lightness: float
    chroma: float
    hue: float

    @classmethod
    def from_hex(cls, value: str) -> Self:
        """Read `#rrggbb`."""
        r, g, b = _linear(value)
        long = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)
        m = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
        s = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
        a = 1.9779984951 * long - 2.4285922050 * m + 0.4505937099 * s
        bb = 0.0259040371 * long + 0.7827717662 * m - 0.8086757660 * s
        lightness = 0.2104542553 * long + 0.7936177850 * m - 0.0040720468 * s
        return cls(lightness, math.hypot(a, bb), math.atan2(bb, a))

    def to_hex(self) -> str:
        """Write `#rrggbb`, with less chroma where the screen has no such colour."""
        chroma = self.chroma
        channels = _channels(self.lightness, chroma, self.hue)
        while chroma > 0 and not all(-1e-4 <= channel <= 1 + 1e-4 for channel in channels):
            chroma = max(chroma - 0.004, 0)
            channels = _channels(self.lightness, chroma, self.hue)
        return "#" + "".join(f"{round(_encode(min(max(c, 0.0), 1.0)) * 255):02x}" for c in channels)


def _linear(value: str) -> tuple[float, float, float]:
    r, g, b = (_decode(int(value[i : i + 2], 16) / 255) for i in (1, 3, 5))
    return r, g, b


def _decode(c: float) -> float:
    return c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4


def _encode(c: float) -> float:
    return 12.92 * c if c <= 0.0031308 else 1.055 * c ** (1 / 2.4) - 0.055


def _channels(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    s = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * m + 0.2309699292 * s,
        -1.2684380046 * long + 2.6097574011 * m - 0.3413193965 * s,
        -0.0041960863 * long - 0.7034186147 * m + 1.7076147010 * s,
    )


def contrast(one: str, other: str) -> float:
    """Return the WCAG 2 contrast ratio of two `#rrggbb` colours."""
    bright, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def _luminance(value: str) -> float:
    r, g, b = _linear(value)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def _until(start: float, step: float, fits: Callable[[float], bool]) -> float:
    """Walk from a lightness in steps until it fits, or to black or white."""
    lightness = start
    while 0.0 < lightness < 1.0 and not fits(lightness):
        lightness += step
    return min(max(lightness, 0.0), 1.0)


@dataclass(frozen=True, slots=True)
class Tints:
    """The accent's values in one theme, as `#rrggbb`."""

    accent: str
    hover: str
    ink: str
    soft: str
    on_accent: str


def light_tints(colour: Oklch) -> Tints:
    """Return the tints on light paper: the accent as dark as white words on it need."""
    chroma, hue = min(colour.chroma, CALM_CHROMA), colour.hue
    soft = Oklch(0.95, min(chroma, 0.028), hue).to_hex()
    words = Oklch(0.99, min(chroma, 0.005), hue).to_hex()

    def hexed(lightness: float) -> str:
        return Oklch(lightness, chroma, hue).to_hex()

    def readable(lightness: float) -> bool:
        shade = hexed(lightness)
        return all(contrast(shade, ground) >= READABLE for ground in (words, soft, _LIGHT_GROUND))

    lightness = _until(min(colour.lightness, 0.62), -0.01, readable)
    return Tints(
        hexed(lightness),
        hexed(max(lightness - 0.06, 0)),
        hexed(max(lightness - 0.02, 0)),
        soft,
        words,
    )


def dark_tints(colour: Oklch) -> Tints:
    """Return the tints on dark paper: the accent as light as dark words on it need."""
    chroma, hue = min(colour.chroma, CALM_CHROMA * 0.85), colour.hue
    soft = Oklch(0.285, min(chroma, 0.036), hue).to_hex()
    words = Oklch(0.19, min(chroma, 0.03), hue).to_hex()

    def hexed(lightness: float) -> str:
        return Oklch(lightness, chroma, hue).to_hex()

    def readable(lightness: float) -> bool:
        shade = hexed(lightness)
        return all(contrast(shade, ground) >= READABLE for ground in (words, soft, _DARK_GROUND))

    lightness = _until(max(colour.lightness, 0.74), 0.01, readable)
    return Tints(
        hexed(lightness),
        hexed(min(lightness + 0.06, 1)),
        hexed(min(lightness + 0.03, 1)),
        soft,
        words,
    )


def is_colour(value: str) -> bool:
    """Whether a text is `#rrggbb`."""
    return _HEX.fullmatch(value) is not None


def accent_css(accent: str) -> str:
    """Return the style sheet of an accent `#rrggbb`; empty for anything else: the house's own green stays."""
    if not is_colour(accent):
        return ""
    colour = Oklch.from_hex(accent)
    light, dark = light_tints(colour), dark_tints(colour)
    rules = "".join(
        f"--{name}:light-dark({getattr(light, field)},{getattr(dark, field)});"
        for name, field in (
            ("accent", "accent"),
            ("accent-hover", "hover"),
            ("accent-ink", "ink"),
            ("accent-soft", "soft"),
            ("on-accent", "on_accent"),
        )
    )
    return f":root{{{rules}}}\n"
