"""Tables by HXL tags and by names: what a column is taken for, and what it is never taken for."""

from __future__ import annotations

import csv

import pytest

from entente.errors import EntenteError, LimitError, MalformedError, RecordError
from entente.interop.hxl import Layout, Tag, find_layout, parse_tag, target_of_name, target_of_tag, targets_of
from entente.interop.hxl_rows import RowReader, cell_of, cells_of, header_rows
from entente.interop.hxl_values import read_degrees, read_number, read_time
from entente.places import Place
from entente.records import FlowOfPeople
from tests import parties

AREAS = {area.code: area for area in parties.AREAS}
COUNTRIES = {"ml": "ML", "mli": "ML", "mali": "ML", "ne": "NE", "niger": "NE"}
GIVEN = {"service": "protection-civile", "purpose": "mobility", "tlp": "GREEN"}


def table(text: str) -> list[list[str]]:
    return list(csv.reader(text.strip("\n").split("\n")))


def read(text: str, given: dict[str, str] | None = None, **maps: str) -> list[FlowOfPeople]:
    rows = table(text)
    layout = find_layout(FlowOfPeople, rows, {key.replace("_", " "): path for key, path in maps.items()})
    reader = reader_of(layout, given)
    found = [reader.record(row) for row in rows[layout.rows_before :]]
    return [one for one in found if isinstance(one, FlowOfPeople)]


def reader_of(layout: Layout, given: dict[str, str] | None = None) -> RowReader:
    return RowReader(
        FlowOfPeople,
        layout,
        given=GIVEN | (given or {}),
        areas=AREAS,
        tz="Africa/Niamey",
        countries=COUNTRIES,
    )


@pytest.mark.parametrize(
    ("tag", "field"),
    [
        ("#affected+f+adults", "women"),
        ("#affected +adults +f", "women"),
        ("#AFFECTED+F+ADULTS", "women"),
        ("#affected+f+adults+ind", "women"),
        ("#affected", "total"),
        ("#affected+ind+num", "total"),
        ("#date+occurred", "at"),
        ("#date", "at"),
        ("#loc+post+code", "post"),
        ("#loc", "place.name"),
        ("#loc+name", "place.name"),
        ("#loc+code+v_pcode", "place.code"),
        ("#adm2+code", "place.code"),
        ("#adm1+name+fr", "place.name"),
        ("#loc+destination", "destination.name"),
        ("#country+destination+code+v_iso3", "destination.code"),
        ("#geo+lat", "place.lat"),
        ("#indicator+hours", "hours"),
        ("#org", "service"),
        ("#cause+flow", "flow_type"),
        ("#meta+purpose", "purpose"),
    ],
)
def test_a_tag_says_the_field_whatever_the_order_of_its_attributes(tag: str, field: str) -> None:
    found = target_of_tag(FlowOfPeople, parse_tag(tag) or Tag(""))
    assert found is not None
    assert found.path == field


@pytest.mark.parametrize(
    "tag",
    [
        "#affected+hh",  # households
        "#affected+f",  # of every age
        "#affected+f+adults+idps",  # some of the women
        "#affected+killed",
        "#loc+post+name",  # the post, not the place
        "#date+approved",
        "#geo+latlon",
        "#value+usd",
    ],
)
def test_a_tag_that_says_something_else_is_left_aside(tag: str) -> None:
    found = target_of_tag(FlowOfPeople, parse_tag(tag) or Tag(""))
    assert found is None


@pytest.mark.parametrize("text", ["affected", "#", "#affected+", "# affected f", "total #2", ""])
def test_what_is_no_tag(text: str) -> None:
    assert parse_tag(text) is None


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("Femmes", "women"),
        ("WOMEN", "women"),
        ("women", "women"),
        ("Code du lieu", "place.code"),
        ("place_code", "place.code"),
        ("place.code", "place.code"),
        ("Lieu", "place.name"),
        ("latitude", "place.lat"),
        ("Moyen de transport", "transport"),
        ("Debut de la periode", "start"),
        ("Hours observed", "hours"),
    ],
)
def test_a_name_says_the_field_in_both_languages(name: str, field: str) -> None:
    found = target_of_name(FlowOfPeople, name)
    assert found is not None
    assert found.path == field


def test_every_field_is_written_under_a_tag_of_its_own() -> None:
    tags = [target.tag for target in targets_of(FlowOfPeople)]
    assert len(set(tags)) == len(tags)
    assert all(target_of_tag(FlowOfPeople, target.tag) == target for target in targets_of(FlowOfPeople))


def test_the_row_of_tags_is_found_below_a_title_and_names() -> None:
    [one] = read(
        """
Comptages (données synthétiques),,,
Jour,Point,Sens,Femmes comptées
#date+occurred,#loc+post+code,#indicator+direction,#affected+f+adults
01/12/2021,SYN-1,entrant,12
"""
    )
    assert (one.at, one.post, one.direction, one.women) == ("2021-12-01", "SYN-1", "incoming", 12)
    assert one.men is None


