"""A meeting, a communiqué and a commitment of two authorities. All of it is synthetic."""

from __future__ import annotations

import msgspec

from entente.agreements.document import Form, Share
from entente.records import Commitment, Communique, Meeting
from entente.records.communique import Paragraph, Signatory
from tests import parties

BOTH = ("gao.ml", "tillaberi.ne")

DIALOGUE = Share(
    id="A10",
    text="Réunions, communiqués et engagements sont échangés tels quels.",
    from_=BOTH,
    to=BOTH,
    kinds=("meeting", "communique", "commitment"),
    purposes=("administration",),
    tlp="AMBER",
    form=Form(
        fields=(
            "about",
            "revises",
            "state",
            "start",
            "until",
            "next_place",
            "next_start",
            "next_until",
            "subject",
            "chair",
            "delegations",
            "agenda",
            "conclusions",
            "language",
            "preamble",
            "paragraphs",
            "done",
            "signatories",
            "paragraph",
            "services",
            "due",
            "indicator",
            "target",
            "evidence",
            "text",
            "outcome",
        ),
        place="exact",
        time="exact",
    ),
    retention_days=3650,
)

PARAGRAPHS = (
    "Les deux régions échangent les informations utiles à la coordination (donnée synthétique).",
    "Les services frontaliers se rencontrent chaque mois (donnée synthétique).",
)


def agreement(**changes: object) -> parties.Agreement:
    """The tests' agreement with an article for the dialogue."""
    return parties.agreement(**({"articles": (*parties.AGREEMENT.articles, DIALOGUE)} | changes))


def communique(**changes: object) -> Communique:
    """A communiqué that both are to sign, one of them by delegation; Gao drafted it."""
    return msgspec.structs.replace(
        Communique(
            at="2022-02-01T08:00:00Z",
            service="protection-civile",
            purpose="administration",
            tlp="CLEAR",
            language="fr",
            subject="Communiqué conjoint (donnée synthétique)",
            preamble=("Réunies à Gao les 1er et 2 décembre,",),
            paragraphs=tuple(Paragraph(text=text) for text in PARAGRAPHS),
            done="Fait à Gao, le 2 décembre 2021",
            signatories=(
                Signatory(party="gao.ml", function="Gouverneur de la région de Gao"),
                Signatory(
                    party="tillaberi.ne",
                    function="Directeur général",
                    representing="Gouverneur de la région de Tillabéri",
                ),
            ),
        ),
        **changes,
    )


def meeting(**changes: object) -> Meeting:
    """The meeting at Gao, and where the next one is."""
    return msgspec.structs.replace(
        Meeting(
            at="2022-02-01T07:00:00Z",
            service="protection-civile",
            purpose="administration",
            tlp="GREEN",
            state="held",
            start="2022-02-01",
            until="2022-02-02",
            place=parties.place("gao"),
            subject="Rencontre de Gao (donnée synthétique)",
            chair="Gouverneur de la région de Gao",
            agenda=("Échange d’informations", "Prochaine rencontre"),
            next_place=parties.place("tillaberi"),
            next_start="2022-06",
        ),
        **changes,
    )


def commitment(**changes: object) -> Commitment:
    """A promise that the exchange measures."""
    return msgspec.structs.replace(
        Commitment(
            at="2022-02-01",
            service="protection-civile",
            purpose="administration",
            tlp="GREEN",
            state="open",
            services=("gao.ml/protection-civile", "tillaberi.ne/protection-civile"),
            due="2022-06",
            indicator="records_per_week",
            target=10,
            text="Échanger au moins dix fiches par semaine (donnée synthétique)",
        ),
        **changes,
    )
