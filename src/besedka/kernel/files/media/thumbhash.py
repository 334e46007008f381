"""ThumbHash: a picture's blurred look in about 25 bytes, for the moments before it is there.

Written after the description and reference implementation by Evan Wallace (evanw/thumbhash): luminance, two colour
differences and alpha, each as the low frequencies of a cosine transform, packed into nibbles.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

MOST_EDGE = 100


@dataclass(frozen=True, slots=True)
class _Channel:
    """The average of a channel, its other frequencies from 0 to 1, and the largest of them."""

    average: float
    frequencies: tuple[float, ...]
    scale: float

    @property
    def nibbles(self) -> list[int]:
        """The frequencies as numbers from 0 to 15."""
        return [_rounded(15 * each) for each in self.frequencies]


def encode(size: tuple[int, int], rgba: bytes) -> bytes:
    """Return the hash of a picture of at most 100 × 100 pixels, given row by row as RGBA."""
    width, height = size
    if not 0 < width <= MOST_EDGE or not 0 < height <= MOST_EDGE:
        raise ValueError("the picture is too large to be hashed")
    lightness, yellow, red, alpha = _channels(rgba)
    see_through = min(alpha) < 1
    most = 5 if see_through else 7
    across, down = (max(1, _rounded(most * side / max(size))) for side in size)
    transform = partial(_transformed, size)
    light = transform((max(3, across), max(3, down)), lightness)
    colours = [transform((3, 3), yellow), transform((3, 3), red)]
    packed = _header(light, colours, see_through=see_through)
    packed += _shape(colours, down if width > height else across, landscape=width > height)
    channels = [light, *colours]
    if see_through:
        opacity = transform((5, 5), alpha)
        packed += bytes([_rounded(15 * opacity.average) | _rounded(15 * opacity.scale) << 4])
        channels.append(opacity)
    return packed + _packed([nibble for each in channels for nibble in each.nibbles])


def _header(light: _Channel, colours: Sequence[_Channel], *, see_through: bool) -> bytes:
    first, second = (_rounded(31.5 + 31.5 * each.average) for each in colours)
    averages = _rounded(63 * light.average) | first << 6 | second << 12
    number = averages | _rounded(31 * light.scale) << 18 | int(see_through) << 23
    return number.to_bytes(3, "little")


def _shape(colours: Sequence[_Channel], count: int, *, landscape: bool) -> bytes:
    first, second = (_rounded(63 * each.scale) for each in colours)
    number = count | first << 3 | second << 9 | int(landscape) << 15
    return number.to_bytes(2, "little")


def _rounded(value: float) -> int:
    return math.floor(value + 0.5)


def _packed(nibbles: list[int]) -> bytes:
    even = [*nibbles, 0] if len(nibbles) % 2 else nibbles
    return bytes(low | high << 4 for low, high in zip(even[::2], even[1::2], strict=True))


def _channels(rgba: bytes) -> tuple[list[float], list[float], list[float], list[float]]:
    """Return luminance, yellow against blue, red against green, and alpha, over the picture's average colour."""
    alpha = [each / 255 for each in rgba[3::4]]
    weight = sum(alpha)
    colours = [
        [value / 255 for value in rgba[place::4]] for place in range(3)
    ]  # fmt: skip
    averages = [
        sum(value * a for value, a in zip(each, alpha, strict=True)) / weight if weight else 0.0
        for each in colours
    ]
    red, green, blue = (
        [average * (1 - a) + a * value for value, a in zip(each, alpha, strict=True)]
        for each, average in zip(colours, averages, strict=True)
    )
    points = list(zip(red, green, blue, strict=True))
    lightness = [(r + g + b) / 3 for r, g, b in points]
    yellow = [(r + g) / 2 - b for r, g, b in points]
    return lightness, yellow, [r - g for r, g, _ in points], alpha


def _transformed(
    size: tuple[int, int], counts: tuple[int, int], channel: Sequence[float]
) -> _Channel:
    """Return the low frequencies of a channel: `counts` of them across and down, less a corner."""
    (width, height), (columns, rows) = size, counts
    waves_x = [_wave(width, n) for n in range(columns)]
    waves_y = [_wave(height, n) for n in range(rows)]
    average, *found = (
        _strength(channel, across=waves_x[column], down=waves_y[row])
        for row in range(rows)
        for column in range(columns)
        if column * rows < columns * (rows - row)
    )
    scale = max((abs(each) for each in found), default=0.0)
    shifted = tuple(0.5 + 0.5 / scale * each if scale else each for each in found)
    return _Channel(average, shifted, scale)


def _wave(length: int, frequency: int) -> list[float]:
    return [math.cos(math.pi / length * frequency * (place + 0.5)) for place in range(length)]


def _strength(channel: Sequence[float], *, across: Sequence[float], down: Sequence[float]) -> float:
    width = len(across)
    total = sum(
        weight * sum(map(float.__mul__, channel[row * width : (row + 1) * width], across))
        for row, weight in enumerate(down)
    )
    return total / (width * len(down))
