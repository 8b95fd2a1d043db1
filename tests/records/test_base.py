"""What every kind declares of itself: policy, forms and exports read nothing else."""

import json
import re
from pathlib import Path
from typing import Annotated, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
import pytest

from entente.places import Place
from entente.records import KINDS, Record
from entente.records.base import ALWAYS, Field, Part, Role, compulsory_of, fields_of, labels_of
from tests.records.synthetic import make

KNOWLEDGE = Path(__file__).parents[2].parent / "shared" / "data" / "hxl-knowledge-base.json"


def part_of(kind, name):
    """The struct that a field holds several of, if it does."""
    for item in get_args(get_type_hints(kind)[name]):
        if isinstance(item, type) and issubclass(item, Part):
            return item
    return None


FIELDS = [
    pytest.param(kind, name, id=f"{tag}.{name}") for tag, kind in KINDS.items() for name in fields_of(kind)
]


NAMELESS = ("surname", "nom de famille", "prénom", "first name", "passport", "passeport", "identity", "identité")  # fmt: skip
UNASKED = (
    *NAMELESS,
    "birth",
    "naissance",
    "finger",
    "empreinte",
    "photo",
    "ethni",
    "relig",
    "suspect",
    "auteur",
)

PARTS = [
    pytest.param(part, id=f"{tag}.{name}") for tag, kind in KINDS.items() for name in fields_of(kind)
    if (part := part_of(kind, name)) is not None
]  # fmt: skip


def hint_of(kind, name):
    """The type of a field without its marks and without None."""
    hint = get_type_hints(kind)[name]
    options = [option for option in get_args(hint) if option is not type(None)] if get_origin(hint) in {Union, type(int | None)} else [hint]  # fmt: skip
    assert len(options) == 1
    return options[0]


def closed_list_of(kind, name):
    hint = hint_of(kind, name)
    if get_origin(hint) is tuple:
        hint = get_args(hint)[0]
    if get_origin(hint) is dict:
        # Of a breakdown the keys are in words, of what each party says the values.
        key, value = get_args(hint)
        hint = key if get_origin(key) is Literal else value
    return get_args(hint) if get_origin(hint) is Literal else ()


@pytest.mark.parametrize(("kind", "name"), FIELDS)
def test_a_field_says_what_it_is_in_both_languages(kind, name):
    field = fields_of(kind)[name]
    assert isinstance(field, Field)
    assert field.fr.strip()
    assert field.en.strip()
    assert field.hxl is None or re.fullmatch(r"#[a-z0-9]+(\+[a-z0-9_]+)*", field.hxl)


@pytest.mark.parametrize(("kind", "name"), FIELDS)
def test_every_value_of_a_closed_list_has_french_and_english_words(kind, name):
    values = closed_list_of(kind, name)
    words = labels_of(kind, name)
    if name == "tlp":
        assert words == {}  # the values of TLP are the same in every language
        return
    assert set(words) == set(values)
    assert all(fr.strip() and en.strip() for fr, en in words.values())
    assert len(set(words.values())) == len(words)


@pytest.mark.parametrize(("kind", "name"), FIELDS)
def test_a_role_goes_with_its_type(kind, name):
    role, hint = fields_of(kind)[name].role, hint_of(kind, name)
    if role is Role.CHOICE:
        assert closed_list_of(kind, name)
    if role is Role.PLACE:
        assert hint is Place
    if role is Role.INSTANT:
        assert hint is str
    if role in {Role.REFERENCE, Role.FREE_TEXT} and get_origin(hint) is tuple:
        assert get_args(hint)[0] is str or (role is Role.FREE_TEXT and issubclass(get_args(hint)[0], Part))
    elif role in {Role.REFERENCE, Role.FREE_TEXT}:
        assert hint is str
    if role in {Role.COUNT, Role.QUANTITY}:
        assert hint is int or get_origin(hint) is dict
    assert (hint is Place) == (role is Role.PLACE)


@pytest.mark.parametrize("part", PARTS)
def test_the_fields_of_a_part_say_what_they_are_and_hold_nothing_to_reduce(part):
    for name, field in fields_of(part).items():
        assert field.fr.strip()
        assert field.en.strip()
        assert set(labels_of(part, name)) == set(closed_list_of(part, name))
        assert field.role not in {Role.INSTANT, Role.PLACE, Role.REFERENCE, Role.POST, Role.HEADER}


@pytest.mark.parametrize(("kind", "name"), FIELDS)
def test_no_field_asks_who_somebody_is(kind, name):
    part = part_of(kind, name)
    asked = [(name, fields_of(kind)[name])] + ([] if part is None else list(fields_of(part).items()))
    for inner, field in asked:
        for word in UNASKED:
            assert word not in f"{inner} {field.fr} {field.en}".lower()
        assert inner != "name"


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_fields_that_leave_together_can_be_dropped_together(kind):
    assert kind.together <= set(fields_of(kind))
    assert not kind.together & compulsory_of(kind)


