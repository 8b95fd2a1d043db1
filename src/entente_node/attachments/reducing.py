"""A photo from a telephone becomes a small picture that says nothing but what is seen on it.

What is given is hostile until it was looked at, in this order:

 1. its size in bytes
 2. its type, by its content and by nothing else: JPEG, PNG or WebP; the name is never looked at
 3. its size in pixels, from its header, before any of them is computed; and how often a JPEG goes over
    all of them again, which costs it a few bytes and us all of the time
 4. its pixels: a file that ends too early, or is not what its header says, is refused

Then it is turned as the camera was held, painted onto a new image, made at most 1280 pixels wide
and high, and written as a JPEG of about 100 kB. Nothing but pixels goes from the one to the
other: no EXIF, no position, no thumbnail, no comment, no profile, nothing that stood before or
behind the picture in the file. One at a time: a picture of 40 million pixels takes memory.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from io import BytesIO
from threading import Lock
from typing import Final

from PIL import Image, ImageOps

from entente.errors import LimitError, RecordError

LARGEST: Final = 12 << 20
"""Bytes of a file that is read at all."""
MEDIA_TYPE: Final = "image/jpeg"
FORMATS: Final = ("JPEG", "PNG", "WEBP")
"""The formats of :mod:`PIL` that are tried; no other of its readers ever sees the bytes."""
SIDE: Final = 1280
"""Pixels, the longer side."""
ABOUT: Final = 100_000
"""Bytes that a picture should have at most."""
SMALL: Final = 160
"""Pixels of a thumbnail, the longer side."""

_MOST_PIXELS: Final = {"JPEG": 40_000_000, "PNG": 20_000_000, "WEBP": 20_000_000}
"""What telephones make; a JPEG is read at a fraction of its size, the others whole."""
_MOST_SCANS: Final = 64
"""Of a progressive JPEG: cameras and programs make about ten."""
_MOST_PROGRESSIVE: Final = 20_000_000
"""Pixels of a progressive JPEG: all of it is in memory at once, whatever it is reduced to."""
_SCAN: Final = b"\xff\xda"
"""The marker before each scan; among the bytes of a scan it cannot stand."""
_DEEP: Final = 257
"""Of sixteen bits, how many steps make one of eight."""
_LONGEST_SIDE: Final = 20_000
_QUALITIES: Final = (82, 74, 66, 58, 50, 42)
_SHRINK: Final = 0.8
_WHITE: Final = (255, 255, 255)
_one_at_a_time: Final = Lock()


@dataclass(frozen=True)
class Picture:
    """A JPEG without metadata, and its size in pixels."""

    data: bytes
    width: int
    height: int


def reduced(data: bytes) -> Picture:
    """The picture in a file, small and without metadata.

    Raises LimitError where it is too large, RecordError where it is no picture or not a whole one.
    """
    if len(data) > LARGEST:
        raise LimitError("a file of {size} bytes is over {limit}", size=len(data), limit=LARGEST)
    with _one_at_a_time:
        plain = _painted(data, SIDE)
        while True:
            for quality in _QUALITIES:
                written = _written(plain, quality)
                if len(written) <= ABOUT:
                    return Picture(written, *plain.size)
            # Only noise is still that large: it loses nothing by being smaller.
            smaller = (max(1, int(plain.width * _SHRINK)), max(1, int(plain.height * _SHRINK)))
            plain = plain.resize(smaller, Image.Resampling.LANCZOS)


def thumbnail(data: bytes) -> bytes:
    """A few kilobytes of a picture for a list. Raises LimitError, RecordError."""
    with _one_at_a_time:
        return _written(_painted(data, SMALL), _QUALITIES[-2])


def is_picture(data: bytes, media_type: str) -> bool:
    """Whether bytes that came from elsewhere begin as a picture of this type, of a size that a browser may open."""
    try:
        with _opened(data) as image:
            return Image.MIME.get(image.format or "") == media_type
    except (LimitError, RecordError):
        return False


def _opened(data: bytes) -> Image.Image:
    """Steps 2 and 3: nothing is computed yet."""
    try:
        with warnings.catch_warnings():
            # Our own limits are lower; what Pillow only warns of is refused here.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise _too_many_pixels() from None
    except Exception:  # noqa: BLE001  each reader fails in its own way on bytes that were made to break it
        raise RecordError("this is no picture: a JPEG, PNG or WebP file is wanted") from None
    width, height = image.size
    if width * height > _MOST_PIXELS[image.format or ""] or max(width, height) > _LONGEST_SIDE:
        raise _too_many_pixels()
    if image.format == "JPEG":
        if data.count(_SCAN) > _MOST_SCANS:
            raise LimitError("this picture has too many scans")
        if image.info.get("progressive") and width * height > _MOST_PROGRESSIVE:
            raise _too_many_pixels()
    return image


def _painted(data: bytes, side: int) -> Image.Image:
    """Step 4, and the pixels alone, on a new image."""
    image = _opened(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of metadata that cannot be read: it is thrown away
            image.draft("RGB", (side, side))  # a JPEG is read at a half, a quarter or an eighth
            image.load()
            turned = _turned(image)
            turned.thumbnail((side, side), Image.Resampling.LANCZOS)
            opaque = _eight_bits(turned).convert("RGBA")
    except Exception:  # noqa: BLE001  as above
        raise RecordError("this picture is not whole, or not what it says that it is") from None
    plain = Image.new("RGB", opaque.size, _WHITE)
    plain.paste(opaque, mask=opaque.getchannel("A"))
    return plain


def _turned(image: Image.Image) -> Image.Image:
    """As the camera was held: all that is read of the metadata. Where that cannot be read, it was held upright."""
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # noqa: BLE001  as above
        return image


def _eight_bits(image: Image.Image) -> Image.Image:
    """Of sixteen bits of grey the upper eight: a plain conversion would make all that is not black white."""
    if not image.mode.startswith("I"):
        return image
    return image.convert("I").point(lambda level: level * (1 / _DEEP)).convert("L")


def _too_many_pixels() -> LimitError:
    return LimitError("this picture has too many pixels")


def _written(image: Image.Image, quality: int) -> bytes:
    out = BytesIO()
    image.save(out, "JPEG", quality=quality, optimize=True, progressive=True)
    return out.getvalue()
