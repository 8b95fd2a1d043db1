"""The lists as files: HXL, GeoJSON, nothing that a spreadsheet would compute, nothing behind the wall."""

from __future__ import annotations

import csv
import io
import json

import pytest
from django.test import Client

from entente_node.api import exports
from entente_node.directory.models import AuditEntry
from tests import parties
from tests.desk.conftest import Desk


def table(desk: Desk, query: str = "", **whose: str) -> list[list[str]]:
    answer = desk.client(**whose).get(f"/records.csv{query}")
    assert answer.status_code == 200
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def features(desk: Desk, query: str = "", **whose: str) -> list[dict]:
    answer = desk.client(**whose).get(f"/records.geojson{query}")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/geo+json")
    return json.loads(b"".join(answer.streaming_content))["features"]


def test_a_kind_is_a_table_with_names_and_tags(desk: Desk, raised: str) -> None:
    names, tags, *rows = table(desk, "?kind=alert")
    assert len(names) == len(tags) == len(rows[0])
    assert all(tag.startswith("#") for tag in tags)
    row = dict(zip(tags, rows[0], strict=True))
    assert raised in rows[0]
    assert (row["#org+party"], row["#status+dossier"]) == ("gao.ml", "new")


@pytest.mark.usefixtures("raised")
def test_without_a_kind_every_record_has_its_header(desk: Desk) -> None:
    desk.node.file([parties.situation(code=None), parties.flow()])
    _names, tags, *rows = table(desk)
    kinds = [row[tags.index("#meta+kind")] for row in rows]
    assert sorted(kinds) == ["alert", "flow-of-people", "situation"]


@pytest.mark.parametrize("formula", ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0"])
def test_what_a_spreadsheet_would_compute_is_written_as_text(desk: Desk, formula: str) -> None:
    desk.node.file([parties.alert(code=None, headline=formula)], confirmed=True)
    cells = [cell for row in table(desk, "?kind=alert") for cell in row if formula in cell]
    assert cells == [f"'{formula}"]


def test_what_is_behind_the_wall_is_in_no_file(desk: Desk, raised: str) -> None:
    hidden = desk.node.file([parties.incident()])[0].record.code
    desk.node.file([parties.action(code=None, about=hidden)])
    for whose in ({}, {"service": "elevage"}):
        text = json.dumps(
            [table(desk, **whose), table(desk, "?kind=incident", **whose), features(desk, **whose)]
        )
        assert str(hidden) not in text
    assert raised not in json.dumps([table(desk, service="securite"), features(desk, service="securite")])


def test_a_feature_lies_where_it_is_known(desk: Desk, raised: str) -> None:
    (feature,) = features(desk, "?kind=alert")
    assert feature["id"] == raised
    assert feature["geometry"] == {"type": "Point", "coordinates": [0.71028, 14.97361]}
    assert feature["properties"]["about_here"] is True
    desk.node.file([parties.message(code=None)], confirmed=True)
    (message,) = features(desk, "?kind=message")
    assert message["geometry"] is None


def test_the_log_says_how_many_went_out(desk: Desk) -> None:
    desk.node.file([parties.situation(code=None) for _ in range(3)])
    table(desk, "?kind=situation")
    entry = AuditEntry.objects.get(deed="exported")
    assert (entry.subject, entry.detail) == ("situation.csv", '{"count":3}')
    features(desk, "?kind=situation")
    assert AuditEntry.objects.filter(deed="exported", detail='{"count":3}').count() == 2


def test_more_than_a_file_holds_is_refused_and_never_cut(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "MOST", 2)
    desk.node.file([parties.situation(code=None) for _ in range(2)])
    assert len(table(desk, "?kind=situation")) == 4
    desk.node.file([parties.situation(code=None)])
    answer = desk.client().get("/records.csv?kind=situation")
    assert answer.status_code == 413
    assert b"since" in answer.content


def test_who_may_not_export_is_refused(desk: Desk) -> None:
    desk.account("poste", "elevage", role="agent")
    assert desk.client("elevage").get("/records.csv").status_code == 403


def test_a_value_that_is_none_is_refused(desk: Desk) -> None:
    assert desk.client().get("/records.csv?kind=person").status_code == 400
    assert desk.client().get("/records.geojson?since=yesterday").status_code == 400


@pytest.mark.usefixtures("desk")
def test_who_has_not_signed_in_is_asked_to() -> None:
    answer = Client().get("/records.csv", headers={"Accept": "text/html"})
    assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/sign-in")
    assert Client().get("/records.csv").status_code == 401
