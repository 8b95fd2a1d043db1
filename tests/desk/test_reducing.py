"""A photo becomes a small picture and nothing else; what was made to be taken for one is refused."""

from __future__ import annotations

import tracemalloc
from io import BytesIO

import pytest
from PIL import Image

from entente.errors import LimitError, RecordError
from entente_node.attachments.reducing import ABOUT, LARGEST, SIDE, SMALL, is_picture, reduced, thumbnail
from tests.desk import photos

PHOTOS = {"jpeg": photos.jpeg, "png": photos.png, "webp": photos.webp}


def markers(data: bytes) -> list[int]:
    """The markers of a JPEG up to its first scan."""
    found, at = [], 2
    assert data[:2] == b"\xff\xd8"
    while data[at] == 0xFF:
        found.append(data[at + 1])
        if data[at + 1] == 0xDA:
            break
        at += 2 + int.from_bytes(data[at + 2 : at + 4])
    return found


@pytest.mark.parametrize("kind", PHOTOS)
def test_nothing_is_left_but_what_is_seen(kind: str) -> None:
    original = PHOTOS[kind]()
    assert photos.SECRET.encode() in original or kind == "png"
    found = reduced(original)
    assert photos.SECRET.encode() not in found.data
    assert b"<script" not in found.data
    # JFIF, tables, frame, scan: no APP1 (EXIF, XMP), no APP2 (profile), no APP13, no comment (0xFE).
    assert set(markers(found.data)) <= {0xE0, 0xDB, 0xC2, 0xC4, 0xDA}
    assert found.data.endswith(b"\xff\xd9")
    with Image.open(BytesIO(found.data)) as image:
        assert not image.getexif()
        assert set(image.info) <= {
            "jfif",
            "jfif_version",
            "jfif_unit",
            "jfif_density",
            "progressive",
            "progression",
        }
        assert image.size == (found.width, found.height)
    assert len(found.data) <= ABOUT
    assert max(found.width, found.height) <= SIDE


def test_it_is_turned_as_the_camera_was_held() -> None:
    image = photos.painted(800, 400)
    assert (
        reduced(photos.jpeg(image, orientation=1)).width,
        reduced(photos.jpeg(image, orientation=6)).width,
    ) == (
        800,
        400,
    )
    held = reduced(photos.jpeg(image, orientation=99))
    assert (held.width, held.height) == (800, 400)


def test_what_is_seen_through_is_painted_on_white() -> None:
    clear = Image.new("RGBA", (40, 40), (255, 0, 0, 0))
    out = BytesIO()
    clear.save(out, "PNG")
    with Image.open(BytesIO(reduced(out.getvalue()).data)) as image:
        assert image.convert("L").getextrema()[0] > 250


def test_noise_is_made_smaller_until_it_fits() -> None:
    noise = Image.effect_noise((1280, 1280), 100).convert("RGB")
    out = BytesIO()
    noise.save(out, "JPEG", quality=95)
    found = reduced(out.getvalue())
    assert len(found.data) <= ABOUT
    assert found.width < SIDE


def test_the_same_photo_twice_is_the_same_picture() -> None:
    assert reduced(photos.jpeg()) == reduced(photos.jpeg())


@pytest.mark.parametrize("name", photos.HOSTILE)
def test_what_is_no_whole_picture_is_refused_without_much_memory(name: str) -> None:
    data = photos.HOSTILE[name]
    tracemalloc.start()
    with pytest.raises((RecordError, LimitError)):
        reduced(data)
    with pytest.raises((RecordError, LimitError)):
        thumbnail(data)
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 80_000_000


def test_a_file_over_the_limit_is_not_looked_at() -> None:
    with pytest.raises(LimitError):
        reduced(photos.jpeg() + bytes(LARGEST))


def test_a_thumbnail_is_small() -> None:
    small = thumbnail(reduced(photos.jpeg()).data)
    assert len(small) < 8_000
    with Image.open(BytesIO(small)) as image:
        assert max(image.size) == SMALL


@pytest.mark.parametrize(
    "media_type", ["image/jpeg", "image/png", "image/webp", "text/html", "image/svg+xml"]
)
def test_what_came_is_served_only_as_what_it_is(media_type: str) -> None:
    found = {
        "image/jpeg": reduced(photos.jpeg()).data,
        "image/png": photos.png(),
        "image/webp": photos.webp(),
    }
    for of, data in found.items():
        assert is_picture(data, media_type) is (of == media_type)
    assert not any(
        is_picture(data, media_type)
        for name, data in photos.HOSTILE.items()
        if "truncated" not in name and "more pixels" not in name
    )
