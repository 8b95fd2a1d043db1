"""The map that moves: its data is behind the wall, and it comes from this node alone unless the node says otherwise."""

from __future__ import annotations

import json

import pytest
from django.contrib.staticfiles import finders

from entente_node.alerts import moving
from entente_node.folder import Config
from tests import parties
from tests.desk.conftest import Desk, text_of


def data(desk: Desk, path: str = "/map.json", **whose: str) -> list[dict[str, object]]:
    answer = desk.client(**whose).get(path)
    assert answer["Content-Type"] == "application/geo+json"
    features: list[dict[str, object]] = json.loads(answer.content)["features"]
    return features


def test_places_and_alerts_are_points(desk: Desk, raised: str) -> None:
    found = data(desk)
    places = {one["properties"]["name"] for one in found if one["properties"]["what"] == "place"}  # type: ignore[index]
    assert places == {"Gao", "Labbezanga", "Ayorou", "Tillabéri"}
    (alert,) = (one for one in found if one["properties"]["what"] == "alert")  # type: ignore[index]
    assert alert["geometry"] == {"type": "Point", "coordinates": [0.71028, 14.97361]}
    assert alert["properties"]["code"] == raised  # type: ignore[index]
    assert alert["properties"]["about"] is False  # type: ignore[index]


def test_the_data_keeps_the_wall(desk: Desk, raised: str) -> None:
    assert raised not in text_of(desk.client(service="securite").get("/map.json"))
    assert data(desk, service="no-such-service") == []
    desk.federation.gao.file(
        [parties.alert(code=None, purpose="security", place=parties.place("labbezanga"))]
    )
    desk.federation.exchange()
    (about,) = (one for one in data(desk, service="securite") if one["properties"]["what"] == "alert")  # type: ignore[index]
    assert about["properties"]["about"] is True  # type: ignore[index]
    assert "Labbezanga" not in str(about["properties"]["where"])  # type: ignore[index]


def test_the_data_follows_the_filters(desk: Desk, raised: str) -> None:
    assert raised not in str(data(desk, "/map.json?area=ML0703"))
    assert raised in str(data(desk, "/map.json?severity=severe&area=labbezanga"))
    assert 'data-records="/map.json?state=all&amp;severity=severe"' in desk.page(
        "/map?state=all&severity=severe"
    )


def test_outlines_are_named_in_the_readers_language_and_kept(desk: Desk) -> None:
    for language, river in (("fr", "Niger"), ("en", "Niger")):
        answer = desk.client(language=language).get("/map/outlines.json")
        assert "max-age" in answer["Cache-Control"]
        names = {one["properties"]["name"] for one in json.loads(answer.content)["features"]}
        assert {"Mali", river} <= names


def test_only_this_page_loads_leaflet_and_only_from_here(desk: Desk, raised: str) -> None:
    page = desk.page("/map")
    assert '<script defer src="/static/leaflet/leaflet.js?' in page
    assert "http" not in page.replace("https://www", "")
    assert "img-src" not in desk.client().get("/map")["Content-Security-Policy"]
    for path in ("/", "/timeline", f"/alerts/{raised}"):
        assert "leaflet" not in desk.page(path)
    assert isinstance(finders.find("leaflet/leaflet.js"), str)
    # Without scripts the drawing is there.
    assert '<svg viewBox="0 0 400 360"' in page
    assert 'id="moving" class="moving" hidden' in page


def test_tiles_come_only_from_where_the_node_says(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    template = "https://{s}.tiles.example/{z}/{x}/{y}.png"
    monkeypatch.setattr(moving, "tiles", lambda: template)
    answer = desk.client().get("/map")
    assert answer["Content-Security-Policy"].endswith("; img-src 'self' https://*.tiles.example")
    assert f'data-tiles="{template}"' in text_of(answer)
    assert "img-src" not in desk.client().get("/")["Content-Security-Policy"]
    for wrong in ("javascript:alert(1)", "//tiles.example/{z}", "", "tiles"):
        monkeypatch.setattr(moving, "tiles", lambda wrong=wrong: wrong)
        assert moving.source_of_tiles() == ""


def test_a_node_has_no_tiles_unless_somebody_writes_them_down() -> None:
    assert Config(party="gao.ml", name="Gao", short="GAO", country="ML").tiles == ""
