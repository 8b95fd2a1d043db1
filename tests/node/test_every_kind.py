"""A record of every kind, filed on one side and read on the other, as one article shares them all."""

from __future__ import annotations

import pytest

from entente.agreements.document import Form, Share
from entente.node import Node
from entente.records import KINDS, Commitment, Communique, Record, decode
from entente.records.base import ALWAYS, Role, fields_of
from entente.records.flow import Flow
from entente.signing import SigningKey, parse_note, sign_note, verify_note
from tests import parties
from tests.federation import Federation

BOTH = ("gao.ml", "tillaberi.ne")
WIDE = parties.agreement(
    articles=tuple(
        Share(
            id=f"K{number}",
            text="Article d’essai : tout ce que dit une fiche de ce type, par localité.",
            from_=BOTH,
            to=BOTH,
            kinds=(tag,),
            purposes=("humanitarian", "mobility", "trade", "pastoral", "security", "administration"),
            tlp="AMBER",
            form=Form(
                fields=tuple(
                    name
                    for name, field in fields_of(kind).items()
                    if name not in ALWAYS and field.role is not Role.HEADER
                ),
                place="locality",
                time="exact",
            ),
            retention_days=365,
        )
        for number, (tag, kind) in enumerate(KINDS.items())
        if not kind.passes_always
    )
)


@pytest.fixture
def wide(ledgers: None) -> Federation:  # noqa: ARG001  a fixture is asked for what it does
    return Federation.agreed(WIDE)


def filed_of(tag: str, **changes: object) -> Record:
    """A record without a code: it gets one as it is filed."""
    changes = {"code": None, **changes} if KINDS[tag].spoken else changes
    return parties.EVERY_KIND[tag](**changes)


SHARED = [tag for tag, kind in KINDS.items() if not kind.passes_always]


@pytest.mark.parametrize("tag", [tag for tag in SHARED if KINDS[tag].spoken])
def test_what_people_talk_about_arrives_as_foretold_and_is_answered(wide: Federation, tag: str) -> None:
    gao, tillaberi = wide.gao, wide.tillaberi
    record = gao.file([filed_of(tag)], confirmed=True)[0].record
    assert record.code
    foretold = [explained.payload for explained in gao.explain(record.code)]
    wide.exchange()
    received = tillaberi.show(record.code)
    assert received is not None
    assert [received.body] == foretold
    assert type(decode(received.body)) is KINDS[tag]
    assert tillaberi.dossier(record.code).state == "new"
    wide.clock.advance(minutes=3)
    service = record.service if record.service != "femmes" else "protection-civile"
    tillaberi.answer(record.code, service=service, step="acknowledged")
    wide.exchange()
    assert [node.dossier(record.code).state for node in (gao, tillaberi)] == ["acknowledged"] * 2
    assert wide.kayes.show(record.code) is None


def test_flows_of_every_kind_leave_without_a_code(wide: Federation) -> None:
    gao = wide.gao
    gao.file([filed_of(tag) for tag in SHARED if issubclass(KINDS[tag], Flow)])
    assert [done.released for done in gao.release()] == [3]
    wide.exchange()
    assert [v.problem for v in wide.tillaberi.verify()] == [None]


def test_both_authorities_sign_the_communique_that_each_derives_from_its_own_copy(wide: Federation) -> None:
    gao, tillaberi = wide.gao, wide.tillaberi
    code = gao.file([filed_of("communique")], confirmed=True)[0].record.code
    assert code
    wide.exchange()

    def text_at(node: Node) -> str:
        shown = node.show(code)
        assert shown is not None
        record = decode(shown.body)
        assert isinstance(record, Communique)
        return record.text()

    keys: list[SigningKey] = [parties.GAO.authority, parties.TILLABERI.authority]
    note = sign_note(text_at(gao), keys[0])
    both = parse_note(sign_note(text_at(tillaberi), *keys).to_bytes())
    assert both.text == note.text
    assert len(verify_note(both, [key.verifier for key in keys])) == 2


def test_evidence_leaves_code_by_code_as_far_as_the_other_side_knows_it(wide: Federation) -> None:
    gao, tillaberi = wide.gao, wide.tillaberi
    shared, secret = (one.record.code for one in gao.file([filed_of("alert"), filed_of("alert", tlp="RED")], confirmed=True))  # fmt: skip
    communique = gao.file([filed_of("communique")], confirmed=True)[0].record.code
    wide.exchange()
    commitment = filed_of("commitment", evidence=(shared, secret), about=communique)
    [ruling] = gao.rulings(commitment, confirmed=True)
    assert ruling.decision.outcome == "release"
    code = gao.file([commitment], confirmed=True)[0].record.code
    assert code
    foretold = [explained.payload for explained in gao.explain(code)]
    wide.exchange()
    received = tillaberi.show(code)
    assert received is not None
    assert [received.body] == foretold
    record = decode(received.body)
    assert isinstance(record, Commitment)
    assert (record.evidence, record.about) == ((shared,), communique)
    assert str(secret) not in received.body.decode()
