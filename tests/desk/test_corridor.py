"""The corridor's map: drawn on the server, within the wall, light, and said in words."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable

import msgspec

from entente.agreements.document import Form, Share
from entente.places import Area
from entente.records import CorridorStatus
from entente_node.alerts.geometry import Box, Projection, clip, middle, path
from tests import parties
from tests.desk.conftest import Desk
from tests.federation import Federation


def map_of(page: str) -> str:
    found = re.search(r'<section class="corridor".*?</section>', page, re.DOTALL)
    return found[0] if found else ""


def pins(page: str) -> list[tuple[str, str]]:
    return re.findall(r'<a href="/alerts/([A-Z]+-\w{5})" aria-label="[^"]*"><g class="pin (\w+ is-\w+)', page)


def test_an_alert_is_a_marker_that_leads_to_it(desk: Desk, raised: str) -> None:
    drawn = map_of(desk.page("/"))
    assert pins(drawn) == [(raised, "Severe is-new")]
    desk.node.answer(raised, service="protection-civile", step="acknowledged")
    assert pins(map_of(desk.page("/"))) == [(raised, "Severe is-acknowledged")]
    desk.node.answer(raised, service="protection-civile", step="closed")
    assert pins(map_of(desk.page("/"))) == []


def test_the_map_is_drawn_and_said_in_words(desk: Desk, raised: str) -> None:
    drawn = map_of(desk.page("/", language="fr"))
    for name in ("Gao", "Labbezanga", "Ayorou", "Tillabéri", "Mali", "Niger", "Burkina Faso"):
        assert f">{name}</text>" in drawn, name
    assert drawn.count('class="river"') == 1
    words = drawn[drawn.index("<details>") :]
    assert "Labbezanga" in words
    assert raised in words


def test_the_map_keeps_the_wall(desk: Desk, raised: str) -> None:
    drawn = map_of(desk.page("/", service="securite"))
    assert ">Labbezanga</text>" in drawn
    assert raised not in drawn
    assert "pin" not in drawn.partition("keys")[0]


def test_a_place_known_to_the_district_only_is_drawn_as_about_here(desk: Desk) -> None:
    desk.federation.gao.file(
        [parties.alert(code=None, purpose="security", place=parties.place("labbezanga"))]
    )
    desk.federation.exchange()
    drawn = map_of(desk.page("/", service="securite"))
    assert len(re.findall(r'class="pin Severe is-new about"', drawn)) == 1
    assert "Ansongo (district)" in drawn


def test_many_alerts_at_one_place_are_counted(desk: Desk) -> None:
    desk.federation.gao.file([parties.alert(code=None) for _ in range(9)], confirmed=True)
    desk.federation.exchange()
    drawn = map_of(desk.page("/"))
    assert len(pins(drawn)) == 3
    assert ">+7</text>" in drawn


def test_the_map_weighs_less_than_eight_kilobytes(desk: Desk) -> None:
    for place in ("gao", "labbezanga", "ayorou", "tillaberi"):
        desk.federation.gao.file(
            [parties.alert(code=None, place=parties.place(place)) for _ in range(5)], confirmed=True
        )
    desk.federation.exchange()
    drawn = map_of(desk.page("/"))
    assert len(pins(drawn)) == 12
    assert len(zlib.compress(drawn.encode())) < 4_000


def test_a_zone_without_points_has_no_map_and_one_elsewhere_has_no_outlines(
    desk_of: Callable[[str], Desk], federation: Federation
) -> None:
    assert federation.gao.keys.party == "gao.ml"
    desk = desk_of("gao")
    from entente_node.alerts.corridor import corridor
    from entente_node.directory.access import viewer_of

    viewer = viewer_of(desk.account())
    zone = viewer.agreements[0].zone

    def drawn(*areas: Area) -> object:
        moved = msgspec.structs.replace(viewer.agreements[0], zone=msgspec.structs.replace(zone, areas=areas))
        return corridor(type(viewer)(viewer.user, viewer.party, (moved,), viewer.now), [])

    assert drawn(*(area for area in zone.areas if area.lat is None)) is None
    elsewhere = drawn(msgspec.structs.replace(parties.BY_CODE["gao"], lat=4_600_000, lon=700_000))
    assert elsewhere is not None
    assert not elsewhere.countries  # type: ignore[attr-defined]
    assert [spot.name for spot in elsewhere.spots] == ["Gao"]  # type: ignore[attr-defined]


def test_geometry() -> None:
    square = [(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0)]
    assert sorted(clip(square, Box(1, 1, 9, 9))) == [(1.0, 1.0), (1.0, 4.0), (4.0, 1.0), (4.0, 4.0)]
    assert clip(square, Box(5, 5, 9, 9)) == []
    assert path([(1, 2), (1, 2), (3, 1), (2, 5)], closed=True) == "m1 2l2-1-1 4z"
    assert path([(1, 1)], closed=False) == ""
    assert middle([(0, 0), (4, 0), (4, 4), (0, 4)]) == (2, 2, 16.0)
    fitted = Projection.fit([(0.0, 14.0), (1.0, 16.0)], 400, 360, 60, 0.4)
    for point in ((0.0, 14.0), (1.0, 16.0)):
        x, y = fitted.of(point)
        assert 60 <= x <= 340
        assert 60 <= y <= 300


def status(side: str, post: str, state: str, **changes: object) -> CorridorStatus:
    return msgspec.structs.replace(
        CorridorStatus(
            at="2022-01-31T09:00:00Z",
            service="protection-civile",
            purpose="mobility",
            tlp="GREEN",
            place=parties.place("labbezanga"),
            status=state,  # type: ignore[arg-type]
            restriction=("works",) if state == "restricted" else (),
            side=side,
            post=post,
            road="difficult",
        ),
        **changes,
    )


CORRIDOR = Share(
    id="A10",
    text="Chaque côté dit dans quel état est le corridor chez lui.",
    from_=("gao.ml", "tillaberi.ne"),
    to=("gao.ml", "tillaberi.ne"),
    kinds=("corridor-status",),
    purposes=("mobility",),
    tlp="GREEN",
    form=Form(
        fields=("status", "side", "post", "restriction", "concerned", "road"), place="locality", time="exact"
    ),
    retention_days=90,
)


def test_each_sides_report_is_shown_and_a_difference_is_not_merged(
    desk_in: Callable[[Federation, str], Desk],
) -> None:
    federation = Federation.agreed(parties.agreement(articles=(*parties.ARTICLES, CORRIDOR)))
    federation.gao.file([status("gao.ml", "ML-GAO-01", "closed", at="2022-01-30T09:00:00Z")])
    federation.gao.file([status("gao.ml", "ML-GAO-01", "open")])
    federation.exchange()
    desk = desk_in(federation, "tillaberi")
    drawn = map_of(desk.page("/"))
    assert drawn.count('<g class="sign open" transform') == 1
    assert '<g class="sign closed" transform' not in drawn
    assert "road difficult" in drawn
    assert "the sides differ" not in drawn
    federation.tillaberi.file([status("tillaberi.ne", "NE-TIL-04", "restricted")])
    drawn = map_of(desk.page("/"))
    assert '<g class="sign open" transform' in drawn
    assert '<g class="sign restricted" transform' in drawn
    assert "the sides differ" in drawn
    assert "NE-TIL-04" in drawn
    assert "sign" not in map_of(desk.page("/", service="elevage")).partition("keys")[0]


def test_the_map_in_words_names_a_few_of_each_place_and_leads_to_the_others(desk: Desk, raised: str) -> None:
    desk.node.file([parties.alert(code=None) for _ in range(8)], confirmed=True)
    drawn = map_of(desk.page("/"))
    words = drawn[drawn.index("<details>") :]
    assert raised in words
    assert len(re.findall(r'href="/alerts/', words)) == 5
    more = re.search(r'<a href="([^"]+)">4 more</a>', words)
    assert more is not None
    assert len(set(re.findall(r'href="/alerts/([^"]+)"', desk.page(more[1].replace("&amp;", "&"))))) == 9
