"""Places: never finer than asked, and in the zone only where the agreement's list says so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entente import places
from entente.errors import RecordError
from entente.places import (
    LEVELS,
    PRECISIONS,
    Area,
    Place,
    around,
    can_lie_in,
    check_place,
    coarsen_place,
    distance_m,
    is_at_least_as_coarse,
    lies_in,
    locate,
    place_of,
)

MALI = {"scheme": "ocha-cod", "version": "2021-12-20"}
NIGER = {"scheme": "ocha-cod", "version": "2023-07-25"}
OWN = {"scheme": "synthetic", "version": "1"}

# The author's region, the partner's, and one of neither: who asks for Gao must not get Kayes.
AREAS = {
    area.code: area
    for area in (
        Area(code="ML07", name="Gao", level="region", **MALI),
        Area(code="ML0701", name="Ansongo", level="district", within="ML07", **MALI),
        Area(
            code="labbezanga",
            name="Labbezanga",
            level="locality",
            within="ML0701",
            lat=1_497_361,
            lon=71_028,
            **OWN,
        ),
        Area(code="NE006", name="Tillabéri", level="region", **NIGER),
        Area(
            code="NE006012",
            name="Tillabéri",
            level="district",
            within="NE006",
            lat=1_420_711,
            lon=145_418,
            **NIGER,
        ),
        Area(
            code="ayorou", name="Ayorou", level="locality", within="NE006", lat=1_473_075, lon=91_739, **OWN
        ),
        Area(code="ML01", name="Kayes", level="region", **MALI),
        Area(code="orphan", name="Orphelin", level="locality", within="nowhere", **OWN),
        Area(code="ring-a", name="Cercle A", level="locality", within="ring-b", **OWN),
        Area(code="ring-b", name="Cercle B", level="locality", within="ring-a", **OWN),
    )
}
POINT = {"lat": 1_497_400, "lon": 71_000}


def at(code: str, **more: object) -> Place:
    return Place(code=code, scheme=AREAS[code].scheme, version=AREAS[code].version, **more)


some_places = st.builds(
    lambda area, named, pointed, level: Place(
        name="chez X, près de la mosquée" if named else None,
        **({"code": area.code, "scheme": area.scheme, "version": area.version} if area else {}),
        **(POINT if pointed else {}),
        level=level,
    ),
    st.none() | st.sampled_from(list(AREAS.values())),
    st.booleans(),
    st.booleans(),
    st.none() | st.sampled_from(LEVELS),
)
precisions = st.sampled_from(PRECISIONS)


@given(some_places, precisions)
def test_nothing_finer_than_asked_ever_comes_out(place, precision):
    coarse = coarsen_place(place, precision, AREAS)
    if precision == "exact":
        assert coarse is place
    elif coarse is not None:
        assert coarse.lat is None
        assert coarse.lon is None
        assert coarse.level is not None
        assert is_at_least_as_coarse(coarse.level, precision)


@given(some_places, precisions)
def test_coarsening_again_changes_nothing(place, precision):
    coarse = coarsen_place(place, precision, AREAS)
    if coarse is not None:
        assert coarsen_place(coarse, precision, AREAS) == coarse


@given(some_places, precisions)
def test_of_a_listed_place_only_the_words_of_the_list_leave(place, precision):
    coarse = coarsen_place(place, precision, AREAS)
    if precision != "exact" and coarse is not None and place.code is not None:
        assert coarse == place_of(AREAS[coarse.code])


@given(some_places, precisions, st.sets(st.sampled_from(sorted(AREAS))))
def test_a_place_that_lies_somewhere_can_still_lie_there_when_it_is_coarser(place, precision, where):
    coarse = coarsen_place(place, precision, AREAS)
    if lies_in(place, AREAS, where) and coarse is not None:
        assert can_lie_in(coarse, AREAS, where)


def test_a_locality_becomes_its_district_and_its_region():
    there = at("labbezanga", name="Labbezanga", **POINT)
    assert coarsen_place(there, "locality", AREAS) == place_of(AREAS["labbezanga"])
    assert coarsen_place(there, "district", AREAS) == place_of(AREAS["ML0701"])
    assert coarsen_place(there, "region", AREAS) == place_of(AREAS["ML07"])


def test_a_level_that_the_list_lacks_is_passed_over():
    assert coarsen_place(at("ayorou"), "district", AREAS) == place_of(AREAS["NE006"])


def test_what_cannot_be_made_coarser_does_not_leave():
    assert coarsen_place(at("orphan"), "district", AREAS) is None
    assert coarsen_place(at("ring-a"), "district", AREAS) is None
    assert coarsen_place(Place(**POINT), "region", AREAS) is None
    assert coarsen_place(Place(**POINT, level="region"), "region", AREAS) is None
    assert coarsen_place(Place(name="puits de X"), "region", AREAS) is None


def test_the_list_knows_better_than_the_place_how_fine_its_code_is():
    claimed = at("labbezanga", level="region")
    assert coarsen_place(claimed, "region", AREAS) == place_of(AREAS["ML07"])


def test_a_country_outside_the_list_loses_only_its_point():
    algeria = Place(name="Algérie", code="DZ", scheme="iso3166-1", version="2020", level="country", **POINT)
    coarse = coarsen_place(algeria, "region", AREAS)
    assert coarse == Place(name="Algérie", code="DZ", scheme="iso3166-1", version="2020", level="country")


def test_a_code_of_another_version_is_another_code():
    old = Place(code="ML0701", scheme="ocha-cod", version="2017-01-01")
    assert not lies_in(old, AREAS, None)
    assert coarsen_place(old, "region", AREAS) is None


def test_a_place_lies_in_the_areas_around_it():
    there = at("labbezanga")
    for where in (None, [], ["labbezanga"], ["ML0701"], ["ML07"], ["NE006", "ML07"]):
        assert lies_in(there, AREAS, where)
    for where in (["NE006"], ["ML01"], ["unknown"]):
        assert not lies_in(there, AREAS, where)


def test_an_area_does_not_lie_in_what_lies_in_it_but_what_it_was_may_have():
    region = at("ML07")
    assert not lies_in(region, AREAS, ["ML0701"])
    assert can_lie_in(region, AREAS, ["ML0701"])
    assert can_lie_in(region, AREAS, ["labbezanga"])
    assert not can_lie_in(region, AREAS, ["NE006"])
    assert not can_lie_in(Place(name="Gao"), AREAS, ["ML07"])


def test_a_point_alone_lies_nowhere():
    assert not lies_in(Place(**POINT), AREAS, None)


def test_a_circle_in_the_list_ends():
    assert [area.code for area in around(AREAS["ring-a"], AREAS)] == ["ring-a", "ring-b"]


def test_levels_and_precisions_are_in_one_order():
    order = ["exact", "locality", "district", "region", "country"]
    for a, rank_a in zip(order, range(5), strict=True):
        for b, rank_b in zip(order, range(5), strict=True):
            assert is_at_least_as_coarse(a, b) == (rank_a >= rank_b)


def test_distance_is_known_for_known_points():
    # Labbezanga to Ayorou, and a degree of the equator.
    assert 34_000 < distance_m((1_497_361, 71_028), (1_473_075, 91_739)) < 36_000
    assert distance_m((0, 0), (0, 100_000)) == pytest.approx(111_195, abs=1)
    assert distance_m((9_000_000, 0), (-9_000_000, 0)) == pytest.approx(20_015_087, abs=1)


@given(*[st.integers(-9_000_000, 9_000_000), st.integers(-18_000_000, 18_000_000)] * 2)
def test_distance_is_the_same_both_ways(lat_a, lon_a, lat_b, lon_b):
    there = distance_m((lat_a, lon_a), (lat_b, lon_b))
    assert there == distance_m((lat_b, lon_b), (lat_a, lon_a))
    assert 0 <= there <= 20_015_087
    assert distance_m((lat_a, lon_a), (lat_a, lon_a)) == 0


def test_the_nearest_area_with_a_point_is_found_and_none_too_far():
    assert locate(1_497_400, 71_000, AREAS, 50_000) == AREAS["labbezanga"]
    assert locate(1_474_000, 91_000, AREAS.values(), 50_000) == AREAS["ayorou"]
    assert locate(1_497_400, 71_000, AREAS, 10) is None
    assert locate(1_444_000, -1_143_000, AREAS, 50_000) is None
    assert locate(0, 0, {}, 1_000_000_000) is None


def test_the_finer_of_two_as_near_is_found():
    same = {"lat": 0, "lon": 0, **OWN}
    areas = [
        Area(code="a", name="A", level="region", **same),
        Area(code="b", name="B", level="locality", **same),
    ]
    assert locate(0, 0, areas, 1) == areas[1]
    assert locate(0, 0, areas[::-1], 1) == areas[1]


@pytest.mark.parametrize(
    "place",
    [
        Place(),
        Place(level="region"),
        Place(lat=1),
        Place(lon=1),
        Place(code="ML07"),
        Place(name="Gao", scheme="ocha-cod", version="1"),
        Place(name="a\nb"),
        Place(name="a\u202eb"),
        Place(code="\x00", scheme="a", version="b"),
    ],
)
def test_a_place_that_is_not_whole_is_refused(place):
    for _ in range(2):  # what is remembered is what passed
        with pytest.raises(RecordError):
            check_place(place)


def test_a_record_and_a_form_share_one_list_of_levels():
    assert ("exact", *LEVELS[:-1]) == places.PRECISIONS
