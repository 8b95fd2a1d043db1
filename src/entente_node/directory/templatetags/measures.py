"""The measures that were proposed about a record, on its page."""

from __future__ import annotations

from typing import Any

from django import template

from entente_node.directory.access import Viewer
from entente_node.directory.measures import measures_about

register = template.Library()


@register.inclusion_tag("measures/_about.html")
def measures_of(code: str | None, viewer: Viewer) -> dict[str, Any]:
    """Each with how it stands, oldest first; nothing where there is none."""
    return {"measures": measures_about(viewer, code), "viewer": viewer}
