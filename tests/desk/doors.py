"""Every door by which a record can be seen: what it shows to an account, as the marks of the records.

A door opens an address as the account and gives what came back as text.
A mark is a code, or for what has no code a word that stands in that record alone. To add a door,
add a :class:`Door`: the routes that it stands for, which records it shows to those who may see
them, and how it is opened. ``test_wall_generated.py`` does the rest, and fails for a route of
``urls.py`` that is neither here nor in :data:`NO_RECORD` nor in :data:`ACTS`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from django.http import HttpResponse
from django.test import Client

from entente_node.attachments.reading import NAME
from entente_node.directory import keys
from entente_node.directory.models import User
from tests.desk.ledger_of_all import PICTURE, Item

MARK = re.compile(r"\b[A-Z]{3}-[0-9A-HJKMNP-TV-Z]{5}\b|\bmark-\d{4}\b")
LARGEST = 100_000
"""Of a page: every door is opened so wide that nothing is on a second page."""


@dataclass(frozen=True)
class Door:
    """One way to see records."""

    name: str
    routes: tuple[str, ...]
    opened: Callable[[Visitor, Item | None], str]
    """What it shows to who is signed in; of one record, where it is a door to one."""
    of: Callable[[Item], bool]
    """Which records are behind it."""
    beside: Callable[[Item], bool] = lambda _item: False
    """Records that may stand there as well, for those who may see them."""
    exports: bool = False
    """Only for those who may take data away."""
    needs: str = ""
    """Another kind that its reader must be allowed to see: what is behind it belongs to the record."""

    def shown(self, visitor: Visitor, item: Item | None = None) -> set[str]:
        """The marks that it shows."""
        return set(MARK.findall(self.opened(visitor, item)))


@dataclass
class Visitor:
    """An account that has signed in, and its key for feeds; how often it knocked."""

    user: User
    client: Client
    calendar: str
    asked: int = 0

    @classmethod
    def of(cls, user: User) -> Visitor:
        """Somebody who signs in."""
        client = Client()
        client.force_login(user)
        return cls(user, client, keys.make(user, "calendar", "in a test"))

    def get(self, path: str) -> HttpResponse:
        """One request."""
        self.asked += 1
        return self.client.get(path)

    def post(self, path: str, sent: dict[str, str]) -> HttpResponse:
        """One form."""
        self.asked += 1
        return self.client.post(path, sent)

    def read(self, path: str) -> str:
        """What was shown; what is refused shows nothing, and must not even say that there is something."""
        answer = self.get(path)
        if answer.status_code in {302, 401, 403, 404}:
            return answer.headers.get("Location", "") + answer.content.decode()
        assert answer.status_code == 200, (answer.status_code, path)
        data = b"".join(answer.streaming_content) if answer.streaming else answer.content
        return data.decode("utf-8")


def page(path: str) -> Callable[[Visitor, Item | None], str]:
    """A page of a list."""
    return lambda visitor, _item: visitor.read(path)


def record(path: str) -> Callable[[Visitor, Item | None], str]:
    """A page of one record, of which only its own mark counts: it stands in the address of a refusal too."""

    def opened(visitor: Visitor, item: Item | None) -> str:
        assert item is not None
        answer = visitor.get(path.format(item.mark))
        if answer.status_code == 302:  # kinds with a page of their own
            answer = visitor.get(answer.headers["Location"])
        return answer.content.decode() if answer.status_code == 200 else ""

    return opened


def image(visitor: Visitor, item: Item | None) -> str:
    """The picture of a record, and the small one: the mark where both are given out, nothing where neither is."""
    assert item is not None
    name = sha256(PICTURE.getvalue()).hexdigest()[:NAME]
    given = {
        visitor.get(f"/pictures/{item.mark}/{name}{which}").status_code for which in ("", "/image", "/small")
    }
    assert given in ({200}, {302}, {404}), (given, item)  # 302: to signing in
    return item.mark if given == {200} else ""


def every_page(visitor: Visitor, _item: Item | None) -> str:
    """The interface's list, page by page, to its end."""
    found, path = [], "/api/v1/records?limit=500"
    while path:
        answer = visitor.get(path)
        if answer.status_code != 200:
            return answer.content.decode()
        found.append(answer.content.decode())
        path = answer.json()["next"] or ""
    return "\n".join(found)


def feed(visitor: Visitor, _item: Item | None) -> str:
    """The calendar, its folded lines put together again (RFC 5545, 3.1)."""
    return visitor.read(f"/calendar/{visitor.calendar}.ics").replace("\r\n ", "")


LISTED = {"situation", "corridor-status", "incident", "observation", "contact"}
TALKS = {"meeting", "communique", "commitment"}
FLOWS = {"flow-of-people": "people", "flow-of-livestock": "livestock", "flow-of-goods": "goods"}


