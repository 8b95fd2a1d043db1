"""Whether what leaves can be answered: a share of messages back, for its purpose and its marking.

An answer is a message about the record, with its purpose and at least the marking that it came with
(DESIGN.md section 5). Where no article lets such a message go back, a side is asked to acknowledge what
it cannot acknowledge, and nobody sees it before the first night.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from entente.agreements.document import Agreement, Opening, Respond, Share
from entente.agreements.overlap import services_for
from entente.records import Alert, Message
from entente.records.base import TLP_RANK, Purpose, Tlp

ANSWERED: Final = frozenset({Alert.kind()})
"""Kinds that people answer whatever the agreement says; it names others by ``respond`` articles."""


def unanswerable(article: Opening, agreement: Agreement) -> Iterator[tuple[Purpose, Tlp, tuple[str, ...]]]:
    """Of what an article lets leave and people answer: purposes, the marking, and the parties that could not."""
    if not set(article.kinds) & answered(agreement):
        return
    tlp = article.form.tlp or article.tlp
    for purpose in article.purposes:
        mute = tuple(
            recipient
            for recipient in article.to
            if any(
                sender != recipient and not _may_answer(agreement, recipient, sender, purpose, tlp)
                for sender in article.from_
            )
        )
        if mute:
            yield purpose, tlp, mute


def answered(agreement: Agreement) -> frozenset[str]:
    """The kinds of records that people answer under the agreement.

    One that sets no time and shares no message with anybody wants no answers.
    """
    named = frozenset(kind for one in agreement.articles if isinstance(one, Respond) for kind in one.kinds)
    if any(isinstance(one, Share) and Message.kind() in one.kinds for one in agreement.articles):
        named |= ANSWERED
    return named


def _may_answer(agreement: Agreement, answering: str, asking: str, purpose: Purpose, tlp: Tlp) -> bool:
    party = agreement.party(asking)
    return party is not None and any(
        isinstance(one, Share)  # not an exceptional one: two functions' decision is no way to acknowledge
        and Message.kind() in one.kinds
        and answering in one.from_
        and asking in one.to
        and purpose in one.purposes
        and TLP_RANK[one.tlp] >= TLP_RANK[tlp]
        and not one.where  # a message has no place
        and bool(services_for(party, one, purpose))
        for one in agreement.articles
    )
