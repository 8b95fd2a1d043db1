"""What of a kind the agreements in force ever let leave: said while somebody types, before anything is filed.

What leaves of one record is decided when it is released, by its purpose, marking and place
(:mod:`entente.policy`); this only says what no article, or none for some purposes, would carry.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from entente.agreements.document import Share
from entente.records.base import PURPOSE_LABELS, PURPOSES, Purpose
from entente_node.directory import telling
from entente_node.directory.access import Viewer


def shares_of(viewer: Viewer, kind: str) -> list[Share]:
    """The articles by which a record of the kind may leave, for the purposes of the viewer's service."""
    return [
        article
        for agreement in viewer.named()
        for article in agreement.articles
        if isinstance(article, Share)
        and viewer.party in article.from_
        and kind in article.kinds
        and viewer.mandates.intersection(article.purposes)
    ]


def stays(viewer: Viewer, shares: Iterable[Share], field: str, purpose: str = "") -> str:
    """What to say of a field that no article, or none for some purposes, lets leave; empty: it leaves.

    Args:
        viewer: who writes it.
        shares: those of :func:`shares_of`.
        field: the name of the field.
        purpose: the purpose of the record, once it is known.
    """
    found = [share for share in shares if not purpose or purpose in share.purposes]
    carrying = [share for share in found if field in share.form.fields]
    if found and not carrying:
        return _("This stays on our side: no article lets it leave.")

    def of(among: Iterable[Share]) -> list[Purpose]:
        named = {one for share in among for one in share.purposes}
        return [one for one in PURPOSES if one in named and one in viewer.mandates]

    if of(carrying) != of(found):
        words = ", ".join(telling.either(PURPOSE_LABELS.words[one]) for one in of(carrying))
        return _("This leaves only for: %(purposes)s.") % {"purposes": words}
    return ""
