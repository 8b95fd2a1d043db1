"""A communiqué: words that both authorities agree paragraph by paragraph, and then sign.

What is signed is :meth:`Communique.text`, the same bytes on every node that holds the record.
It is made of the fields in :data:`TEXT` alone, which a form keeps together or not at all, and
of nothing that a form makes coarser: so the place and day of signature are words here, as on
paper. Paragraph states are left out of it, so that the last "agreed" does not change what was
agreed. The signatures are lines under a note (PROTOCOL.md section 2), not part of the record.

The text has one field a line, and each line begins with what it is::

    entente.v1/communique
    language fr
    title Communiqué conjoint
    preamble Considérant …                    any number of lines
    paragraph Les deux régions …              at least one
    done Fait à …, le …
    signatory gao.ml                          one for each who signs, then
    function Gouverneur de la région          the function that signs
    representing Ministre …                   whom it represents, where it does
    under Décision n° …                       by which act, where there is one

No value has a line break, so two communiqués with different words never have one text.

An authority that wants other words files a communiqué that revises this one. What a side
writes of the other's agreement to a paragraph is only what it understood: a signature counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Final, Literal, TypeAlias

from msgspec import Meta

from entente.errors import RecordError
from entente.records.base import Clause, Field, Labels, Lane, Language, Part, PartyId, Record, Role, Short

TYPE_LINE: Final = "entente.v1/communique\n"

TEXT: Final = frozenset({"language", "subject", "preamble", "paragraphs", "done", "signatories"})
"""The fields that make up what is signed."""

Consent = Literal["proposed", "agreed", "reserved"]

Consents: TypeAlias = Annotated[dict[PartyId, Consent], Meta(max_length=16)]


class Paragraph(Part, kw_only=True, frozen=True):
    """One paragraph, and how far each side is with it."""

    text: Annotated[Clause, Field(Role.FREE_TEXT, "Texte", "Text")]
    consent: Annotated[
        Consents | None,
        Field(Role.CHOICE, "Accord des parties", "Consent of the sides"),
        Labels(
            {
                "proposed": ("proposé", "proposed"),
                "agreed": ("accepté", "agreed"),
                "reserved": ("réservé", "reserved"),
            }
        ),
    ] = None


class Signatory(Part, kw_only=True, frozen=True):
    """Who signs for a party: a function, perhaps for another, under which act. Never a name."""

    party: Annotated[PartyId, Field(Role.LABEL, "Partie", "Party")]
    function: Annotated[Short, Field(Role.FREE_TEXT, "Fonction", "Function")]
    representing: Annotated[Short | None, Field(Role.FREE_TEXT, "Représentant", "Representing")] = None
    under: Annotated[Short | None, Field(Role.FREE_TEXT, "En vertu de", "Under")] = None


class Communique(Record, kw_only=True, frozen=True, tag="communique"):
    """What a meeting says to the world and to itself; ``about`` is the meeting."""

    lane: ClassVar[Lane] = "urgent"
    family: ClassVar[str] = "dialogue"
    placed: ClassVar[bool] = False
    together: ClassVar[frozenset[str]] = TEXT
    title: ClassVar[tuple[str, str]] = ("Communiqué conjoint", "Joint communiqué")

    language: Annotated[Language | None, Field(Role.LABEL, "Langue", "Language", hxl="#meta+language")] = None
    subject: Annotated[Short | None, Field(Role.FREE_TEXT, "Titre", "Title", hxl="#event+name")] = None
    preamble: Annotated[
        tuple[Clause, ...],
        Meta(max_length=20),
        Field(Role.FREE_TEXT, "Préambule", "Preamble", hxl="#description+preamble"),
    ] = ()
    paragraphs: Annotated[
        tuple[Paragraph, ...],
        Meta(max_length=40),
        Field(Role.FREE_TEXT, "Paragraphes", "Paragraphs", hxl="#description"),
    ] = ()
    done: Annotated[
        Short | None, Field(Role.FREE_TEXT, "Fait à, le", "Done at, on", hxl="#description+done")
    ] = None
    signatories: Annotated[
        tuple[Signatory, ...],
        Meta(max_length=16),
        Field(Role.FREE_TEXT, "Signataires", "Signatories", hxl="#contact+signatories"),
    ] = ()

    def check(self) -> None:
        """A communiqué has a language, a title and a paragraph; each party signs once."""
        super().check()
        parties = [signatory.party for signatory in self.signatories]
        if len(set(parties)) != len(parties):
            raise RecordError("a party signs a communiqué once")
        if self.is_released and not any(getattr(self, name) for name in TEXT):
            return  # the form keeps none of the text
        if self.language is None or self.subject is None or not self.paragraphs:
            raise RecordError("a communiqué needs a language, a title and at least one paragraph")

    def text(self) -> str:
        """The text that authorities sign: the same for every holder of the same words.

        Raises RecordError where it is not there: an article's form has left it out.
        """
        if not self.paragraphs:
            raise RecordError("this communiqué came without its text: there is nothing to sign")
        return TYPE_LINE + "".join(f"{what} {words}\n" for what, words in self._lines() if words is not None)

    def _lines(self) -> Iterator[tuple[str, str | None]]:
        yield "language", self.language
        yield "title", self.subject
        for clause in self.preamble:
            yield "preamble", clause
        for paragraph in self.paragraphs:
            yield "paragraph", paragraph.text
        yield "done", self.done
        for signatory in self.signatories:
            yield "signatory", signatory.party
            yield "function", signatory.function
            yield "representing", signatory.representing
            yield "under", signatory.under

    def is_agreed_by(self, party: str) -> bool:
        """Whether this record says that the party agrees to every paragraph."""
        return bool(self.paragraphs) and all(
            (paragraph.consent or {}).get(party) == "agreed" for paragraph in self.paragraphs
        )