def unbounded(info) -> list[str]:
    """What has no bound in a type, or a fraction: strings, lists and numbers, at any depth."""
    found = []
    match info:
        case msgspec.inspect.StrType():
            found = [] if info.max_length else ["string"]
        case msgspec.inspect.BytesType():
            found = [] if info.max_length else ["bytes"]
        case msgspec.inspect.IntType():
            found = [] if info.ge is not None and info.le is not None else ["integer"]
        case msgspec.inspect.VarTupleType():
            found = [*([] if info.max_length else ["list"]), *unbounded(info.item_type)]
        case msgspec.inspect.DictType():
            inner = [*unbounded(info.key_type), *unbounded(info.value_type)]
            found = [*([] if info.max_length else ["dict"]), *inner]
        case msgspec.inspect.UnionType():
            found = [one for option in info.types for one in unbounded(option)]
        case msgspec.inspect.StructType():
            found = [f"{field.name}: {one}" for field in info.fields for one in unbounded(field.type)]
        case msgspec.inspect.Metadata():
            found = unbounded(info.type)
        case msgspec.inspect.LiteralType() | msgspec.inspect.NoneType():
            found = []
        case _:
            found = [repr(info)]
    return found


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_string_list_and_number_is_bounded_and_none_has_a_fraction(kind):
    assert unbounded(msgspec.inspect.type_info(kind)) == []


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_kind_names_itself_its_lane_and_its_family(kind):
    assert kind.lane in {"urgent", "routine"}
    assert re.fullmatch(r"[a-z]+", kind.family)
    assert all(kind.title)
    assert set(kind.kept) <= set(fields_of(kind))
    assert kind.__struct_config__.forbid_unknown_fields
    assert kind.__struct_config__.frozen
    assert kind.__struct_config__.omit_defaults


def test_the_journal_says_of_a_kind_its_family_and_no_more():
    families: dict[str, set[str]] = {}
    for tag, kind in KINDS.items():
        families.setdefault(kind.family, set()).add(tag)
    together = {
        "flow": {"flow-of-people", "flow-of-livestock", "flow-of-goods"},
        "dialogue": {"message", "contact", "meeting", "communique", "commitment"},
        "corridor": {"corridor-status"},
    }
    alone = ("alert", "observation", "incident", "situation", "action", "withdrawal", "attachment")
    assert families == together | {tag: {tag} for tag in alone}


def test_flows_and_images_wait_and_everything_else_does_not():
    assert {tag for tag, kind in KINDS.items() if kind.lane == "routine"} == {
        "flow-of-people",
        "flow-of-livestock",
        "flow-of-goods",
        "attachment",
    }


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_the_header_comes_first_and_alike_in_every_kind(kind):
    header = list(fields_of(Record))
    assert list(fields_of(kind))[: len(header)] == header
    assert set(header) >= ALWAYS


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_hxl_tags_tell_the_columns_of_an_export_apart(kind):
    tags = [field.hxl for field in fields_of(kind).values() if field.hxl]
    assert len(set(tags)) == len(tags)


def test_no_free_text_must_leave():
    for kind in KINDS.values():
        free = {name for name, field in fields_of(kind).items() if field.role is Role.FREE_TEXT}
        assert not free & compulsory_of(kind)


def test_an_alert_must_keep_its_status_severity_urgency_certainty_and_category():
    assert compulsory_of(KINDS["alert"]) == {"status", "severity", "urgency", "certainty", "category"}


def test_an_answer_must_keep_what_it_answers():
    assert {"about", "step"} <= compulsory_of(KINDS["message"])
    assert "about" in compulsory_of(KINDS["withdrawal"])
    assert "about" in compulsory_of(KINDS["attachment"])


def test_answering_belongs_to_the_record_and_not_to_its_kind():
    assert make("message").answers
    assert not make("message", about=None, step=None, text="bonjour").answers
    assert make("withdrawal").answers
    assert make("attachment").answers
    assert not make("alert").answers
    assert not make("action").answers


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_what_a_form_leaves_of_a_record_is_still_acceptable(kind):
    record = make(kind)
    keep = compulsory_of(type(record)) | ALWAYS
    defaults = {field.name: field.default for field in msgspec.structs.fields(type(record))}
    dropped = {name: default for name, default in defaults.items() if name not in keep}
    least = msgspec.structs.replace(record, **dropped, article="1#A2", released_at="2021-12-01T15:00:00Z")
    least.check()


def test_a_kind_whose_field_says_nothing_of_itself_is_refused():
    class Careless(Record, kw_only=True, frozen=True, tag="careless"):
        number: Annotated[int, msgspec.Meta(ge=0)] = 0

    with pytest.raises(TypeError, match=r"Careless\.number"):
        fields_of(Careless)


@pytest.mark.skipif(not KNOWLEDGE.exists(), reason="the HXL knowledge base is not beside the checkout")
def test_every_hashtag_is_one_of_the_hxl_standard():
    known = set(re.findall(r'"hashtag": "([a-z0-9]+)"', KNOWLEDGE.read_text(encoding="utf-8")))
    assert json.loads(KNOWLEDGE.read_text(encoding="utf-8"))
    used = {field.hxl for kind in KINDS.values() for field in fields_of(kind).values() if field.hxl}
    assert {tag.split("+")[0].removeprefix("#") for tag in used} <= known
