"""The pictures of a record on its page, whichever app shows it: apps meet in templates, not in imports."""

from __future__ import annotations

from typing import Any

from django import template

from entente_node.attachments.deciding import going
from entente_node.attachments.reading import MOST, pictures_of
from entente_node.directory.access import Viewer

register = template.Library()


@register.inclusion_tag("attachments/_pictures.html")
def pictures(code: str, viewer: Viewer) -> dict[str, Any]:
    """Small pictures with links; a link to add one, where the viewer may and the record stands."""
    found = pictures_of(viewer, [code]) if code else []
    fits = sum(1 for one in found if one.is_ours) < MOST
    stands = viewer.records().filter(code=code, withdrawn_at=None).first() if code and fits else None
    return {
        "code": code,
        "pictures": found,
        "may_add": stands is not None and viewer.may_add_picture(stands),
    }


@register.inclusion_tag("attachments/_along.html")
def pictures_along(code: str, viewer: Viewer, agreement: str, recipient: str, article: str) -> dict[str, Any]:
    """In a form by which a function decides on a record: which pictures go along, each named, and which stay."""
    found = going(viewer, code, agreement, recipient, article)
    return {
        "code": code,
        "along": [one for one in found if one.by_decision or one.along.leaves],
        "stays": [one for one in found if not (one.by_decision or one.along.leaves)],
    }
