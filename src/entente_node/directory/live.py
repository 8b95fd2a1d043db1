"""Pages that stay fresh by themselves: conditional requests that cost little while nothing changes.

A page that is *live* carries a tag of all that this viewer is shown on it. A small script
(``static/desk/live.js``) asks again every 20 seconds, with the tag, for the page's content alone.
While the tag holds, the answer is 304 without a body; else it is the content, which the script
merges into the page. Without the script the page has a link that loads it anew.

The tag is made of what is shown and of nothing else: a record, an answer or a decision behind the
viewer's wall does not change it. It is keyed, so that nobody tries out what it was made of. What
changes by the clock alone is no part of it: spans of time are kept current by the script, and the
tag says itself until when it holds, which is when the next deadline on the page passes.

Instants that move without anything else being new (when a partner was last heard) come in a
header beside either answer.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.crypto import salted_hmac
from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from entente.records.times import instant
from entente_node.digits import whole
from entente_node.directory.access import Viewer
from entente_node.directory.frame import assets

FRAGMENT: Final = "X-Fragment"
"""The header by which the script asks for the content alone, and the answer says that it is that."""
MOMENTS: Final = "X-Moments"
"""``key=instant`` by commas: the elements ``<time data-moment="key">`` take the instant."""
_LENGTH: Final = 24


@dataclass(frozen=True)
class Fresh:
    """What a page shows its viewer, as far as anything but the clock can change it."""

    request: HttpRequest
    viewer: Viewer
    seen: tuple[object, ...]
    """Values whose ``repr`` says what is shown; in a fixed order."""
    moments: Mapping[str, datetime | None] = field(default_factory=dict)

    @property
    def tag(self) -> str:
        """The same as long as the page would be the same."""
        viewer, user = self.viewer, self.viewer.user
        around = (
            self.request.get_full_path(),
            (user.pk, user.role, user.service, user.duty, user.areas, user.language),
            sorted(viewer.mandates),
            [(agreement.id, agreement.version) for agreement in viewer.agreements],
            viewer.now.astimezone(viewer.zone).date(),
            assets(),
        )
        return salted_hmac("entente.live", repr((around, self.seen)), algorithm="sha256").hexdigest()[
            :_LENGTH
        ]

    @property
    def is_asked_for(self) -> bool:
        """Whether the content alone is asked for, by the script."""
        return FRAGMENT in self.request.headers

    def unchanged(self) -> HttpResponse | None:
        """304 where the browser has what it would be told; None where the page is to be made."""
        if not self.is_asked_for:
            return None
        tag = self.tag
        for held in parse_etags(self.request.headers.get("If-None-Match", "")):
            # A proxy or the compression may have made it weak.
            shown, _dot, until = held.removeprefix("W/").strip('"').partition(".")
            over = whole(until)
            if shown == tag and over is not None and not 0 < over <= self.viewer.now.timestamp():
                return self._marked(HttpResponseNotModified(), held)
        return None

    def page(
        self,
        template: str,
        context: dict[str, Any],
        *,
        until: datetime | None = None,
        status: int = 200,
    ) -> HttpResponse:
        """The page, or its content alone; ``until`` is when the clock changes what is shown."""
        etag = f'"{self.tag}.{int(until.timestamp()) if until else 0}"'
        more: dict[str, object] = {"layout": "live.html" if self.is_asked_for else "base.html"}
        if self.request.method != "POST":  # a page that answers a form stands under the form's address
            more["live"] = self._live(etag)
        response = render(self.request, template, context | more, status=status)
        return self._marked(response, etag)

    def _marked(self, response: HttpResponse, etag: str) -> HttpResponse:
        patch_vary_headers(response, [FRAGMENT])
        if self.is_asked_for:
            response["ETag"] = etag
            response[FRAGMENT] = "live"
            moments = ((key, moment) for key, moment in self.moments.items() if moment)
            response[MOMENTS] = ",".join(
                f"{key}={instant(moment.astimezone(UTC))}" for key, moment in moments
            )
        return response

    def _live(self, etag: str) -> dict[str, object]:
        """What the script needs to know, in the reader's language."""
        return {
            "tag": etag,
            "now": instant(self.viewer.now.astimezone(UTC)),
            "zone": str(self.viewer.zone),
            "words": json.dumps(words(), ensure_ascii=False, separators=(",", ":")),
        }


def words() -> list[str]:
    """How spans of time are said, for the script: the words of :mod:`telling` with ``#`` for what it puts in."""
    many = 2
    patterns = (
        _("less than a minute"),
        _("%(count)d min"),
        _("%(count)d h"),
        ngettext("%(count)d day", "%(count)d days", many),
        _("%(span)s ago"),
        _("in %(span)s"),
        _("%(span)s left"),
        _("late by %(span)s"),
    )
    return [pattern.replace("%(count)d", "#").replace("%(span)s", "#") for pattern in patterns]
