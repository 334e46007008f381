"""What the children do: pictures drawn anew, blurred looks, lengths of recordings."""

import io
from collections.abc import Callable
from itertools import pairwise

import pytest
from PIL import Image, ImageChops, ImageSequence

from besedka.core.content.kinds import Kind
from besedka.kernel.files.media import limits, picture, recording, thumbhash
from besedka.kernel.files.media.limits import Refused
from besedka.kernel.files.sniff import sniff_bytes
from tests.kernel.files import samples


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def test_photo_is_turned_and_tells_neither_place_nor_camera() -> None:
    sent = samples.photo()
    assert opened(sent).getexif().get_ifd(0x8825)
    drawn = picture.redraw(sent + b"<?php " + samples.HIDDEN, "JPEG")
    kept = opened(drawn.data)
    assert (drawn.width, drawn.height) == kept.size == (300, 400)
    assert not kept.getexif()
    assert not {"exif", "xmp", "comment", "icc_profile"} & set(kept.info)
    assert not [word for word in (b"Exif", b"Ivan", samples.HIDDEN) if word in drawn.data]


@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP"])
def test_words_beside_and_behind_the_pixels_are_gone_and_the_pixels_stay(kind: str) -> None:
    sent = samples.with_words(kind)
    drawn = picture.redraw(sent, kind)
    assert samples.HIDDEN not in drawn.data
    difference = ImageChops.difference(
        opened(sent).convert("RGB"), opened(drawn.data).convert("RGB")
    )
    most = 40 if kind == "WEBP" else 0
    assert not difference.convert("L").point([0] * (most + 1) + [255] * (255 - most)).getbbox()


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_picture_of_any_depth_keeps_it(mode: str) -> None:
    plain = Image.new(mode, (30, 20)) if mode == "I;16" else samples.drawing(30, 20).convert(mode)
    drawn = picture.redraw(samples.encoded(plain, "PNG"), "PNG")
    assert opened(drawn.data).mode == mode


def test_fine_greys_are_shown_as_greys_and_not_as_white() -> None:
    grey = Image.new("I;16", (400, 20), 0x8000)
    (small,) = picture.redraw(samples.encoded(grey, "PNG"), "PNG").copies
    found = opened(small.data).convert("L").getpixel((5, 5))
    assert isinstance(found, int | float)
    assert 120 < found < 136


def test_first_picture_of_several_in_one_jpeg_is_kept() -> None:
    """Telephones put a second picture behind the first (MPO)."""
    first, second = samples.drawing(60, 40), samples.drawing(30, 20)
    sent = samples.encoded(first, "MPO", save_all=True, append_images=[second])
    drawn = picture.redraw(sent, "JPEG")
    assert (opened(drawn.data).format, drawn.width) == ("JPEG", 60)


def test_print_colours_become_those_of_screens() -> None:
    drawn = picture.redraw(samples.encoded(samples.drawing(30, 20).convert("CMYK"), "JPEG"), "JPEG")
    assert opened(drawn.data).mode == "RGB"


@pytest.mark.parametrize("kind", ["GIF", "WEBP"])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_animation_keeps_its_frames_and_their_times(kind: str, mode: str) -> None:
    sent = samples.animation(kind, mode=mode)
    drawn = picture.redraw(sent, kind)
    assert samples.HIDDEN not in drawn.data
    shown = [
        (frame.convert("RGBA"), frame.info["duration"])
        for frame in ImageSequence.Iterator(opened(drawn.data))
    ]
    assert [duration for _, duration in shown] == [50, 60, 70, 80]
    assert opened(drawn.data).info["loop"] == 0
    assert all(
        ImageChops.difference(one, two).getbbox(alpha_only=False)
        for (one, _), (two, _) in pairwise(shown)
    )
    if mode == "RGBA":  # the ball leaves no trace
        assert [frame.getpixel((1, 15)) for frame, _ in shown[3:]] == [(0, 0, 0, 0)]


def test_animation_with_too_many_pixels_in_all_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture, "MOST_ANIMATED_PIXELS", 60 * 40 * 3)
    with pytest.raises(Refused, match="too_long"):
        picture.redraw(samples.animation("GIF", mode="RGB"), "GIF")


