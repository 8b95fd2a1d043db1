"""Every page of the desk: its route, an address, and who opens it; and a desk with something on each.

A route of ``urls.py`` is here, or in :data:`NO_PAGE` with what it is instead, or in :data:`IN_STEPS`
with the test that goes there: ``test_pages.py`` fails for one that is in none of them.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from entente.records import CorridorStatus
from entente.records.meeting import Delegation
from entente_node.directory.roles import Role
from entente_node.duty import watch, writing
from entente_node.duty.models import Call, Holiday
from entente_node.ledger.models import Record
from entente_node.notifications import links
from entente_node.notifications.models import Channel, Delivery
from tests import parties
from tests.desk.conftest import Desk
from tests.desk.test_dialogue import filed, sign_both
from tests.desk.test_flows import WEEK, count
from tests.dialogue.material import commitment, communique, meeting
from tests.duty.material import HERE, raise_alert, with_rota

OFFICER, KEEPER, NOBODY = Role.COORDINATOR, Role.ADMINISTRATOR, None
ADDRESSES: Final[dict[str, tuple[str, ...]]] = {
    "situation": ("/", "/?state=closed"),
    "alert": ("/alerts/{theirs}", "/alerts/{ours}"),
    "map": ("/map",),
    "area": ("/area",),
    "timeline": ("/timeline",),
    "search": ("/search?q=crue",),
    "records": ("/records",),
    "record": ("/records/{status}", "/records/{promise}"),
    "new-record": ("/records/new",),
    "new-record-of": (
        "/records/new/alert",
        "/records/new/action?about={theirs}",
        "/records/new/meeting",
        "/records/new/flow-of-people",
        "/records/new/communique?about={meeting}",
    ),
    "revise": ("/records/{meeting}/revise",),
    "measures": ("/measures",),
    "measures-board": ("/measures/board",),
    "measure": ("/measures/{measure}",),
    "flows": ("/flows",),
    "dialogue": ("/dialogue",),
    "communique": ("/dialogue/communiques/{signed}", "/dialogue/communiques/{proposed}"),
    "duty": ("/duty",),
    "duty-figures": ("/duty/figures?days=all",),
    "rota": ("/duty/rota/protection-civile",),
    "notifications": ("/notifications",),
    "new-channel": ("/notifications/new",),
    "channel": ("/notifications/{channel}",),
    "push": ("/push",),
    "add-picture": ("/pictures/{ours}/add",),
    "exchange": ("/exchange",),
    "agreements": ("/agreement",),
    "agreement": ("/agreement/gao-tillaberi",),
    "account": ("/account",),
    "keys": ("/keys",),
    "clock": ("/clock",),
    "accounts": ("/accounts",),
    "new-account": ("/accounts/new",),
    "one-account": ("/accounts/of/moussa",),
    "change-account": ("/accounts/of/moussa/change",),
    "audit": ("/audit",),
    "sign-in": ("/sign-in",),
    "public": ("/public",),
    "acknowledge": ("{link}", "/a/unknown"),
}
"""By route; in braces, what :func:`furnished` gives."""
KEEPERS: Final = frozenset({"accounts", "new-account", "one-account", "change-account", "audit"})
WITHOUT_ACCOUNT: Final = frozenset({"sign-in", "public", "acknowledge"})
NIGHTLY: Final = frozenset(
    {"situation", "alert", "measures", "measure", "records", "new-record", "new-record-of", "duty", "search"}
    | {"duty-figures", "timeline", "acknowledge"}
)
"""What an officer on duty opens on a telephone."""
IN_STEPS: Final = {
    **dict.fromkeys(
        (
            "second-step",
            "sign-in-passkey",
            "sign-in-link",
            "account-app",
            "account-confirm",
            "account-passkey",
        ),
        "tests/desk/test_account_axe.py",
    ),
    **dict.fromkeys(
        ("account-password", "recovery-codes", "second-factor", "account_login", "mfa_authenticate"),
        "tests/desk/test_account_axe.py",
    ),
    "picture": "tests/desk/test_pictures.py",
}
NO_PAGE: Final = frozenset(
    {"map-data", "map-outlines", "records-csv", "records-geojson", "audit-file", "calendar", "rota-calendar"}
    | {
        "meeting-calendar",
        "next-calendar",
        "communique-note",
        "picture-image",
        "picture-small",
        "pouch",
        "sms",
    }
    | {
        "answer",
        "answer-record",
        "confirm",
        "review",
        "approve-release",
        "retract-release",
        "move-measure",
        "take-back-move",
        "consent",
        "language",
    }
    | {"sign-out", "make-key", "revoke-key", "remove-factor", "end-session", "end-sessions", "duty-phone"}
    | {
        "lock-account",
        "link-account",
        "end-sessions-of",
        "end-keys-of",
        "hand-over",
        "take-over",
        "change-rota",
        "own-rota",
    }
    | {"act-on-channel", "retry-message", "subscribe-push", "unsubscribe-push"}
    | {"confirm-picture", "take-back-picture", "confirm-clock"}
)
"""Files, what forms are sent to, and ``own-rota``, which leads to ``rota``; beside these, the interface (``api:``)."""


def role_for(route: str) -> Role | None:
    """Who opens a page; None: nobody has to sign in."""
    return NOBODY if route in WITHOUT_ACCOUNT else KEEPER if route in KEEPERS else OFFICER


def furnished(desk: Desk, raised: str) -> dict[str, str]:
    """Something on every page of Tillabéri's desk; what the braces of the addresses stand for. All synthetic."""
    federation, node = desk.federation, desk.node
    gao, clock = federation.gao, federation.clock
    signed = filed(federation, communique())
    sign_both(federation, signed)
    proposed = filed(federation, communique(subject="Autre communiqué (donnée synthétique)"))
    table = (
        Delegation(institution="Gouvernorat de Gao", party="gao.ml", function="Gouverneur", women=2, men=5),
    )
    held = filed(federation, meeting(delegations=table))
    promise = filed(federation, commitment(about=signed, evidence=(signed,)))
    count(gao, "outgoing", WEEK, 100)
    count(node, "incoming", WEEK[:3], 90, place=parties.place("ayorou"), post="NE-TIL-04")
    count(node, "incoming", WEEK[3:], None, place=parties.place("ayorou"), post="NE-TIL-04")
    header = {"service": HERE, "purpose": "mobility", "tlp": "GREEN", "place": parties.place("ayorou")}
    status = CorridorStatus(
        at="2022-01-31T09:00:00Z",
        status="closed",
        side="tillaberi.ne",
        post="NE-TIL-04",
        **header,  # type: ignore[arg-type]  # a header's fields
    )
    red = parties.alert(code=None, tlp="RED")
    filings = node.file([status, red, parties.alert(code=None, severity="Moderate")])
    node.answer(raised, service=HERE, step="acknowledged", text="Une équipe part (donnée synthétique).")
    gao.file([parties.action(about=raised)], confirmed=True)
    rota = with_rota(node)
    writing.declare_absent(
        rota, HERE, "permanence", start=clock.now - timedelta(hours=1), until=clock.now + timedelta(hours=5)
    )
    Holiday.objects.create(date=clock.now.date(), name="Fête (donnée synthétique)")
    waiting = raise_alert(gao)
    federation.exchange()
    clock.advance(minutes=5)
    watch.once(node, clock.now)
    channel = Channel.objects.create(
        service=HERE, function="permanence", url="json://gateway.example", created_at=clock.now, label="Essai"
    )
    call = Call.objects.filter(code=waiting).first()
    delivery = Delivery.objects.create(channel=channel, call=call, next_try_at=clock.now, made_at=clock.now)
    desk.account("moussa", "securite", role="agent")
    return {
        "theirs": raised,
        "ours": str(filings[1].record.code),
        "status": str(filings[0].record.code),
        "measure": str(Record.objects.get(kind="action").code),
        "signed": signed,
        "proposed": proposed,
        "meeting": held,
        "promise": promise,
        "channel": str(channel.pk),
        "link": f"/a/{links.make(delivery, clock.now)}",
    }