def test_columns_are_mapped_by_a_person_by_name_number_or_tag() -> None:
    text = "Jour,Sens,F,Rien\n2021-12-01,sortant,3,x"
    layout = find_layout(FlowOfPeople, table(text), {"Jour": "at", "3": "Femmes", "Rien": ""})
    assert [(c.how, c.target.path if c.target else None) for c in layout.columns] == [
        ("given", "at"),
        ("name", "direction"),
        ("given", "women"),
        ("ignored", None),
    ]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"Jours": "at"}, "there is no column Jours"),
        ({"Jour": "moon"}, "moon is no field"),
        ({"Jour": "at", "Sens": "at"}, "both say at"),
    ],
)
def test_a_mapping_that_cannot_be_is_refused(given: dict[str, str], message: str) -> None:
    with pytest.raises(MalformedError, match=message):
        find_layout(FlowOfPeople, table("Jour,Sens\n2021-12-01,sortant"), given)


def test_a_table_without_names_or_of_too_many_columns_is_refused() -> None:
    with pytest.raises(MalformedError, match="no row names"):
        find_layout(FlowOfPeople, [["alone"], []])
    with pytest.raises(LimitError):
        find_layout(FlowOfPeople, [["at"] * 401])


def test_a_field_that_every_record_has_must_be_somewhere() -> None:
    layout = find_layout(FlowOfPeople, table("at,women\n2021-12-01,3"))
    with pytest.raises(MalformedError, match="no column says direction"):
        reader_of(layout)
    assert reader_of(layout, {"direction": "entrant"}).record(["2021-12-01", "3"]) is not None


@pytest.mark.parametrize("text", ["", "-", "NA", "n/a", "non compté"])
def test_what_was_not_counted_is_missing_and_never_zero(text: str) -> None:
    [one] = read(f"at,direction,women,men\n2021-12-01,incoming,{text},0")
    assert one.women is None
    assert one.men == 0


@pytest.mark.parametrize(
    ("text", "number"),
    [("1234", 1234), ("1 234", 1234), ("1\u202f234", 1234), ("12.0", 12), ("007", 7)],
)
def test_whole_numbers_as_people_and_spreadsheets_write_them(text: str, number: int) -> None:
    assert read_number(text) == number


@pytest.mark.parametrize("text", ["1.5", "1,234", "-3", "1 2", "douze", "#REF!", "1e3", "²", "9" * 16])
def test_a_number_with_two_readings_is_refused(text: str) -> None:
    with pytest.raises(RecordError, match="not a whole number"):
        read_number(text)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2021-12-01", "2021-12-01"),
        ("2021-W48", "2021-W48"),
        ("2021-12", "2021-12"),
        ("03/12/2021", "2021-12-03"),
        ("3.12.2021", "2021-12-03"),
        ("2021/12/03", "2021-12-03"),
        ("03/12/2021 14:30", "2021-12-03T13:30:00Z"),
        ("03/12/2021 14h30", "2021-12-03T13:30:00Z"),
        ("2021-12-03 14:30:05", "2021-12-03T13:30:05Z"),
        ("2021-12-03T14:30:00.000Z", "2021-12-03T14:30:00Z"),
        ("2021-12-03T14:30:00+01:00", "2021-12-03T14:30:00+01:00"),
    ],
)
def test_times_in_the_zone_of_the_agreement(text: str, at: str) -> None:
    assert read_time(text, "Africa/Niamey") == at


@pytest.mark.parametrize("text", ["12/31/2021", "3/12/21", "44531", "hier", "2021-02-30", "30/02/2021"])
def test_a_time_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(RecordError):
        read_time(text, "Africa/Niamey")


@pytest.mark.parametrize(
    ("text", "number"), [("14.97361", 1_497_361), ("14,97361", 1_497_361), ("-0.04472", -4_472), ("", None)]
)
def test_degrees_become_integers(text: str, number: int | None) -> None:
    assert read_degrees(text) == number


@pytest.mark.parametrize("text", ["181", "NaN", "Infinity", "14°58", "N 14"])
def test_degrees_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(RecordError):
        read_degrees(text)


def test_a_code_of_the_list_takes_its_scheme_and_version() -> None:
    [one] = read("at,direction,#loc\n2021-12-01,incoming,", {"place.code": "LABBEZANGA"})
    assert one.place is not None
    assert (one.place.code, one.place.scheme, one.place.level) == ("labbezanga", "gao-tillaberi", "locality")


def test_the_finest_unit_of_a_row_is_the_place() -> None:
    rows = "#date,#indicator+direction,#adm1+code,#adm2+code\n2021-12-01,incoming,ML07,ML0701\n2021-12-02,incoming,ML07,"
    assert [one.place.code for one in read(rows) if one.place] == ["ML0701", "ML07"]