@pytest.mark.parametrize("size", [(8000, 7000), (60_000, 60_000)])
def test_flood_of_pixels_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(Refused, match="too_large"):
        picture.redraw(samples.png_of(*size), "PNG")


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", "PNG"), (b"\x89PNG\r\n\x1a\n", "PNG"), (samples.photo()[:2000], "JPEG"),
        (samples.with_words("PNG"), "GIF"), (b"GIF89a" + bytes(50), "GIF"),
        (b"RIFF\x10\0\0\0WEBPVP8 " + bytes(9), "WEBP"), (b"%!PS-Adobe-3.0 EPSF", "JPEG"),
    ],
)  # fmt: skip
def test_what_is_no_picture_of_its_format_is_refused(data: bytes, kind: str) -> None:
    with pytest.raises(Refused, match="unreadable"):
        picture.redraw(data, kind)


def test_smaller_copies_are_made_of_what_is_larger() -> None:
    large = picture.redraw(samples.encoded(samples.drawing(1500, 600), "PNG"), "PNG")
    assert [(each.name, each.width, each.height) for each in large.copies] == [
        ("preview", 1280, 512), ("thumbnail", 320, 128),
    ]  # fmt: skip
    assert all(opened(each.data).format == "WEBP" for each in large.copies)
    assert picture.redraw(samples.encoded(samples.drawing(320, 200), "PNG"), "PNG").copies == []
    assert set(limits.EDGES) == {"thumbnail", "preview"}


def test_blurred_look_of_one_colour_is_that_colour() -> None:
    look = thumbhash.encode((4, 2), bytes([255, 128, 0, 255]) * 8)
    header, shape = int.from_bytes(look[:3], "little"), int.from_bytes(look[3:5], "little")
    light, yellow, red = header & 63, header >> 6 & 63, header >> 12 & 63
    lightness, blue_yellow, green_red = light / 63, yellow / 31.5 - 1, red / 31.5 - 1
    blue = lightness - 2 / 3 * blue_yellow
    back = ((3 * lightness - blue + green_red) / 2, (3 * lightness - blue - green_red) / 2, blue)
    assert back == pytest.approx((1, 0.5, 0), abs=0.05)
    assert (header >> 23, shape >> 15) == (0, 1)


def test_blurred_look_knows_transparency_and_shape() -> None:
    seen = thumbhash.encode((2, 3), bytes([10, 20, 30, 0] * 3 + [200, 100, 50, 255] * 3))
    assert (seen[2] >> 7, seen[4] >> 7) == (1, 0)
    assert len(seen) < 35
    with pytest.raises(ValueError, match="too large"):
        thumbhash.encode((101, 1), bytes(404))


@pytest.mark.parametrize(
    ("make", "seconds", "kind"),
    [
        (lambda: samples.wav(1.5), 1.5, Kind.AUDIO), (lambda: samples.mp3(3), 3, Kind.AUDIO),
        (lambda: samples.opus(7), 7, Kind.AUDIO), (lambda: samples.mp4(12_345), 12.345, Kind.VIDEO),
        (lambda: samples.webm(2500), 2.5, Kind.VIDEO), (lambda: samples.webm(None), None, Kind.VIDEO),
        (lambda: samples.webm(float("nan")), None, Kind.VIDEO), (lambda: samples.webm(1e300), None, Kind.VIDEO),
        (lambda: samples.webm(-5), None, Kind.VIDEO),
    ],
)  # fmt: skip
def test_recording_says_how_long_it_is(
    make: Callable[[], bytes], seconds: float | None, kind: Kind
) -> None:
    data = make()
    assert sniff_bytes(data, name="a").kind is kind
    found = recording.seconds(data)
    assert found == (None if seconds is None else pytest.approx(seconds, abs=0.05))


@pytest.mark.parametrize("make", [samples.mp4, samples.webm, samples.opus])
def test_recording_that_is_cut_off_anywhere_has_no_length_or_one(
    make: Callable[[int], bytes],
) -> None:
    data = make(2)
    found = [recording.seconds(data[:end]) for end in range(len(data))]
    assert all(each is None or each > 0 for each in found)
