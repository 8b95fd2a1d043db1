"""The interface for programs, ``/api/v1``: what the desk shows, as JSON, to read.

It is entered with a key of the account (``Authorization: Bearer …``, see
:mod:`entente_node.directory.keys`) or from the desk's own session, passes the account's wall,
and is written into the log as any page. Its description is ``/api/v1/openapi.json`` (OpenAPI
3.1); there is no page that loads scripts from elsewhere. Nothing is changed through it.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from hashlib import sha256
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlencode

import msgspec
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from ninja import NinjaAPI, Query, Schema
from ninja.openapi.schema import OpenAPISchema
from pydantic import Field

from entente.errors import EntenteError, RecordError
from entente.records.codes import check_code
from entente_node.api.selection import Seen, Selection, seen
from entente_node.directory import telling
from entente_node.directory.access import Viewer, for_viewer
from entente_node.directory.cursors import opened, sealed
from entente_node.directory.roles import May
from entente_node.flows.mirror import Value
from entente_node.flows.mirror import flows as flows_of
from entente_node.flows.series import SERIES
from entente_node.flows.tallies import newest_week, week_of
from entente_node.speech import say_error

MOST: Final = 500
"""Records of one answer."""
_KEY: Final = {
    "key": {"type": "http", "scheme": "bearer", "description": "A key of the account, made at /keys."}
}


class Interface(NinjaAPI):
    """Describes how a program says whose it is: the check itself is :func:`guarded`'s, for every address."""

    def get_openapi_schema(self, **asked: Any) -> OpenAPISchema:
        """The description of every address."""
        described = super().get_openapi_schema(**asked)
        described["components"]["securitySchemes"] = _KEY
        described["security"] = [{"key": []}]
        return described


interface = Interface(
    title="Entente",
    version="1",
    description="What one account may see of one node: read-only.",
    openapi_url="openapi.json",
    docs_url=None,
    urls_namespace="api",
)


class Filters(Schema):
    """The filters of the lists; each may be left out."""

    kind: Annotated[str, Field(max_length=40)] = ""
    side: Annotated[str, Field(max_length=64, description="the party whose records")] = ""
    purpose: Annotated[str, Field(max_length=20)] = ""
    tlp: Annotated[str, Field(max_length=12, description="exactly this marking")] = ""
    area: Annotated[str, Field(max_length=40, description="a place of the zone, and all that lies in it")] = (
        ""
    )
    since: Annotated[str, Field(max_length=25, description="2021-12-01, 2021-W48 or an instant")] = ""
    until: Annotated[str, Field(max_length=25)] = ""
    about: Annotated[str, Field(max_length=14, description="the code that it answers")] = ""


class Step(Schema):
    """One side did one thing."""

    party: str
    step: str
    at: str
    record: str | None = None
    service: str | None = None
    function: str | None = None


class DossierSeen(Schema):
    """What became of a record, folded from the answers that the account may see."""

    code: str
    party: str
    opened_at: str
    state: Literal["new", "acknowledged", "under_way", "closed", "withdrawn"]
    steps: tuple[Step, ...] = ()


class RecordSeen(Schema):
    """A record as the account may see it; its fields are those of its kind (docs/reference/records.md)."""

    party: str
    ours: bool
    record: dict[str, Any]
    state: str | None = None


class RecordsSeen(Schema):
    """One page of records, the newest filed first; ``next`` leads on, null at the end."""

    records: list[RecordSeen]
    next: str | None


class WeekSeen(Schema):
    """What one side counted in a week; null where it is not known, which is not zero."""

    week: str
    total: int | None
    records: int
    without_a_number: int


class PostSeen(Schema):
    """One post or place in one direction."""

    party: str
    place: str
    post: str
    direction: str
    weeks: list[WeekSeen]


class FlowsSeen(Schema):
    """Flows by week, both sides beside each other."""

    what: str
    unit: str
    posts: list[PostSeen]


class SituationSeen(Schema):
    """How many alerts are in which state, by party."""

    alerts: dict[str, dict[str, int]]
    waiting: int


@interface.get(
    "/records", response=RecordsSeen, url_name="records", summary="Records that the account may see"
)
def records(
    request: HttpRequest,
    filters: Query[Filters],
    limit: Annotated[int, Field(ge=1, le=MOST)] = 100,
    after: Annotated[str, Field(max_length=80, description="from ``next``")] = "",
) -> dict[str, Any]:
    """Newest filed first; without what was withdrawn."""
    viewer = _viewer(request)
    rows = Selection.of(filters.dict()).rows(viewer).select_related("dossier").order_by("-pk")
    if after:
        rows = rows.filter(pk__lt=opened(viewer.user, after)[0])
    found = list(rows[: limit + 1])
    more = None
    if len(found) > limit:
        asked = {name: value for name, value in filters.dict().items() if value}
        asked |= {"limit": limit, "after": sealed(viewer.user, found[limit - 1].pk)}
        more = f"{request.path}?{urlencode(asked)}"
    return {"records": [_told(one) for one in seen(viewer, found[:limit])], "next": more}


@interface.get("/records/{code}", response=RecordSeen, url_name="record", summary="One record")
def record(request: HttpRequest, code: str) -> dict[str, Any]:
    """By its code; 404 for what there is not, and for what is not for the account."""
    return _told(_one(request, code))