def test_a_name_that_several_places_have_is_that_of_the_level() -> None:
    rows = "#date,#indicator+direction,{tag}\n2021-12-01,incoming,Gao"
    codes = {}
    for tag in ("#loc+name", "#adm2+name", "#adm1+name"):
        [one] = read(rows.format(tag=tag))
        assert one.place is not None
        codes[tag] = one.place.code
    assert codes == {"#loc+name": "gao", "#adm2+name": "ML0703", "#adm1+name": "ML07"}


def test_a_code_nobody_listed_needs_its_scheme_and_version() -> None:
    head = "at,direction,place.code,place.scheme,place.version\n2021-12-01,incoming,"
    with pytest.raises(RecordError, match="X99 is not in the agreement"):
        read(f"{head}X99,,")
    [one] = read(f"{head}X99,ocha-cod,2023")
    assert one.place == Place(code="X99", scheme="ocha-cod", version="2023")
    [other] = read(f"{head}ML0701,ocha-cod,1999")  # renumbered since: another code
    assert other.place == Place(code="ML0701", scheme="ocha-cod", version="1999")


def test_a_point_is_the_place_of_the_list_that_is_near() -> None:
    [one] = read('at,direction,latitude,longitude\n2021-12-01,incoming,"14,974",0.711')
    assert one.place is not None
    assert (one.place.code, one.place.lat, one.place.lon) == ("labbezanga", 1_497_400, 71_100)


def test_countries_by_code_and_name() -> None:
    [one] = read("at,direction,total,nationalities,#loc\n2021-12-01,incoming,9,ML:3; Niger 4,", None)
    assert one.nationalities == {"ML": 3, "NE": 4}
    head = "#date,#indicator+direction,#country+destination+name\n2021-12-01,incoming,"
    [one] = read(f"{head}Mali")
    assert one.destination == Place(code="ML", scheme="iso-3166-1", version="2020", level="country")
    with pytest.raises(RecordError, match="not a country"):
        read(f"{head}Atlantis")


def test_the_period_is_the_day_where_no_column_says_one() -> None:
    [one] = read("start,end,direction\n01/12/2021 00:30,01/12/2021 06:00,incoming")
    assert (one.at, one.start) == ("2021-12-01", "2021-11-30T23:30:00Z")


def test_hours_become_minutes() -> None:
    [one] = read('at,direction,Heures observées\n2021-12-01,incoming,"7,5"')
    assert one.minutes == 450


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("2021-12-01,vers le nord,1", "column direction: vers le nord is not one of incoming"),
        ("2021-12-01,incoming,1.5", "column women: 1.5 is not a whole number"),
        ("2021-12-01,incoming,1,2", "more cells"),
        ("2021-12-01,incoming,99999999", "not a record"),
        (",incoming,3", "missing required field `at`"),
    ],
)
def test_a_bad_row_is_refused_with_its_column(row: str, message: str) -> None:
    with pytest.raises(RecordError, match=message):
        read(f"at,direction,women\n{row}")


def test_a_row_without_a_word_is_no_record() -> None:
    assert read("at,direction,women\n,,\n") == []


def test_a_name_alone_cannot_smuggle_an_article() -> None:
    # A table of received records says which article released them: such a record is no record of ours.
    [one] = read("at,direction,article\n2021-12-01,incoming,1#A8")
    assert one.is_released


def test_what_is_written_is_read_again() -> None:
    flows = [
        parties.flow(),
        parties.flow(
            place=Place(name="=1+1", code="x", scheme="+s", version="1", lat=-5, lon=100_000),
            women=None,
            nationalities={"ML": 2, "NE": 1},
            transport="foot",
            previous=Place(name="Dori", level="locality"),
        ),
    ]
    head = header_rows(FlowOfPeople, "fr")
    rows = [*head, *(cells_of(flow) for flow in flows)]
    layout = find_layout(FlowOfPeople, rows)
    assert layout.tagged
    assert all(column.target for column in layout.columns)
    reader = reader_of(layout)
    assert [reader.record(row) for row in rows[layout.rows_before :]] == flows


@pytest.mark.parametrize("text", ["=HYPERLINK(1)", "+1+1", "-A1", "@x", "\tx"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert cell_of(text) == f"'{text}"


def test_whatever_stands_in_a_row_ends_in_a_record_or_a_sentence() -> None:
    layout = find_layout(FlowOfPeople, table("at,direction,total,nationalities,latitude,longitude,flow type"))
    reader = reader_of(layout)
    strange = ["", "\x00", "'", "'=", "9" * 5000, "\u202e", "ML:1;ML:2", "١٢", "1e9999", "-0", "\ud800"]
    for one in strange:
        for index in range(7):
            row = ["2021-12-01", "incoming", "1", "", "", "", ""]
            row[index] = one
            try:
                reader.record(row)
            except EntenteError as error:
                assert str(error)  # noqa: PT017  either is right; nothing else may come