def is_of(*kinds: str) -> Callable[[Item], bool]:
    """Records of these kinds."""
    return lambda item: item.kind in kinds


def nothing(_item: Item) -> bool:
    """No record for certain: some may stand beside what the page is about."""
    return False


def has_code(item: Item) -> bool:
    """What people talk about."""
    return item.kind not in FLOWS


DOORS = (
    Door(
        "situation",
        ("situation",),
        page("/?state=all&area=all"),
        is_of("alert"),
        beside=lambda item: item.ours,  # what could not leave
    ),
    Door("records", ("records",), page("/records"), is_of("action", *LISTED)),
    Door("measures", ("measures",), page("/measures?state=all"), is_of("action")),
    Door("board", ("measures-board",), page("/measures/board"), is_of("action")),
    Door("calendar", ("calendar",), feed, is_of("action", "meeting", "commitment")),
    Door("dialogue", ("dialogue",), page("/dialogue"), is_of(*TALKS)),
    Door("map", ("map", "map-data"), page("/map.json?state=all&area=all"), is_of("alert")),
    Door("timeline", ("timeline",), page("/timeline?area=all"), has_code),
    Door("search", ("search",), page("/search?q=synthetique"), lambda item: item.is_found),
    Door("duty", ("duty",), page("/duty"), nothing, beside=is_of("alert")),
    Door("figures", ("duty-figures",), page("/duty/figures"), nothing, beside=is_of("alert")),
    Door("messages", ("notifications",), page("/notifications"), nothing, beside=is_of("alert")),
    *(
        Door(f"flows: {what}", ("flows",), page(f"/flows?what={what}&until=2022-W04"), is_of(kind))
        for kind, what in FLOWS.items()
    ),
    *(
        Door(
            f"table: {kind}",
            ("records-csv",),
            page(f"/records.csv?kind={kind}"),
            is_of(kind),
            beside=lambda item: item.is_answered,  # what a message is about
            exports=True,
        )
        for kind in ("flow-of-goods", "incident", "message")
    ),
    Door("table", ("records-csv",), page("/records.csv"), has_code, exports=True),
    Door("features", ("records-geojson",), page("/records.geojson"), has_code, exports=True),
    Door("interface", ("api:records",), every_page, lambda _item: True, exports=True),
    Door(
        "interface: flows",
        ("api:flows",),
        page("/api/v1/flows?what=goods&until=2022-W04"),
        is_of("flow-of-goods"),
        exports=True,
    ),
    Door("interface: counts", ("api:situation",), page("/api/v1/situation"), nothing, exports=True),
)
"""Lists: each shows everything behind it that its reader may see."""

PAGES = (
    Door(
        "page",
        ("record", "alert", "measure", "communique"),
        record("/records/{}"),
        lambda item: item.kind not in {"message", *FLOWS},
    ),
    Door("meeting", ("meeting-calendar",), record("/dialogue/meetings/{}.ics"), is_of("meeting")),
    Door("next meeting", ("next-calendar",), record("/dialogue/meetings/{}/next.ics"), is_of("meeting")),
    Door("interface: one", ("api:record",), record("/api/v1/records/{}"), has_code, exports=True),
    Door(
        "picture",
        ("picture", "picture-image", "picture-small"),
        image,
        is_of("situation", "observation"),
        needs="attachment",
    ),
    Door("interface: dossier", ("api:dossier",), record("/api/v1/dossiers/{}"), is_of("alert"), exports=True),
)
"""Doors to one record: opened for a sample of what there is, seen or not."""

NO_RECORD = frozenset(
    {"area", "map-outlines", "agreement", "agreements", "exchange", "rota-calendar", "language", "keys"}
    | {"clock"}
    | {"sign-in", "sign-in-link", "sign-in-passkey", "second-step", "sign-out"}
    | {"account_login", "mfa_authenticate", "account", "account-app", "account-confirm", "account-passkey"}
    | {"account-password", "duty-phone", "end-session", "end-sessions", "recovery-codes", "remove-factor"}
    | {"second-factor", "make-key", "revoke-key"}
    | {"api:api-root", "api:openapi-json", "pouch"}
)
"""Routes that show no record: texts of agreements, one's own account, the partner's pouches."""

ELSEWHERE = {
    "public": "tests/desk/test_dialogue.py",
    "communique-note": "tests/desk/test_dialogue.py",
    "acknowledge": "tests/notifications/test_links.py",
    "sms": "tests/notifications/test_links.py",
    "push": "tests/notifications/test_links.py",
}
"""Doors that open to whoever has a link or a telephone, or show what both sides signed: tested where they are built."""
