"""An attachment: one part of an image that shows what a record says.

An image travels in parts in the routine lane, so that it never stands before an alert, and so
that a line that breaks loses one part and not the whole. Each part is a record. Parts belong
together when they come from one party, are about one record and name one hash; the image is
there once all of them are held and it has that hash (:func:`joined`). Its bytes are treated as
free text is: they leave only where an article names them and a person has confirmed them.

It answers: it has its target's purpose and at least its marking, and goes only where that went.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Annotated, Any, ClassVar, Final, Literal, get_args

from msgspec import Meta

from entente.errors import RecordError
from entente.records.base import Field, Labels, Record, Role, Short

MediaType = Literal["image/jpeg", "image/png", "image/webp"]
MEDIA_TYPES: Final[tuple[MediaType, ...]] = get_args(MediaType)

MOST_IN_A_PART: Final = 43_000
"""Bytes: with base64, and everything else that a record may say, they fit in one payload (60,000)."""
MOST_IN_ALL: Final = 1_000_000
MOST_PARTS: Final = 100


class Attachment(Record, kw_only=True, frozen=True, tag="attachment"):
    """A part of an image; ``about`` is the record that it shows.

    The image is the ``data`` of parts 1 to ``parts``, in their order, that come from one party and agree on
    ``about``, ``media_type``, ``size``, ``sha256`` and ``parts``. Without its size and hash it is no image.
    """

    family: ClassVar[str] = "attachment"
    spoken: ClassVar[bool] = False
    placed: ClassVar[bool] = False
    tells: ClassVar[bool] = False
    kept: ClassVar[frozenset[str]] = frozenset({"about"})
    title: ClassVar[tuple[str, str]] = ("Pièce jointe", "Attachment")

    media_type: Annotated[
        MediaType,
        Field(Role.CHOICE, "Type de média", "Media type", hxl="#meta+media"),
        Labels(
            {
                "image/jpeg": ("image JPEG", "JPEG image"),
                "image/png": ("image PNG", "PNG image"),
                "image/webp": ("image WebP", "WebP image"),
            }
        ),
    ]
    size: Annotated[
        Annotated[int, Meta(ge=1, le=MOST_IN_ALL)],
        Field(Role.QUANTITY, "Taille en octets", "Size in bytes", hxl="#meta+size+num"),
    ]
    """Of the whole image."""
    sha256: Annotated[
        Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z", max_length=64)],
        Field(Role.LABEL, "Somme SHA-256", "SHA-256 sum", hxl="#meta+hash"),
    ]
    """Of the whole image."""
    part: Annotated[
        Annotated[int, Meta(ge=1, le=MOST_PARTS)],
        Field(Role.QUANTITY, "Morceau", "Part", hxl="#meta+part+num"),
    ]
    parts: Annotated[
        Annotated[int, Meta(ge=1, le=MOST_PARTS)],
        Field(Role.QUANTITY, "Morceaux en tout", "Parts in all", hxl="#meta+parts+num"),
    ]
    data: Annotated[
        Annotated[bytes, Meta(min_length=1, max_length=MOST_IN_A_PART)],
        Field(Role.IMAGE, "Image", "Image"),
    ]
    width: Annotated[
        Annotated[int, Meta(ge=1, le=20_000)] | None,
        Field(Role.QUANTITY, "Pixels de large", "Pixels wide", hxl="#meta+width+num"),
    ] = None
    height: Annotated[
        Annotated[int, Meta(ge=1, le=20_000)] | None,
        Field(Role.QUANTITY, "Pixels de haut", "Pixels high", hxl="#meta+height+num"),
    ] = None
    caption: Annotated[
        Short | None, Field(Role.FREE_TEXT, "Légende", "Caption", hxl="#description+image")
    ] = None

    @property
    def answers(self) -> bool:
        """An image without the record that it shows says nothing."""
        return self.about is not None

    def check(self) -> None:
        """It says what it is about; its part is one of its parts; an image in one part has its size and hash."""
        super().check()
        if self.about is None:
            raise RecordError("an attachment needs the code of the record that it is about")
        if self.part > self.parts:
            raise RecordError("there is no part {part} of {parts}", part=self.part, parts=self.parts)
        if len(self.data) > self.size or (
            self.parts == 1 and not _is_whole(self.data, self.size, self.sha256)
        ):
            raise RecordError("the parts of an attachment do not make what it says that it is")


def split(image: bytes, at_most: int, **header: Any) -> list[Attachment]:
    """The parts of an image, each of at most ``at_most`` bytes; ``header`` is what all of them say.

    Raises RecordError for an image that is empty or larger than what can be sent.
    """
    parts = -(-len(image) // at_most)
    if not image or len(image) > MOST_IN_ALL or parts > MOST_PARTS:
        raise RecordError(
            "an image of {size} bytes cannot be sent: at most {limit}", size=len(image), limit=MOST_IN_ALL
        )
    name = sha256(image).hexdigest()
    return [
        Attachment(
            **header,
            size=len(image),
            sha256=name,
            part=part + 1,
            parts=parts,
            data=image[part * at_most : (part + 1) * at_most],
        )
        for part in range(parts)
    ]


def joined(parts: Iterable[Attachment]) -> bytes | None:
    """The image, once every part of it is there and it has its size and its hash; None before, and for any other.

    The parts are those of one image: they have one ``sha256``. Of a part that came twice the first counts.
    """
    held: dict[int, Attachment] = {}
    for one in parts:
        held.setdefault(one.part, one)
    found: Sequence[Attachment] = [held[number] for number in sorted(held)]
    if not found or len(found) != found[0].parts:
        return None
    image = b"".join(one.data for one in found)
    return image if _is_whole(image, found[0].size, found[0].sha256) else None


def _is_whole(image: bytes, size: int, name: str) -> bool:
    return len(image) == size and sha256(image).hexdigest() == name


def same(one: Attachment) -> tuple[str | None, str, int, int, str]:
    """What the parts of one image have in common, beside the party."""
    return one.about, one.sha256, one.size, one.parts, one.media_type
