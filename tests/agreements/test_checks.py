"""Every problem of an agreement, each alone and all at once."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest

from entente.agreements.checks import check_agreement, require_sound
from entente.agreements.document import (
    Form,
    Keys,
    Observer,
    Renewal,
    Respond,
    Share,
    Signatory,
    Text,
    Visa,
    Withhold,
    Zone,
)
from entente.errors import AgreementError
from entente.places import Area
from entente.records import KINDS
from tests.parties import AGREEMENT, ALERT_FIELDS, AREAS, ARTICLES, GAO, KAYES, TILLABERI, agreement

replace = msgspec.structs.replace
SHARE = ARTICLES[3]
FLOW = ARTICLES[7]
WEB = {"scheme": "ocha-cod", "version": "1"}


def keys(**changes: str) -> Keys:
    return replace(GAO.party.keys, **changes)


def gao(**changes: object):
    return agreement(parties=(replace(GAO.party, **changes), TILLABERI.party))


def articles(*changed):
    return agreement(articles=changed)


def zone(*more: Area):
    return agreement(zone=Zone(name="Zone", areas=(*AREAS, *more)))


def share(**changes: object) -> Share:
    return replace(SHARE, **changes)


def form(**changes: object) -> Share:
    return replace(SHARE, form=replace(SHARE.form, **changes))


def test_the_model_agreement_has_no_problem():
    assert check_agreement(AGREEMENT) == []


CASES = [
    (agreement(version=2), "supersedes", "must name the hash"),
    (agreement(supersedes="0" * 64), "supersedes", "supersedes nothing"),
    (agreement(expires=date(2021, 12, 14), sign_by=date(2021, 12, 1)), "expires", "before it takes effect"),
    (agreement(effective=date(1960, 8, 3)), "effective", "1960-08-03"),
    (agreement(expires=date(9999, 12, 31)), "expires", "9999"),
    (
        agreement(expires=None, renewal=Renewal(tacit=True, years=2, notice_days=90)),
        "renewal",
        "nothing to renew",
    ),
    (agreement(sign_by=date(2024, 1, 1)), "sign_by", "expires before"),
    (agreement(sign_by=None), "sign_by", "would stay open"),
    (agreement(time_zone="Africa/Atlantis"), "time_zone", "not a time zone"),
    (agreement(time_zone="localtime"), "time_zone", "not a time zone"),
    (agreement(time_zone="../../etc/passwd"), "time_zone", "not a time zone"),
    (gao(id="tillaberi.ne"), "parties[0].id", "twice among the parties"),
    (gao(short="TIL"), "parties[0].short", "prefix TIL"),
    (gao(keys=keys(log="gao.ml/log+zzz")), "parties[0].keys.log", "cannot be read"),
    (gao(keys=keys(seal="age1nothing")), "parties[0].keys.seal", "cannot be read"),
    (
        gao(keys=keys(log=str(GAO.log.verifier.renamed("gao.ml/pouch")))),
        "parties[0].keys.log",
        "named gao.ml/log",
    ),
    (
        gao(keys=keys(log=str(KAYES.log.verifier))),
        "parties[0].keys.log",
        "is named kayes.ml/log",
    ),
    (
        gao(keys=keys(log=str(GAO.authority.verifier.renamed("gao.ml/log")))),
        "parties[0].keys.log",
        "gao.ml/log and gao.ml/authority are the same public key",
    ),
    (
        gao(keys=keys(log=str(TILLABERI.log.verifier.renamed("gao.ml/log")))),
        "parties[1].keys.log",
        "tillaberi.ne/log and gao.ml/log are the same public key",
    ),
    (gao(keys=keys(seal=TILLABERI.party.keys.seal)), "parties[1].keys.seal", "same public key"),
    (
        gao(keys=keys(log=str(GAO.receipts.verifier.renamed("gao.ml/log")))),
        "parties[0].keys.log",
        "must be of type 01 and is of type 04",
    ),
    (gao(services=GAO.party.services + GAO.party.services[:1]), "parties[0].services", "there twice"),
    (
        gao(services=(*GAO.party.services, replace(GAO.party.services[0], id="vide", mandates=()))),
        "parties[0].services[4].mandates",
        "has no mandate",
    ),
    (
        agreement(signatories=(Signatory(party="kayes.ml", function="Gouverneur"),)),
        "signatories[0].party",
        "not a party",
    ),
    (agreement(visas=(Visa(party="kayes.ml", body="Direction nationale"),)), "visas[0].party", "not a party"),
    (agreement(observers=(Observer(id="gao.ml", name="Gao"),)), "observers[0].id", "not an observer"),
    (agreement(observers=(Observer(id="o.int", name="O"),) * 2), "observers", "twice"),
    (zone(replace(AREAS[0], name="Gao encore")), "zone.areas[0].code", "two areas"),
    (
        zone(Area(code="x", name="X", level="locality", within="nowhere", **WEB)),
        "zone.areas[10].within",
        "not in the list",
    ),
    (
        zone(Area(code="x", name="X", level="locality", within="x", **WEB)),
        "zone.areas[10].within",
        "within itself",
    ),
    (
        zone(
            Area(code="x", name="X", level="locality", within="y", **WEB),
            Area(code="y", name="Y", level="district", within="x", **WEB),
        ),
        "zone.areas[10].within",
        "within itself, by way of y",
    ),
    (
        zone(Area(code="x", name="X", level="district", within="ML0701", **WEB)),
        "zone.areas[10].level",
        "finer level",
    ),
    (zone(Area(code="x", name="X", level="district", lat=1, **WEB)), "zone.areas[10]", "one coordinate"),
    (articles(Text(id="A1", text="rien")), "articles", "no article shares"),
    (articles(*ARTICLES, Text(id="A1", text="rien")), "articles[0].id", "two articles are called A1"),
    (articles(share(from_=("kayes.ml", "gao.ml"))), "articles[0].from", "kayes.ml is not a party"),
    (articles(share(to=("kayes.ml",))), "articles[0].to", "kayes.ml is not a party"),
    (articles(share(from_=("gao.ml",), to=("gao.ml",))), "articles[0].to", "nobody else"),
    (articles(share(kinds=("alert", "weather"))), "articles[0].kinds", "no kind of record"),
    (articles(share(kinds=("alert", "alert"))), "articles[0].kinds", "twice"),
    (articles(share(purposes=("pastoral", "pastoral"))), "articles[0].purposes", "twice"),
    (articles(share(where=("Atlantis",))), "articles[0].where", "not in the zone"),
    (articles(share(recipients=("security",))), "articles[0].recipients", "mandate security"),
    (
        agreement(
            parties=(GAO.party, replace(TILLABERI.party, services=TILLABERI.party.services[:1])),
            articles=(share(from_=("gao.ml",), to=("tillaberi.ne",)),),
        ),
        "articles[0].recipients",
        "no service of tillaberi.ne",
    ),
    (
        articles(form(fields=(*ALERT_FIELDS, "name_of_person"))),
        "articles[0].form.fields",
        "has a field name_of_person",
    ),
    (articles(form(fields=(*ALERT_FIELDS, "tlp"))), "articles[0].form.fields", "always travels"),
    (articles(form(fields=(*ALERT_FIELDS, "headline"))), "articles[0].form.fields", "twice"),
    (
        articles(form(fields=tuple(name for name in ALERT_FIELDS if name != "severity"))),
        "articles[0].form.fields",
        "drops severity",
    ),
    (articles(form(tlp="GREEN")), "articles[0].form.tlp", "no marking is lowered"),
    (articles(share(kinds=("alert", "withdrawal"))), "articles[0].kinds", "need no article"),
    (articles(SHARE, Withhold(id="W", text="w")), "articles[1]", "withholds everything"),
    (articles(SHARE, Withhold(id="W", text="w", from_=("kayes.ml",))), "articles[1].from", "not a party"),
    (articles(SHARE, Withhold(id="W", text="w", kinds=("x",))), "articles[1].kinds", "no kind"),
    (articles(SHARE, Withhold(id="W", text="w", services=("police",))), "articles[1].services", "no service"),
    (
        articles(SHARE, Withhold(id="W", text="w", from_=("tillaberi.ne",), services=("femmes",))),
        "articles[1].services",
        "no service",
    ),
    (
        articles(SHARE, Withhold(id="W", text="w", where=("Atlantis",))),
        "articles[1].where",
        "not in the zone",
    ),
    (
        articles(
            SHARE,
            Respond(
                id="R",
                text="r",
                kinds=("alert",),
                acknowledge_within_minutes=60,
                act_within_minutes=30,
            ),
        ),
        "articles[1].act_within_minutes",
        "before it asks to acknowledge",
    ),
    (
        articles(
            SHARE,
            Respond(
                id="R",
                text="r",
                kinds=("alert", "incident"),
                severities=("Severe",),
                acknowledge_within_minutes=60,
            ),
        ),
        "articles[1].severities",
        "incident has none",
    ),
]

WARNINGS = {
    "incident has none",
    "would stay open",
    "has no mandate",
    "no article shares",
    "mandate security",
    "no service of tillaberi.ne",
    "withholds everything",
}


@pytest.mark.parametrize(
    ("draft", "where", "says"), CASES, ids=[f"{where}: {says}" for _, where, says in CASES]
)
def test_each_problem_is_found_where_it_is(draft, where, says):
    found = [problem for problem in check_agreement(draft) if problem.where == where and says in str(problem)]
    assert len(found) >= 1
    assert {problem.severity for problem in found} == {"warning" if says in WARNINGS else "error"}


def test_all_problems_come_at_once_in_the_order_of_the_document():
    draft = agreement(
        version=2,
        time_zone="Nowhere",
        parties=(replace(GAO.party, short="TIL"), TILLABERI.party),
        zone=Zone(name="Z", areas=(*AREAS, AREAS[0])),
        articles=(form(tlp="CLEAR"), share(id="B", kinds=("x",))),
    )
    assert [problem.where for problem in check_agreement(draft)] == [
        "supersedes",
        "time_zone",
        "parties[0].short",
        "parties[1].short",
        "zone.areas[0].code",
        "zone.areas[10].code",
        "articles[0].form.tlp",
        "articles[1].kinds",
    ]


def test_an_agreement_with_errors_is_refused_with_the_first_of_them():
    with pytest.raises(AgreementError, match="2 errors, the first at supersedes"):
        require_sound(agreement(version=2, time_zone="Nowhere"))
    require_sound(agreement(sign_by=None))


def test_the_same_service_name_may_stand_at_two_parties():
    assert GAO.party.services[0].id == TILLABERI.party.services[0].id


# The overlap rule: an earlier share article is at least as open in every respect.

LATER = share(id="B")


@pytest.mark.parametrize(
    ("earlier", "respects"),
    [
        (form(fields=tuple(name for name in ALERT_FIELDS if name != "headline")), "fields"),
        (form(place="district"), "place"),
        (form(time="hour"), "time"),
        (form(tlp="AMBER"), "marking"),
        (share(purposes=("humanitarian",), recipients=("mobility",)), "recipients"),
        (share(delay_hours=1), "delay"),
        (share(retention_days=729), "retention"),
        (replace(form(place="region", time="month"), delay_hours=5), "place, time, delay"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_earlier_article_that_gives_less_than_a_later_one_is_refused(earlier, respects):
    (problem,) = check_agreement(articles(earlier, LATER))
    assert problem.where == "articles[0]"
    assert problem.values == {"earlier": "A4", "later": "B", "respects": respects}
    assert check_agreement(articles(LATER, earlier)) == []


def test_a_week_does_not_tell_its_month():
    week, month = form(time="week"), replace(form(time="month"), id="B")
    (problem,) = check_agreement(articles(week, month))
    assert problem.values["respects"] == "time"
    (problem,) = check_agreement(articles(month, week))
    assert problem.values["respects"] == "time"


def test_equal_articles_may_stand_in_any_order():
    assert check_agreement(articles(SHARE, LATER)) == []
    assert check_agreement(articles(LATER, SHARE)) == []


@pytest.mark.parametrize(
    "apart",
    [
        {"from_": ("gao.ml",), "to": ("tillaberi.ne",)},
        {"purposes": ("pastoral",)},
        {"where": ("ML07",)},
    ],
    ids=["parties", "purposes", "places"],
)
def test_articles_that_never_fit_one_record_may_differ(apart):
    other = {
        "from_": ("tillaberi.ne",),
        "to": ("gao.ml",),
        "purposes": ("mobility",),
        "where": ("NE006",),
    }
    coarse = replace(form(place="region", time="month"), **apart)
    fine = replace(LATER, **{name: other[name] for name in apart})
    assert check_agreement(articles(coarse, fine)) == []


def test_places_inside_one_another_overlap_both_ways():
    for outer, inner in (("ML07", "labbezanga"), ("labbezanga", "ML07")):
        coarse = replace(form(place="region"), where=(outer,))
        assert len(check_agreement(articles(coarse, replace(LATER, where=(inner,))))) == 1


def test_a_lower_highest_marking_alone_takes_nothing_away():
    low = share(tlp="CLEAR")
    assert check_agreement(articles(low, LATER)) == []


def test_only_the_fields_of_a_common_kind_count():
    both = replace(
        SHARE,
        id="B",
        kinds=("alert", "flow-of-people"),
        purposes=("mobility",),
        form=Form(fields=(*ALERT_FIELDS, "direction", "total"), place="locality", time="exact"),
    )
    assert check_agreement(articles(SHARE, both)) == []
    (problem,) = check_agreement(articles(FLOW, both))
    assert "place" in str(problem)


def test_a_post_does_not_leave_beside_a_place_made_coarser_than_its_locality():
    """A monitoring point is a place: its id says the locality as plainly as a code."""
    coarse = replace(FLOW, form=replace(FLOW.form, fields=(*FLOW.form.fields, "post")))
    [problem] = [p for p in check_agreement(articles(coarse)) if p.severity == "error"]
    assert "keeps post" in str(problem)
    local = replace(coarse, form=replace(coarse.form, place="locality"))
    assert [p for p in check_agreement(articles(local)) if p.severity == "error"] == []


@pytest.mark.parametrize(
    ("kind", "kept", "apart"),
    [
        ("communique", ("subject", "paragraphs"), "done, language, preamble, signatories"),
        ("commitment", ("state", "target"), "indicator"),
    ],
)
def test_fields_that_say_something_only_together_leave_together_or_not_at_all(kind, kept, apart):
    share = replace(
        SHARE,
        kinds=(kind,),
        purposes=("administration",),
        form=Form(fields=kept, place="locality", time="exact"),
    )
    [problem] = check_agreement(articles(share))
    assert f"without {apart}:" in str(problem)
    assert problem.where == "articles[0].form.fields"
    whole = (*kept, *apart.split(", "))
    for fields in (whole, tuple(name for name in whole if name not in KINDS[kind].together)):
        assert check_agreement(articles(replace(share, form=replace(share.form, fields=fields)))) == []
