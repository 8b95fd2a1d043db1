"""An alert to and from CAP: what a record can say is taken, what a partner received can be said."""

from __future__ import annotations

import re

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entente.errors import RecordError
from entente.interop import cap
from entente.interop.cap import from_record, parse, to_record
from entente.places import Place, place_of
from entente.records import Alert, from_plain
from entente.records.base import ALWAYS, compulsory_of, fields_of
from tests.interop.files import ACK, FLOOD, REAL, ROBBERY, assert_valid, needs_real
from tests.records.synthetic import GAO_1, make, plain_alerts
from tests.test_places import AREAS


@needs_real
def test_the_real_alerts_become_records():
    fire = to_record(parse(REAL[0].read_bytes()), service="protection-civile", areas=AREAS)
    assert (fire.category, fire.severity, fire.purpose, fire.tlp) == (
        ("Fire", "Met"),
        "Minor",
        "humanitarian",
        "CLEAR",
    )
    assert fire.place == Place(name="Yerong Creek Structure Fire", lat=-3_538_880, lon=14_705_980)
    assert fire.at == "2011-10-05T23:04:00+10:00"
    storm = to_record(parse(REAL[1].read_bytes()), service="protection-civile", areas=AREAS)
    assert storm.event == "orages"
    assert storm.response == ("AllClear",)
    assert storm.place is not None
    assert storm.place.name == "Windsor - Leamington - comté d'Essex"
    for record in (fire, storm):
        assert_valid(from_record(record, sender="gao.ml", identifier="synthetic-1"))


