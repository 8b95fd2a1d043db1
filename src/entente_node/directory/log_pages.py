"""The log of accesses as a page, for those who may read it: filters are links, the chain is checked on demand.

It shows codes and deeds, never what was seen. Reading it is in it, without the codes that it showed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from entente.records.times import instant, parse_at
from entente_node.digits import whole
from entente_node.directory import auditing, pruning, telling
from entente_node.directory.access import Viewer, for_viewer
from entente_node.directory.deeds import words_of
from entente_node.directory.filters import Choice, Chosen, Group
from entente_node.directory.models import AuditEntry
from entente_node.directory.roles import RIGHTS, May, Role

PAGE: Final = 60
_NAMES: Final = ("account", "service", "deed", "subject", "period")
_PERIODS: Final = {"day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=30)}
_LONGEST: Final = 64


@dataclass(frozen=True)
class Line:
    """One entry, in words."""

    entry: AuditEntry
    when: str
    deed: str
    role: str
    where: str
    """The page, with its filters."""
    codes: tuple[str, ...]
    more: str


@require_safe
@for_viewer(May.AUDIT)
def audit(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Who saw and did what, the newest first."""
    asked = {name: request.GET.get(name, "")[:_LONGEST] for name in _NAMES}
    before = whole(request.GET.get("before", ""))
    rows = _chosen(viewer, asked)
    if before is not None:
        rows = rows.filter(seq__lt=before)
    found = list(rows[: PAGE + 1])
    shown = found[:PAGE]
    checked = "check" in request.GET
    end, removed = auditing.head(), auditing.start().size
    wanted = Chosen("/audit", asked)
    context = {
        "page": "audit",
        "lines": [_line(viewer, entry) for entry in shown],
        "head": end,
        "kept": end.size - removed,
        "removed": removed,
        "overdue": pruning.older_than(settings.AUDIT_DAYS),
        "days": settings.AUDIT_DAYS,
        "checked": checked,
        "broken": auditing.verify() if checked else None,
        "filters": _filters(wanted),
        "asked": asked,
        "older": wanted.url(before=shown[-1].seq) if len(found) > PAGE else "",
        "newest": wanted.url() if before else "",
        "check": wanted.url(check=1),
    }
    return render(request, "directory/audit.html", context)


@require_safe
@for_viewer(May.AUDIT)
def audit_file(_request: HttpRequest, viewer: Viewer) -> HttpResponseBase:
    """The whole chain as JSON lines, to be verified elsewhere."""
    auditing.write(viewer, "audit.exported")
    name = f"audit-{viewer.party}.jsonl"
    return StreamingHttpResponse(
        _encoded(auditing.export()),
        content_type="application/jsonl; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "private, no-store",
        },
    )


def _encoded(lines: Iterator[str]) -> Iterator[bytes]:
    for line in lines:
        yield f"{line}\n".encode()


def _chosen(viewer: Viewer, asked: dict[str, str]) -> QuerySet[AuditEntry]:
    rows = AuditEntry.objects.order_by("-seq")
    exactly = {name: asked[name] for name in ("account", "service", "deed") if asked[name]}
    rows = rows.filter(**exactly)
    if asked["subject"]:
        # What a list showed stands in its line's codes.
        rows = rows.filter(subject=asked["subject"]) | rows.filter(detail__contains=asked["subject"])
    if asked["period"] in _PERIODS:
        rows = rows.filter(at__gte=instant(viewer.now.astimezone(UTC) - _PERIODS[asked["period"]]))
    return rows


def _line(viewer: Viewer, entry: AuditEntry) -> Line:
    detail = json.loads(entry.detail)
    at: datetime = parse_at(entry.at)[0]
    known = {"route", "query", "codes", "method", "status"}
    return Line(
        entry=entry,
        when=telling.clock(at, viewer.zone, viewer.now),
        deed=words_of(entry.deed),
        role=str(RIGHTS[Role(entry.role)].name) if entry.role in set(Role) else entry.role,
        where=" ".join(part for part in (detail.get("route", ""), detail.get("query", "")) if part),
        codes=tuple(code for code in str(detail.get("codes", "")).split() if code != entry.subject),
        more=", ".join(f"{name} {value}" for name, value in detail.items() if name not in known),
    )


def _filters(wanted: Chosen) -> list[Group]:
    """The period; and what was followed in a line, which a press takes away again."""
    periods = {"": _("All"), "day": _("One day"), "week": _("One week"), "month": _("30 days")}
    words = {
        "account": _("Account"),
        "service": _("Service"),
        "deed": _("Deed"),
        "subject": _("Subject"),
    }
    followed = [
        Choice(f"{word}{telling.colon()}{wanted.values[name]} ×", wanted.url(**{name: ""}), chosen=True)
        for name, word in words.items()
        if wanted.values[name]
    ]
    return [
        wanted.group("period", _("By time"), periods),
        *([Group("chosen", _("Chosen: press to take it away"), followed)] if followed else []),
    ]
