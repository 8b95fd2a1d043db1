"""Photos for tests: painted here, with metadata that no photo should travel with. No camera made them."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from random import Random

import msgspec
from PIL import Image, ImageDraw, PngImagePlugin

from entente.agreements.document import Form, Share
from tests import parties

FIELDS = ("about", "media_type", "size", "sha256", "part", "parts", "data", "width", "height", "caption")
ARTICLE = Share(
    id="A30",
    text="Une photo qui montre une fiche est transmise avec sa légende.",
    from_=("gao.ml", "tillaberi.ne"),
    to=("gao.ml", "tillaberi.ne"),
    kinds=("attachment",),
    purposes=("humanitarian", "pastoral"),
    tlp="AMBER",
    form=Form(fields=FIELDS, place="locality", time="exact"),
    retention_days=90,
)

EXCEPTIONAL = msgspec.structs.replace(
    parties.EXCEPTIONAL,
    kinds=("alert", "attachment"),
    form=msgspec.structs.replace(
        parties.EXCEPTIONAL.form, fields=tuple(dict.fromkeys((*parties.ALERT_FIELDS, *FIELDS)))
    ),
)
"""The exceptional article, which names photos as well."""

SECRET = "Appareil de Xxxxx, Labbezanga"
"""Words that stand in every kind of metadata below, and must stand in nothing that leaves."""


def painted(width: int = 2400, height: int = 1800, seed: int = 1) -> Image.Image:
    """Something with edges and colours, as large as a telephone makes it."""
    chance = Random(seed)
    image = Image.new("RGB", (width, height), (200, 180, 120))
    draw = ImageDraw.Draw(image)
    for _ in range(400):
        x, y = chance.randrange(width), chance.randrange(height)
        colour = tuple(chance.randrange(256) for _ in range(3))
        draw.ellipse([x, y, x + chance.randrange(20, 300), y + chance.randrange(20, 200)], fill=colour)
    return image


def jpeg(image: Image.Image | None = None, orientation: int = 6) -> bytes:
    """A photo with EXIF (camera, position, thumbnail), XMP, a comment, a profile, and a page after its end."""
    image = image or painted()
    exif = Image.Exif()
    exif[0x010F] = SECRET
    exif[0x0112] = orientation
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2], gps[3], gps[4] = "N", (14.0, 58.0, 25.0), "E", (0.0, 42.0, 37.0)
    exif.get_ifd(0x8769)[0x9286] = SECRET.encode()
    out = BytesIO()
    image.save(
        out,
        "JPEG",
        quality=90,
        exif=exif,
        comment=SECRET,
        xmp=f"<x:xmpmeta>{SECRET}</x:xmpmeta>".encode(),
        icc_profile=b"not a profile " + SECRET.encode(),
    )
    return out.getvalue() + f"<script>alert('{SECRET}')</script>".encode()


def png(image: Image.Image | None = None) -> bytes:
    """A PNG with words in its text chunks, half of it to be seen through."""
    image = (image or painted(600, 400)).convert("RGBA")
    image.putalpha(128)
    words = PngImagePlugin.PngInfo()
    words.add_text("Comment", SECRET)
    words.add_itxt("XML:com.adobe.xmp", SECRET, zip=True)
    out = BytesIO()
    image.save(out, "PNG", pnginfo=words)
    return out.getvalue()


def webp(image: Image.Image | None = None) -> bytes:
    """A WebP with EXIF and XMP."""
    exif = Image.Exif()
    exif[0x010F] = SECRET
    out = BytesIO()
    (image or painted(800, 600)).save(out, "WEBP", exif=exif, xmp=SECRET.encode())
    return out.getvalue()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_of(width: int, height: int, body: bytes = b"") -> bytes:
    """A PNG that says that it is of a size, over whatever bytes."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(body))
        + _chunk(b"IEND", b"")
    )


def text_bomb() -> bytes:
    """A small PNG with a text chunk that unpacks to 200 MB."""
    packed = zlib.compress(bytes(200_000_000), 9)
    small = BytesIO()
    Image.new("RGB", (8, 8)).save(small, "PNG")
    data = small.getvalue()
    return data[:33] + _chunk(b"zTXt", b"Comment\0\0" + packed) + data[33:]


HOSTILE = {
    "nothing": b"",
    "a page called photo.jpg": b"<!doctype html><script>alert(1)</script>",
    "SVG": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><image href="file:///etc/passwd"/></svg>',
    "GIF that is a script": b"GIF89a=1;alert(1)//" + bytes(100),
    "PDF": b"%PDF-1.4\n" + bytes(1_000),
    "a JPEG header and a page": b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + b"<script>alert(1)</script>" * 50,
    "a truncated JPEG": jpeg(painted(400, 300))[:5_000],
    "a truncated PNG": png(painted(200, 200))[:3_000],
    "a truncated WebP": webp(painted(200, 200))[:900],
    "50,000 by 50,000 pixels": png_of(50_000, 50_000),
    "30,000 by 1 pixels": png_of(30_000, 1, bytes(100)),
    "more pixels than its bytes": png_of(4_000, 4_000, bytes(10_000)),
    "a text that unpacks to 200 MB": text_bomb(),
    "a TIFF": b"II*\x00\x08\x00\x00\x00" + bytes(200),
    "an EPS, which Pillow would give to another program": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
}
"""Bytes that were made to be taken for a picture."""