class TestToRecord:
    def test_the_french_block_is_taken_and_the_finest_listed_place(self):
        record = to_record(parse(FLOOD.read_bytes()), service="protection-civile", areas=AREAS, code=GAO_1)
        assert record.event == "crue (exercice)"
        assert record.headline == "EXERCICE : le Niger monte à Labbezanga"
        assert record.description is not None
        assert "\n" in record.description
        assert record.place == Place(
            name="Labbezanga",
            code="labbezanga",
            scheme="synthetic",
            version="1",
            level="locality",
            lat=1_497_361,
            lon=71_028,
        )
        assert (record.code, record.status, record.scope) == (GAO_1, "Exercise", "Restricted")
        assert (record.ttt_kind, record.ttt_event) == ("event", "natural_hazard")
        assert record.response == ("Prepare", "Monitor")

    def test_an_onset_to_come_is_not_when_it_occurred(self):
        record = to_record(parse(FLOOD.read_bytes()), service="protection-civile", areas=AREAS)
        assert (record.at, record.onset) == ("2021-12-01T14:30:00-00:00", "2021-12-02T06:00:00+00:00")
        begun = to_record(parse(ROBBERY.read_bytes()), service="securite", areas=AREAS)
        assert (begun.at, begun.reported_at) == ("2021-12-02T07:00:00+01:00", "2021-12-02T09:15:00+01:00")

    def test_the_next_language_is_english_and_then_whatever_comes_first(self):
        message = parse(FLOOD.read_bytes())
        english = to_record(message, service="a", areas=AREAS, preferred=("en",))
        assert english.event == "flood (exercise)"
        assert to_record(message, service="a", areas=AREAS, preferred=("ha",)).event == "flood (exercise)"

    def test_a_security_category_puts_it_behind_the_wall(self):
        assert to_record(parse(ROBBERY.read_bytes()), service="a", areas=AREAS).purpose == "security"
        assert to_record(parse(FLOOD.read_bytes()), service="a", areas=AREAS).purpose == "humanitarian"
        chosen = to_record(parse(FLOOD.read_bytes()), service="a", areas=AREAS, purpose="mobility")
        assert chosen.purpose == "mobility"

    @pytest.mark.parametrize(
        ("scope", "codes", "tlp"),
        [
            ("Public", (), "CLEAR"),
            ("Restricted", (), "AMBER"),
            ("Private", (), "RED"),
            ("Restricted", ("TLP:GREEN",), "GREEN"),
            ("Public", ("x", "TLP:RED"), "RED"),
            ("Private", ("TLP:CLEAR",), "RED"),
            ("Restricted", ("TLP:WHITE",), "AMBER"),
        ],
    )
    def test_the_marking_is_the_messages_own_unless_its_scope_is_more_closed(self, scope, codes, tlp):
        text = FLOOD.read_text(encoding="utf-8")
        text = text.replace("<cap:scope>Restricted<", f"<cap:scope>{scope}<")
        text = text.replace(
            "<cap:code>TLP:GREEN</cap:code>", "".join(f"<cap:code>{one}</cap:code>" for one in codes)
        )
        assert to_record(parse(text.encode()), service="a", areas=AREAS).tlp == tlp
        assert to_record(parse(text.encode()), service="a", areas=AREAS, tlp="AMBER").tlp == "AMBER"

    def test_the_centre_of_a_polygon_finds_the_nearest_area(self):
        place = to_record(parse(ROBBERY.read_bytes()), service="securite", areas=AREAS).place
        ayorou = place_of(AREAS["ayorou"])
        assert place is not None
        assert (place.code, place.name, place.level) == (ayorou.code, ayorou.name, "locality")
        assert (place.lat, place.lon) == (1_473_000, 92_000)

    def test_a_place_that_is_not_on_the_list_is_a_name_and_a_point(self):
        place = to_record(parse(ROBBERY.read_bytes()), service="securite", areas={}).place
        assert place == Place(name="Berge synthétique au nord d’Ayorou", lat=1_473_000, lon=92_000)
        far = to_record(parse(ROBBERY.read_bytes()), service="securite", areas=AREAS, within_m=10).place
        assert far == place

    def test_a_place_without_a_shape_is_only_a_name(self):
        text = re.sub(r"<polygon>.*</polygon>", "", ROBBERY.read_text(encoding="utf-8"))
        place = to_record(parse(text.encode()), service="securite", areas=AREAS).place
        assert place == Place(name="Berge synthétique au nord d’Ayorou")
        assert to_record(parse(re.sub(r"<area>.*</area>", "", text, flags=re.DOTALL).encode()), service="a", areas=AREAS).place is None  # fmt: skip

    def test_a_geocode_that_names_its_scheme_counts_more_than_one_that_does_not(self):
        text = FLOOD.read_text(encoding="utf-8").replace("synthetic:1", "another list")
        place = to_record(parse(text.encode()), service="a", areas=AREAS).place
        assert place is not None
        assert place.code == "ML0701"

    @pytest.mark.parametrize(
        ("polygon", "centre"),
        [
            ("14.7,0.9 14.7,0.94 14.76,0.94 14.76,0.9 14.7,0.9", (1_473_000, 92_000)),
            ("0,0 0,2 2,2 2,0 0,0", (100_000, 100_000)),
            ("0,0 2,0 2,2 0,2 0,0", (100_000, 100_000)),
            ("0,0 0,3 3,0 0,0", (100_000, 100_000)),
            ("-1,-1 -1,-3 -3,-3 -3,-1 -1,-1", (-200_000, -200_000)),
            ("0,0 0,1 0,2 0,0", (0, 75_000)),
            ("0,0 2,2 2,0 0,2.1 0,0", (80_000, 82_000)),
            ("0,0 0,1", None),
            ("0,0 0,1 91,0 0,0", None),
            ("0,0 0,x 1,1 0,0", None),
            ("0,0 0,1e9 1,1 0,0", None),
            ("NaN,0 0,1 1,1 0,0", None),
            ("", None),
        ],
    )
    def test_the_centre_of_a_polygon(self, polygon, centre):
        found = cap._polygon_centre(polygon)
        assert found == centre

    @given(
        st.text(max_size=60)
        | st.from_regex(r"-?\d{1,3}(\.\d{1,6})?,-?\d{1,3}(\.\d{1,6})?( \d+)?", fullmatch=True)
    )
    def test_any_shape_gives_a_point_of_the_earth_or_none(self, shape):
        for found in (cap._circle_centre(shape), cap._polygon_centre(f"{shape} {shape} 0,0 {shape}")):
            if found is not None:
                assert abs(found[0]) <= 9_000_000
                assert abs(found[1]) <= 18_000_000

    def test_words_that_are_too_long_end_in_an_ellipsis_and_odd_characters_go(self):
        text = FLOOD.read_text(encoding="utf-8").replace("crue (exercice)", "cr\u202eue\n " + "e" * 300)
        text = text.replace("Ceci est un exercice.", "x" * 7_000 + "\u0085")
        record = to_record(parse(text.encode()), service="a", areas=AREAS)
        assert record.event is not None
        assert record.description is not None
        assert record.event.startswith("cr ue eee")
        assert (len(record.event), record.event[-1]) == (200, "…")
        assert (len(record.description), record.description[-1]) == (6_000, "…")

    def test_an_acknowledgement_describes_no_event(self):
        with pytest.raises(RecordError, match="describes no event"):
            to_record(parse(ACK.read_bytes()), service="a", areas=AREAS)

    def test_a_date_that_no_record_can_hold_is_refused(self):
        text = ROBBERY.read_text(encoding="utf-8").replace("2021-12-02T09", "1921-12-02T09")
        with pytest.raises(RecordError):
            to_record(parse(text.encode()), service="a", areas=AREAS)


def from_alert(alert: Alert, **more: str) -> bytes:
    return from_record(alert, **{"sender": "gao.ml", "identifier": "synthetic-1", **more})


