"""Articles that add up, and counts of people to be added up."""

from __future__ import annotations

import msgspec

from entente.agreements.document import Aggregate, Form
from entente.policy import Policy
from entente.policy.aggregate import shape_of, strictest
from entente.records import FlowOfPeople
from tests.parties import ARTICLES, NOW, agreement, flow, standing

replace = msgspec.structs.replace
NUMBERS = ("total", "women", "men", "girls", "boys", "pregnant")
FORM = Form(
    fields=("direction", *NUMBERS, "minutes", "observations"),
    place="district",
    time="day",
    aggregate=Aggregate(window="week", by=("direction",), min_cell=5),
)
A8 = ARTICLES[7]
WEEKLY = replace(A8, form=FORM)
SHAPE = shape_of(FlowOfPeople, [FORM])


def policy(*articles, **changes):
    return Policy(standing(agreement(articles=articles, **changes)))


def decide(terms, record, **changes):
    case = {"now": NOW, "confirmed": True, "target_known": True} | changes
    return terms.decide(record, sender="gao.ml", recipient="tillaberi.ne", **case)


def rule(k=5, m=1):
    return strictest([Aggregate(window="week", by=("direction",), min_cell=k, min_observations=m)])


def people(total, *divided, **more):
    women, men, girls, boys = (*divided, None, None, None, None)[:4]
    numbers = {"total": total, "women": women, "men": men, "girls": girls, "boys": boys}
    return flow(nationalities=None, **numbers, **more)
