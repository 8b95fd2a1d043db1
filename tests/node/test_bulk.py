"""Many records at once: the next pouch is packed while the partner reads, and nothing is lost or doubled."""

from __future__ import annotations

from contextlib import suppress

from entente.courier.exchange import Pace
from entente.errors import TransportError
from entente.node import Node
from entente.records import decode, encode
from entente.store import MOST_IN_A_TRANSACTION
from tests.federation import AGREEMENT, Federation
from tests.parties import flow

COUNT = 5_600
"""More than a batch, and no multiple of a pouch."""


def file_flows(node: Node) -> None:
    records = [flow(total=100 + number) for number in range(COUNT)]
    for start in range(0, COUNT, MOST_IN_A_TRANSACTION):
        node.file(records[start : start + MOST_IN_A_TRANSACTION])


def totals_from(node: Node, sender: str) -> list[int]:
    [journal] = [j for j in node.store.journals() if j.sender == sender and j.lane == "routine"]
    kept = node.store.entries(journal.origin, 0, journal.size)
    return [total_of(entry.payload) for entry in kept if entry.payload]


def total_of(payload: bytes) -> int:
    return int(decode(payload).total)  # type: ignore[attr-defined]  # a flow


def test_many_records_each_way_arrive_once_and_in_order(federation: Federation) -> None:
    for node in (federation.gao, federation.tillaberi):
        file_flows(node)
    federation.clock.advance(days=2)
    done = federation.exchange()
    assert (done.sent, done.received) == (COUNT, COUNT)
    expected = [100 + number for number in range(COUNT)]
    assert totals_from(federation.tillaberi, "gao.ml") == expected
    assert totals_from(federation.gao, "tillaberi.ne") == expected


def test_a_quick_line_is_used_without_a_pouch_more_than_needed(federation: Federation) -> None:
    file_flows(federation.gao)
    federation.clock.advance(days=2)
    federation.gao.release()
    line = federation.line(federation.gao, federation.tillaberi)
    line.pouches.clear()
    done = federation.gao.exchange(AGREEMENT, "tillaberi.ne", line, pace=Pace(most=MOST_IN_A_TRANSACTION))
    assert done.sent == COUNT
    assert len(line.pouches) == 2, "5,000 entries, then the rest"


def test_a_line_that_breaks_while_the_next_pouch_is_packed_loses_nothing(federation: Federation) -> None:
    file_flows(federation.gao)
    federation.clock.advance(days=2)
    federation.gao.release()
    line = federation.line(federation.gao, federation.tillaberi)
    carried = line.send

    def send(pouch: bytes) -> bytes | None:
        reply = carried(pouch)
        line.cut = True
        return reply

    line.send = send  # type: ignore[method-assign]
    pace = Pace(most=MOST_IN_A_TRANSACTION)
    for _ in range(4):
        line.cut = False
        with suppress(TransportError):
            federation.gao.exchange(AGREEMENT, "tillaberi.ne", line, pace=pace)
    assert totals_from(federation.tillaberi, "gao.ml") == [100 + number for number in range(COUNT)]


def test_a_record_leaves_as_it_would_alone(federation: Federation) -> None:
    """Release takes from the batch what repeats: one by one gives the same bytes."""
    [filing] = federation.gao.file([flow()])
    federation.clock.advance(days=2)
    [explained] = federation.gao.explain_record(filing.record)
    assert explained.payload is not None
    federation.gao.file([flow(total=50), flow(), flow(direction="outgoing")])
    federation.gao.release()
    [journal] = [j for j in federation.gao.store.journals() if j.lane == "routine"]
    payloads = [entry.payload for entry in federation.gao.store.entries(journal.origin, 0, journal.size)]
    assert payloads[0] == payloads[2] == explained.payload
    assert encode(filing.record) != explained.payload