@interface.get(
    "/dossiers/{code}", response=DossierSeen, url_name="dossier", summary="What became of a record"
)
def dossier(request: HttpRequest, code: str) -> Any:
    """State and steps, oldest first."""
    found = _one(request, code).dossier
    if found is None:
        raise Http404
    plain: dict[str, Any] = msgspec.to_builtins(found)
    codes = [step["record"] for step in plain.get("steps", []) if step.get("record")]
    visible = set(_viewer(request).records().filter(code__in=codes).values_list("code", flat=True))
    for step in plain.get("steps", []):
        if step.get("record") not in visible:
            step["record"] = None
    return plain


@interface.get("/flows", response=FlowsSeen, url_name="flows", summary="Flows by post and week")
def flows(
    request: HttpRequest,
    what: Annotated[str, Field(max_length=20, description="people, livestock, goods …")] = "people",
    weeks: Annotated[int, Field(ge=1, le=53)] = 8,
    until: Annotated[str, Field(max_length=8, description="the last week, as 2021-W48")] = "",
    way: Literal["", "outgoing", "incoming"] = "",
) -> dict[str, Any]:
    """The numbers that the flows page draws."""
    viewer = _viewer(request)
    series = SERIES.get(what)
    if series is None:
        raise RecordError(
            "{name} is one of {known}, and not {value}", name="what", known=", ".join(SERIES), value=what
        )
    last = _monday(until) or newest_week(viewer, series.kind) or week_of(viewer.now.date())
    shown = flows_of(viewer, series, last, weeks, way)
    return {
        "what": what,
        "unit": series.en_unit,
        "posts": [
            {
                "party": side.party,
                "place": post.name,
                "post": post.post,
                "direction": post.direction,
                "weeks": [
                    _week(monday, value) for monday, value in zip(shown.weeks, post.values, strict=True)
                ],
            }
            for side in shown.sides
            for post in side.posts
        ],
    }


@interface.get(
    "/situation", response=SituationSeen, url_name="situation", summary="Counts of alerts by state"
)
def situation(request: HttpRequest) -> dict[str, Any]:
    """As the situation page counts them for the account."""
    viewer = _viewer(request)
    counts = viewer.counted(viewer.records().filter(kind="alert"))
    alerts: dict[str, Counter[str]] = {}
    for (state, party), number in counts.items():
        alerts.setdefault(party, Counter())[state] += number
    waiting = sum(
        number
        for (state, party), number in counts.items()
        if party != viewer.party and state in {"new", "acknowledged"}
    )
    return {"alerts": alerts, "waiting": waiting}


@interface.exception_handler(EntenteError)
def _refused(_request: HttpRequest, refused: EntenteError) -> HttpResponse:
    detail = say_error(refused, language=telling.language())
    return HttpResponse(
        msgspec.json.encode({"detail": detail}), content_type="application/json; charset=utf-8", status=400
    )


def _viewer(request: HttpRequest) -> Viewer:
    found: Viewer = request.viewer  # type: ignore[attr-defined]  # for_viewer has put it there
    return found


def _one(request: HttpRequest, typed: str) -> Seen:
    viewer = _viewer(request)
    try:
        code = check_code(typed)
    except RecordError:
        raise Http404 from None
    found = seen(viewer, list(viewer.records().filter(code=code).select_related("dossier")))
    if not found:
        raise Http404
    return found[0]


def _told(one: Seen) -> dict[str, Any]:
    return {
        "party": one.row.party,
        "ours": one.row.local,
        "record": msgspec.to_builtins(one.record),
        "state": one.dossier.state if one.dossier else None,
    }


def _week(monday: date, value: Value) -> dict[str, Any]:
    year, week, _day = monday.isocalendar()
    return {
        "week": f"{year}-W{week:02d}",
        "total": value.number,
        "records": value.sum.records if value.sum else 0,
        "without_a_number": value.sum.silent if value.sum else 0,
    }


def _monday(text: str) -> date | None:
    if not text:
        return None
    try:
        year, week = text.split("-W")
        return date.fromisocalendar(int(year), int(week), 1)
    except ValueError:
        raise RecordError("{value} is not a week such as 2021-W48", value=text) from None


def guarded(pattern: URLPattern) -> URLPattern:
    """The same address behind the wall: with a viewer, a line in the log, and a copy that stays fresh by itself."""

    @for_viewer(May.EXPORT, key="api")
    def enter(request: HttpRequest, _viewer: Viewer, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response: HttpResponseBase = pattern.callback(request, *args, **kwargs)
        if isinstance(response, HttpResponse) and response.status_code == 200:  # noqa: PLR2004  what is kept
            tag = f'"{sha256(response.content).hexdigest()[:32]}"'
            if request.headers.get("If-None-Match") == tag:
                response = HttpResponseNotModified()
            response["ETag"] = tag
        response["Cache-Control"] = "private, no-cache"
        return response

    return path(str(pattern.pattern), enter, name=pattern.name)


urlpatterns = [guarded(pattern) for pattern in interface.urls[0] if isinstance(pattern, URLPattern)]
"""Without ninja's own page of documentation; ``api-root`` and the description are behind the wall as well."""