class TestFromRecord:
    @settings(max_examples=200, deadline=None)
    @given(plain_alerts, st.sampled_from(["fr", "en"]), st.sampled_from(["Africa/Bamako", "Africa/Niamey"]))
    def test_every_alert_becomes_valid_cap_whatever_its_form_dropped(self, plain_alert, language, tz):
        try:
            alert = from_plain(plain_alert)
        except RecordError:
            return
        assert isinstance(alert, Alert)
        assert_valid(from_alert(alert, language=language, tz=tz, sender_name="Autorité synthétique"))

    @settings(max_examples=100, deadline=None)
    @given(plain_alerts)
    def test_what_cap_can_say_comes_back(self, plain_alert):
        try:
            alert = from_plain(plain_alert)
        except RecordError:
            return
        assert isinstance(alert, Alert)
        again = to_record(parse(from_alert(alert)), service=alert.service, areas={}, purpose=alert.purpose)
        for name in (
            "status",
            "category",
            "urgency",
            "severity",
            "certainty",
            "response",
            "verification",
            "ttt_kind",
        ):
            assert getattr(again, name) == getattr(alert, name)
        if alert.scope is None:
            # Private says RED unless the message says AMBER+STRICT itself, and so on: never more open.
            assert again.tlp == alert.tlp

    def test_the_least_that_a_partner_can_receive_has_an_event_and_valid_xml(self):
        alert = make("alert", article="1#A2", released_at="2021-12-01T15:00:00Z", at="2021-W48", tlp="AMBER")
        kept = compulsory_of(Alert) | ALWAYS
        dropped = {name: None for name in fields_of(Alert) if name not in kept and name != "response"}
        reduced = from_plain({**msgspec.to_builtins(alert), **dropped})
        assert isinstance(reduced, Alert)
        xml = from_record(reduced, sender="gao.ml")
        assert_valid(xml)
        message = parse(xml)
        assert message.identifier == alert.code
        assert message.sent == "2021-12-01T15:00:00+00:00"
        assert (message.scope, message.restriction, message.code) == (
            "Restricted",
            "TLP:AMBER",
            ("TLP:AMBER",),
        )
        assert message.info[0].event == "météorologie"
        assert parse(from_record(reduced, sender="gao.ml", language="en")).info[0].event == "weather"

    @pytest.mark.parametrize(
        ("at", "tz", "sent"),
        [
            ("2021-12-01T14:30:00Z", "Africa/Niamey", "2021-12-01T14:30:00+00:00"),
            ("2021-12-01T14:30:00-00:00", "Africa/Niamey", "2021-12-01T14:30:00+00:00"),
            ("2021-12-01T14:30:00+01:00", "Africa/Bamako", "2021-12-01T14:30:00+01:00"),
            ("2021-12-01T14+01:00", "Africa/Bamako", "2021-12-01T14:00:00+01:00"),
            ("2021-12-01", "Africa/Niamey", "2021-12-01T00:00:00+01:00"),
            ("2021-W48", "Africa/Niamey", "2021-11-29T00:00:00+01:00"),
            ("2021-12", "Africa/Bamako", "2021-12-01T00:00:00+00:00"),
        ],
    )
    def test_a_date_has_a_numeric_offset_and_a_period_its_first_moment(self, at, tz, sent):
        alert = make("alert", at=at, onset=at, expires=None)
        assert isinstance(alert, Alert)
        message = parse(from_alert(alert, tz=tz))
        assert (message.sent, message.info[0].onset) == (sent, sent)

    def test_what_expires_on_a_day_is_good_for_that_day(self):
        alert = make("alert", onset=None, expires="2021-12-03")
        assert isinstance(alert, Alert)
        assert parse(from_alert(alert, tz="Africa/Niamey")).info[0].expires == "2021-12-04T00:00:00+01:00"

    def test_the_scope_is_the_more_closed_of_its_own_and_its_marking(self):
        for tlp, scope, expected in [
            ("CLEAR", "Public", "Public"),
            ("CLEAR", "Private", "Private"),
            ("RED", "Public", "Private"),
            ("GREEN", "Public", "Restricted"),
            ("AMBER", None, "Restricted"),
        ]:
            alert = make("alert", tlp=tlp, scope=scope)
            assert isinstance(alert, Alert)
            message = parse(from_alert(alert))
            assert message.scope == expected
            assert (message.restriction is not None) == (expected == "Restricted")
            assert (message.addresses is not None) == (expected == "Private")

    def test_a_point_keeps_every_digit_and_its_sign(self):
        alert = make("alert", place={"lat": -5, "lon": 1_800_001})
        assert isinstance(alert, Alert)
        area = parse(from_alert(alert)).info[0].area[0]
        assert area.circle == ("-0.00005,18.00001 0",)
        again = to_record(parse(from_alert(alert)), service="a", areas={})
        assert again.place is not None
        assert (again.place.lat, again.place.lon) == (-5, 1_800_001)

    @pytest.mark.parametrize("name", ["", "a b", "a,b", "a<b", "a&b"])
    def test_a_name_that_cap_forbids_is_refused(self, name):
        alert = make("alert", code=None)
        assert isinstance(alert, Alert)
        with pytest.raises(RecordError):
            from_record(alert, sender=name, identifier="x")
        with pytest.raises(RecordError):
            from_record(alert, sender="gao.ml", identifier=name)

    def test_an_alert_without_a_code_needs_an_identifier(self):
        alert = make("alert", code=None)
        assert isinstance(alert, Alert)
        with pytest.raises(RecordError, match="identifier"):
            from_record(alert, sender="gao.ml")
