"""Drawing a picture anew, in a child process: what comes out was encoded by us, and holds pixels only.

Positions, cameras, thumbnails of the uncropped original, and whatever was hidden behind or between the pixels
stay behind. What was turned by a note in the file is turned for good.
"""

import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import (
    GifImagePlugin,
    Image,
    ImageCms,
    ImageOps,
    ImageSequence,
    JpegImagePlugin,
    PngImagePlugin,
    WebPImagePlugin,
)

from besedka.kernel.files.media import thumbhash
from besedka.kernel.files.media.limits import (
    EDGES,
    MOST_ANIMATED_PIXELS,
    MOST_FRAMES,
    MOST_PIXELS,
    Refusal,
    Refused,
)

# Named, so that the formats asked for are found without loading every other decoder.
DECODERS = (GifImagePlugin, JpegImagePlugin, PngImagePlugin, WebPImagePlugin)
Image.MAX_IMAGE_PIXELS = MOST_PIXELS
GifImagePlugin.LOADING_STRATEGY = GifImagePlugin.LoadingStrategy.RGB_AFTER_DIFFERENT_PALETTE_ONLY
warnings.simplefilter("error", Image.DecompressionBombWarning)

HASHED_EDGE = 32
_PNG_MODES = {"1", "L", "LA", "I", "I;16", "P", "RGB", "RGBA"}
_QUALITY = {"JPEG": 88, "WEBP": 84}
_SHOWN_QUALITY = 80
_PROFILED = {"RGB", "RGBA", "CMYK"}
_RESTORE_BACKGROUND = 2


@dataclass(frozen=True, slots=True)
class Copy:
    """A smaller copy, as WebP."""

    name: str
    width: int
    height: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Redrawn:
    """A picture of the same format as it came in, its smaller copies, and its blurred look."""

    width: int
    height: int
    data: bytes
    placeholder: bytes
    copies: list[Copy]


def redraw(data: bytes, kind: str) -> Redrawn:
    """Decode a picture of a format and encode it again. Raises Refused."""
    try:
        return _redrawn(data, kind)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise Refused(Refusal.TOO_LARGE) from None
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError):
        raise Refused(Refusal.UNREADABLE) from None  # what decoders raise of broken data


def _redrawn(data: bytes, kind: str) -> Redrawn:
    with Image.open(io.BytesIO(data), formats=(kind,)) as image:
        if image.width * image.height > MOST_PIXELS:
            raise Refused(Refusal.TOO_LARGE)
        if kind in {"GIF", "WEBP"} and getattr(image, "is_animated", False):
            first, drawn = _animated(image, kind)
        else:
            lossless = data[12:16] == b"VP8L"
            first, drawn = _still(image, kind, lossless=lossless)
    shown = _in_eight_bits(first).convert("RGBA" if first.has_transparency_data else "RGB")
    return Redrawn(first.width, first.height, drawn, _placeholder(shown), list(_copies(shown)))


def _still(image: Image.Image, kind: str, *, lossless: bool) -> tuple[Image.Image, bytes]:
    image.load()
    tables = _tables(image)
    turned = ImageOps.exif_transpose(image)
    plain = _cleaned(_in_usual_colours(turned))
    if kind == "PNG":
        return plain, _encoded(_as_one_of(plain, _PNG_MODES), kind)
    if kind == "GIF":
        return plain, _encoded(plain, kind)
    if kind == "WEBP":
        return plain, _encoded(plain, kind, quality=_QUALITY[kind], lossless=lossless)
    plain = _as_one_of(plain, {"L", "RGB"})
    if tables is None or plain.mode != image.mode:
        return plain, _encoded(plain, kind, quality=_QUALITY[kind], progressive=True)
    qtables, subsampling = tables
    return plain, _encoded(plain, kind, qtables=qtables, subsampling=subsampling, progressive=True)


def _tables(image: Image.Image) -> tuple[dict[int, list[int]], int] | None:
    """Return how finely a JPEG was quantised: its copy is neither coarser nor larger for being finer."""
    if not isinstance(image, JpegImagePlugin.JpegImageFile):
        return None
    return image.quantization, JpegImagePlugin.get_sampling(image)


def _animated(image: Image.Image, kind: str) -> tuple[Image.Image, bytes]:
    durations = _durations(image)
    loop = image.info.get("loop", 1 if kind == "GIF" else 0)
    image.seek(0)
    frames = _frames(image)
    first = next(frames)
    options: dict[str, object] = {"duration": durations, "loop": loop}
    if kind == "GIF":
        if "loop" not in image.info:
            del options["loop"]  # played once, which GIF says by saying nothing
        if first.has_transparency_data:
            options["disposal"] = _RESTORE_BACKGROUND
    else:
        options |= {"quality": _QUALITY[kind], "method": 2}
    data = _encoded(first, kind, save_all=True, append_images=frames, **options)
    return first, data


def _durations(image: Image.Image) -> list[int]:
    """Return how long each frame is shown, in milliseconds. Raises Refused when there are too many."""
    durations: list[int] = []
    most = min(MOST_FRAMES, MOST_ANIMATED_PIXELS // (image.width * image.height))
    for frame in ImageSequence.Iterator(image):
        if len(durations) >= most:
            raise Refused(Refusal.TOO_LONG)
        frame.load()
        durations.append(int(frame.info.get("duration", 0)))
    return durations


def _frames(image: Image.Image) -> Iterator[Image.Image]:
    for frame in ImageSequence.Iterator(image):
        yield _cleaned(frame.copy())


def _cleaned(image: Image.Image) -> Image.Image:
    """Forget all that the file said beside its pixels; encoders would carry some of it over."""
    image.info = {name: image.info[name] for name in ("transparency",) if name in image.info}
    return image


def _in_usual_colours(image: Image.Image) -> Image.Image:
    """Return a picture in sRGB, which is what a picture without a profile is taken for."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in _PROFILED:
        return image
    wanted = "RGBA" if image.mode == "RGBA" else "RGB"
    try:
        given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        usual = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(image, given, usual, outputMode=wanted) or image
    except (ImageCms.PyCMSError, OSError):
        return image


def _as_one_of(image: Image.Image, modes: set[str]) -> Image.Image:
    if image.mode in modes:
        return image
    see_through = "RGBA" in modes and image.has_transparency_data
    return image.convert("RGBA" if see_through else "RGB")


def _in_eight_bits(image: Image.Image) -> Image.Image:
    """Return a picture of finer greys in 256 of them; a plain conversion would cut the light ones off."""
    if not image.mode.startswith("I"):
        return image
    return image.convert("I").point(lambda grey: grey / 256).convert("L")


def _encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def _placeholder(shown: Image.Image) -> bytes:
    small = shown.copy()
    small.thumbnail((HASHED_EDGE, HASHED_EDGE))
    return thumbhash.encode(small.size, small.convert("RGBA").tobytes())


def _copies(shown: Image.Image) -> Iterator[Copy]:
    """Yield the smaller copies, largest first; of a picture that is small already there are none."""
    for name, edge in sorted(EDGES.items(), key=lambda item: -item[1]):
        if max(shown.size) > edge:
            shown.thumbnail((edge, edge), Image.Resampling.LANCZOS)
            data = _encoded(shown, "WEBP", quality=_SHOWN_QUALITY)
            yield Copy(name, shown.width, shown.height, data)
