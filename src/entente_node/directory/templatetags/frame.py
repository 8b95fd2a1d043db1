"""What base.html draws around every page."""

from __future__ import annotations

from typing import Any

from django import template

from entente_node.directory.access import Viewer
from entente_node.directory.navigation import navigation

register = template.Library()


@register.inclusion_tag("navigation.html", takes_context=True)
def pages(context: template.Context) -> dict[str, Any]:
    """The links to the pages that the account may open; the view says by ``page`` which one is open."""
    viewer: Viewer = context["viewer"]
    return {"navigation": navigation(viewer, str(context.get("page", "")))}
