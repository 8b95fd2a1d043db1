from __future__ import annotations

from entente_node.ledger.models import Channel, Entry, Journal, Trouble
from tests import parties
from tests.desk.conftest import Desk


def test_what_was_set_aside_and_what_the_partner_refused_is_shown(desk: Desk) -> None:
    Entry.objects.update(quarantine="not-allowed")
    page = desk.page("/exchange")
    assert "Set aside" in page
    assert "Some entries could not be taken." in page
    assert "Some entries could not be taken." in desk.page("/")
    own = Journal.objects.create(
        origin="tillaberi.ne/gao-tillaberi/gao.ml/urgent/1",
        agreement="gao-tillaberi",
        sender="tillaberi.ne",
        recipient="gao.ml",
        lane="urgent",
        ours=True,
    )
    Trouble.objects.create(
        origin=own.origin, index=0, reason="unknown-kind", reported_at=desk.federation.clock.now
    )
    assert "Refused by the partner" in desk.page("/exchange")


def test_a_failure_of_the_line_is_told_in_its_own_words(desk: Desk) -> None:
    Channel.objects.update(tried_at=desk.federation.clock.now, failure="the partner cannot be reached <now>")
    assert "the partner cannot be reached &lt;now&gt;" in desk.page("/exchange")


def test_the_agreement_is_readable_with_its_watermark_articles_and_fingerprint(desk: Desk) -> None:
    page = desk.page("/agreement/gao-tillaberi")
    for words in (
        parties.WATERMARK,
        "Article A4",
        "sans délai, par localité",
        "Never leaves",
        "<dt>Place</dt><dd><bdi>locality</bdi></dd>",
        "<dt>Acknowledged within</dt><dd><bdi>60 min</bdi></dd>",
        "humanitarian, mobility, administration",
        "délégation de signature (fictive)",
        "Labbezanga",
        parties.signed().digest.hex(),
        "Signed by: <bdi>Région de Gao</bdi>, <bdi>Région de Tillabéri</bdi>",
    ):
        assert words in page, words
    assert desk.client().get("/agreement")["Location"] == "/agreement/gao-tillaberi"
    assert desk.client().get("/agreement/another").status_code == 404
