"""Pictures and recordings, made on the spot."""

import io
import struct
import wave
import zlib
from collections.abc import Iterator

from PIL import Image, ImageDraw, PngImagePlugin

HIDDEN = b"hidden-words"


def png_of(width: int, height: int) -> bytes:
    """A picture that claims so many pixels and has the data of a few."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts
    )


def drawing(width: int, height: int, place: int = 0, mode: str = "RGB") -> Image.Image:
    """A ball on a ground; its place moves."""
    image = Image.new("RGBA", (width, height), (0, 0, 0, 0) if mode == "RGBA" else (250, 240, 200))
    ball = (place, height // 4, place + width // 3, height // 4 + height // 3)
    ImageDraw.Draw(image).ellipse(ball, fill=(200, 30, 60, 255))
    return image.convert(mode)


def photo(width: int = 400, height: int = 300) -> bytes:
    """A JPEG as a telephone makes it: turned by a note, with a place, a camera, and words beside the pixels."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Camera of Ivan"
    exif.get_ifd(0x8825).update({1: "N", 2: (55.0, 45.0, 21.0), 3: "E", 4: (37.0, 37.0, 2.0)})
    return encoded(
        drawing(width, height), "JPEG", exif=exif.tobytes(), comment=HIDDEN,
        xmp=b"<x:xmpmeta>" + HIDDEN + b"</x:xmpmeta>",
    )  # fmt: skip


def with_words(kind: str) -> bytes:
    """A picture of a format with words hidden beside and behind its pixels."""
    words = PngImagePlugin.PngInfo()
    words.add_text("Author", HIDDEN.decode())
    hidden: dict[str, dict[str, object]] = {
        "PNG": {"pnginfo": words}, "GIF": {"comment": HIDDEN},
        "WEBP": {"xmp": b"<x:xmpmeta>" + HIDDEN + b"</x:xmpmeta>"},
    }  # fmt: skip
    made = encoded(drawing(60, 40), kind, **hidden[kind])
    assert HIDDEN in made
    return made + b"<script>" + HIDDEN + b"</script>"


def animation(kind: str, *, mode: str, count: int = 4) -> bytes:
    """A ball that rolls, each frame a little longer."""
    first, *rest = (drawing(60, 40, place * 10, mode) for place in range(count))
    durations = [50 + 10 * place for place in range(count)]
    options: dict[str, object] = {"comment": HIDDEN, "disposal": 2} if kind == "GIF" else {}
    return encoded(
        first, kind, save_all=True, append_images=rest, duration=durations, loop=0, **options
    )


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def wav(seconds: float) -> bytes:
    target = io.BytesIO()
    with wave.open(target, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(8000)
        sound.writeframes(bytes(int(8000 * seconds)))
    return target.getvalue()


def mp3(seconds: float) -> bytes:
    """Frames of 128 kbit/s at 44.1 kHz, 1152 samples each."""
    return (b"\xff\xfb\x90\x64" + bytes(413)) * round(seconds * 44_100 / 1152)


def mp4(milliseconds: int) -> bytes:
    """A film's header (ISO 14496-12): 1000 units a second."""
    movie = bytes(12) + struct.pack(">II", 1000, milliseconds) + bytes(80)
    return _box(b"ftyp", b"isom\0\0\0\0isom") + _box(b"moov", _box(b"mvhd", movie))


def _box(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body) + 8) + name + body


def webm(milliseconds: float | None) -> bytes:
    """A film's header as a browser writes it; without a duration while it was still going on."""
    length = b"" if milliseconds is None else b"\x44\x89\x88" + struct.pack(">d", milliseconds)
    info = b"\x2a\xd7\xb1\x83\x0f\x42\x40" + length
    head = b"\x42\x82\x84webm"
    body = b"\x15\x49\xa9\x66" + bytes([0x80 | len(info)]) + info
    unknown = b"\x01" + b"\xff" * 7
    return (
        b"\x1a\x45\xdf\xa3"
        + bytes([0x80 | len(head)])
        + head
        + b"\x18\x53\x80\x67"
        + unknown
        + body
    )


def opus(seconds: int) -> bytes:
    """The first and the last page of a voice message (RFC 7845)."""
    head = b"OpusHead\x01\x01" + struct.pack("<HIH", 0, 48_000, 0) + b"\0"
    return b"".join(_page(head, 0, 2)) + b"".join(_page(b"x" * 50, seconds * 48_000, 4))


def _page(body: bytes, granule: int, kind: int) -> Iterator[bytes]:
    yield b"OggS\0" + bytes([kind]) + struct.pack("<qIII", granule, 1, 0, 0)
    yield bytes([1, len(body)]) + body
