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


def scanned(scans: int, image: Image.Image | None = None) -> bytes:
    """A progressive JPEG whose last scan stands there so many times more: each costs bytes, and all of its pixels."""
    out = BytesIO()
    (image or photos.painted(64, 48)).save(out, "JPEG", progressive=True)
    data = out.getvalue()
    last = data[data.rindex(b"\xff\xda") : -2]
    return data[:-2] + last * scans + data[-2:]


def test_a_picture_of_many_scans_costs_no_time() -> None:
    assert reduced(scanned(0)).width == 64
    for read in (reduced, thumbnail):
        with pytest.raises(LimitError, match="too many scans"):
            read(scanned(500))
    assert not is_picture(scanned(500), "image/jpeg"), "what a partner sends is not painted either"


def test_a_thumbnail_inside_a_photo_is_no_scan_of_it() -> None:
    assert reduced(photos.jpeg()).width > 0


def test_a_picture_of_sixteen_bits_is_as_bright_as_it_was() -> None:
    deep = Image.new("I;16", (100, 20))
    for x in range(100):
        for y in range(20):
            deep.putpixel((x, y), x * 655)
    out = BytesIO()
    deep.save(out, "PNG")
    with Image.open(BytesIO(reduced(out.getvalue()).data)) as image:
        grey = image.convert("L")
        assert abs(int(grey.getpixel((50, 10))) - 127) < 8  # type: ignore[arg-type]  # one band
        assert int(grey.getpixel((5, 10))) < 30  # type: ignore[arg-type]


@pytest.mark.parametrize("how", ["CMYK", "P", "LA", "1", "L"])
def test_any_kind_of_colour_becomes_plain_colour(how: str) -> None:
    out = BytesIO()
    photos.painted(120, 80).convert(how).save(out, "JPEG" if how == "CMYK" else "PNG")
    with Image.open(BytesIO(reduced(out.getvalue()).data)) as image:
        assert (image.mode, image.size) == ("RGB", (120, 80))


@pytest.mark.parametrize("how", ["PNG", "WEBP"])
def test_of_a_picture_that_moves_one_frame_is_left(how: str) -> None:
    first, *rest = (photos.painted(90, 60, seed) for seed in range(4))
    out = BytesIO()
    first.save(out, how, save_all=True, append_images=rest)
    with Image.open(BytesIO(reduced(out.getvalue()).data)) as image:
        assert getattr(image, "n_frames", 1) == 1
