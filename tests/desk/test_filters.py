"""Filters as links: what an address keeps, what it lets go of, what is drawn."""

from __future__ import annotations

from django.template.loader import render_to_string

from entente_node.directory.filters import Choice, Chosen, Group, page_of

WANTED = Chosen("/list", {"kind": "alert", "side": "", "weeks": "8"}, {"weeks": "8"})


def test_an_address_keeps_the_other_filters_and_says_nothing_of_what_a_list_begins_with() -> None:
    assert WANTED.url() == "/list?kind=alert"
    assert WANTED.url(side="gao") == "/list?kind=alert&side=gao"
    assert WANTED.url(kind="", weeks="26") == "/list?weeks=26"
    assert WANTED.url(kind="") == "/list"
    assert WANTED.url(side="a b&c") == "/list?kind=alert&side=a+b%26c"


def test_a_place_in_the_list_stands_only_where_it_is_asked_for() -> None:
    assert WANTED.url(page=2) == "/list?kind=alert&page=2"
    assert WANTED.url(page=0) == "/list?kind=alert"
    paged = Chosen("/list", {"kind": ""}).group("kind", "By kind", {"": "All", "alert": "Alert"})
    assert [choice.url for choice in paged.choices] == ["/list", "/list?kind=alert"]


def test_a_group_says_what_is_chosen_and_how_many_are_behind_each() -> None:
    group = WANTED.group("kind", "By kind", {"": "All", "alert": "Alert"}, {"": 7, "alert": 0}.__getitem__)
    assert group.choices == [
        Choice("All", "/list", chosen=False, count="7"),
        Choice("Alert", "/list?kind=alert", chosen=True, count="0"),
    ]
    assert WANTED.group("kind", "By kind", {"": "All"}).choices[0].count == ""


def test_a_filter_of_all_and_one_value_divides_nothing_unless_it_is_chosen() -> None:
    words = {"": "All", "gao": "Gao"}
    assert not WANTED.group("side", "By side", words).is_dividing
    assert WANTED.group("side", "By side", words | {"til": "Tillabéri"}).is_dividing
    assert Chosen("/list", {"side": "gao"}).group("side", "By side", words).is_dividing


def test_what_is_drawn_has_a_label_one_choice_that_is_current_and_no_markup_of_its_own() -> None:
    group = Group(
        "side",
        "By side",
        [Choice("<b>", "/?a=1&b=2", chosen=True, count="0"), Choice("Gao", "/", chosen=False)],
        earlier="/?until=1",
    )
    drawn = render_to_string("filters.html", {"group": group})
    assert '<nav class="filters" aria-label="By side">' in drawn
    assert '<a href="/?a=1&amp;b=2" aria-current="true"><bdi>&lt;b&gt;</bdi> <span>0</span></a>' in drawn
    assert '<a href="/"><bdi>Gao</bdi></a>' in drawn
    assert drawn.count("aria-current") == 1
    assert 'href="/?until=1"' in drawn
    assert "Later" not in drawn


def test_a_page_that_cannot_be_is_the_first() -> None:
    assert page_of({"page": "12"}) == 12
    for typed in ("", "-1", "٣", "1e3", "99999", "x"):
        assert page_of({"page": typed}) == 0
    assert page_of({}) == 0
