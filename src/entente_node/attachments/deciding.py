"""Which pictures go along when two functions release their record, and what it takes for one that stayed.

Who decides on a record decides on the pictures that its page shows, and on no other: the form names
each of them. What may leave is the core's to say (:class:`entente.recourse.Recourses`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from entente.agreements.document import Agreement, Exceptional
from entente.contacts import function_name
from entente.errors import EntenteError
from entente.recourse import Along, Matter
from entente_node.attachments.reading import Picture, pictures_of
from entente_node.directory.access import Viewer
from entente_node.directory.here import node
from entente_node.directory.roles import May
from entente_node.ledger.models import Record


@dataclass(frozen=True)
class Goes:
    """One picture of a record that two functions may release, and whether it goes along."""

    picture: Picture
    along: Along

    @property
    def by_decision(self) -> bool:
        """It goes along with their decision, and without it it stays."""
        return self.along.takes_two

    @property
    def values(self) -> str:
        """The values of the reason as JSON, as a refusal keeps them."""
        return json.dumps(dict(self.along.reason.values), default=str, ensure_ascii=False)


@dataclass(frozen=True)
class Way:
    """One exceptional article by which two functions may release one picture by itself."""

    agreement: str
    recipient: str
    name: str
    """Of the recipient."""
    article: str
    text: str
    decided: tuple[str, ...]
    may_decide: tuple[str, ...]
    mine: str
    """The viewer's own function, where it may decide now; else empty."""
    retracts: bool
    """The viewer's own function has decided, and may take it back."""
    enough: bool
    record_first: bool
    """The record has not left: who decides on it decides on its pictures as well."""


def going(viewer: Viewer, code: str, agreement: str, recipient: str, article: str) -> list[Goes]:
    """The pictures of ours of a record that the viewer sees, as far as they are whole."""
    seen = [one for one in pictures_of(viewer, [code]) if one.is_ours and one.is_whole]
    if not seen:
        return []
    matter = Matter(code=code, agreement=agreement, recipient=recipient, article=article)
    try:
        found = {one.name: one for one in node().recourses.pictures(matter)}
    except EntenteError:
        return []
    return [Goes(one, found[one.sha256]) for one in seen if one.sha256 in found]


def ways_of(viewer: Viewer, picture: Picture) -> list[Way]:
    """What it takes for a picture of ours to leave by itself, for each recipient that it has not left for."""
    if not (picture.is_ours and picture.is_confirmed):
        return []
    return list(_ways(viewer, picture))


def _ways(viewer: Viewer, picture: Picture) -> Iterator[Way]:
    for agreement in viewer.named():
        for article in agreement.articles:
            if isinstance(article, Exceptional) and viewer.party in article.from_:
                for recipient in article.to:
                    way = _way(viewer, agreement, article, recipient, picture)
                    if way is not None:
                        yield way


def _way(
    viewer: Viewer, agreement: Agreement, article: Exceptional, recipient: str, picture: Picture
) -> Way | None:
    target = Record.objects.filter(code=picture.about, local=True).first()
    if recipient == viewer.party or target is None:
        return None
    found = going(viewer, picture.about, agreement.id, recipient, article.id)
    along = next((one.along for one in found if one.picture.sha256 == picture.sha256), None)
    if along is None or along.has_left or not (along.takes_two or along.functions):
        return None
    me, cited = viewer.user, f"{agreement.version}#{article.id}"
    title = f"{me.service}/{me.duty}"
    store = node().store
    about_it = [
        one
        for record in (target.pk, along.parts[0])
        for one in store.approved(record)
        if (one.agreement, one.recipient, one.approval.article) == (agreement.id, recipient, cited)
    ]
    by_me = {one.record for one in about_it if title == one.approval.title}
    here = any((one.agreement, one.recipient) == (agreement.id, recipient) for one in store.sent(target.pk))
    named = {one.title: one.name for one in article.functions if one.party == viewer.party}
    mandated = {
        one.title
        for one in article.functions
        if one.party == viewer.party and _acts_for(agreement, viewer.party, one.service, target.purpose)
    }
    twice = any(one.approval.by == me.name for one in about_it if one.record == along.parts[0])
    ready = here or target.pk in by_me
    may = viewer.may(May.RELEASE) and title in mandated and ready and not along.leaves
    return Way(
        agreement=agreement.id,
        recipient=recipient,
        name=viewer.name_of(recipient),
        article=article.id,
        text=article.text,
        decided=_names(agreement, viewer.party, along.functions),
        may_decide=tuple(named[one] for one in named if one in mandated and one not in along.functions),
        mine=named[title] if may and not twice and title not in along.functions else "",
        retracts=viewer.may(May.RELEASE) and along.parts[0] in by_me,
        enough=along.leaves,
        record_first=not here,
    )


def _acts_for(agreement: Agreement, party: str, service: str, purpose: str) -> bool:
    of = agreement.party(party)
    return any(one.id == service and purpose in one.mandates for one in (of.services if of else ()))


def _names(agreement: Agreement, party: str, titles: Iterable[str]) -> tuple[str, ...]:
    halves = (title.partition("/") for title in titles)
    return tuple(function_name([agreement], party, service, function) for service, _, function in halves)
