"""What is wrong with an agreement that can be read: everything at once, in the order of the document.

A problem is an error (no key of ours signs such an agreement, and no policy is made of it)
or a warning (it is allowed and probably not meant). :func:`check_agreement` needs no clock:
whether a date has passed is for :mod:`entente.agreements.steps`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from entente.agreements import adding
from entente.agreements.answers import unanswerable
from entente.agreements.document import (
    Agreement,
    Article,
    Exceptional,
    Form,
    Opening,
    Party,
    Respond,
    Share,
    Withhold,
)
from entente.agreements.overlap import functions_for, less_open_than, may_overlap, services_for
from entente.errors import AgreementError, EntenteError, RecordError
from entente.places import Area, around, is_at_least_as_coarse
from entente.records import KINDS, times
from entente.records.base import ALWAYS, LEAST_FUNCTIONS, TLP_RANK, Role, Tlp, compulsory_of, fields_of
from entente.records.flow import Flow
from entente.sealing import check_recipient
from entente.signing import COSIGNATURE, ED25519, VerifierKey

ROLES: Final[Mapping[str, int]] = {"authority": ED25519, "log": ED25519, "receipts": COSIGNATURE}
"""The roles whose keys sign, and the type that each key must have."""

OBSERVED: Final[Tlp] = "GREEN"
"""The highest marking of what an observer sees: AMBER and above are for organisations that act."""

_EARLIEST: Final = 2000
_LATEST: Final = 2199
"""The years that records can name (:mod:`entente.records.times`)."""

# "localtime" and the like are a matter of the machine: they would give each side other days.
_ZONE_NAME: Final = re.compile(r"UTC|[A-Z][A-Za-z_]+(/[A-Z][A-Za-z0-9_+-]+)+")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where, and a template with its values, as errors have."""

    where: str
    message: str
    values: dict[str, object] = field(default_factory=dict)
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        return f"{self.where}: {self.message.format(**self.values)}"


def check_agreement(agreement: Agreement) -> list[Problem]:
    """All problems of an agreement, in the order of the document; none is an empty list."""
    return list(_problems(agreement))


def require_sound(agreement: Agreement) -> None:
    """Refuse an agreement that has errors. AgreementError names the first and counts the others."""
    errors = [problem for problem in check_agreement(agreement) if problem.severity == "error"]
    if errors:
        raise AgreementError(
            "the agreement has {count} errors, the first at {where}: {reason}",
            count=len(errors),
            where=errors[0].where,
            reason=errors[0].message.format(**errors[0].values),
        )


def _problems(agreement: Agreement) -> Iterator[Problem]:
    yield from _header(agreement)
    yield from _parties(agreement)
    yield from _people(agreement)
    zone = list(_zone(agreement.zone.areas))
    yield from zone
    yield from _articles(agreement)


def _header(agreement: Agreement) -> Iterator[Problem]:
    if agreement.version > 1 and agreement.supersedes is None:
        yield Problem(
            "supersedes", "a version after the first must name the hash of the text that it supersedes"
        )
    if agreement.version == 1 and agreement.supersedes is not None:
        yield Problem("supersedes", "the first version supersedes nothing")
    for name in ("effective", "expires", "sign_by"):
        day = getattr(agreement, name)
        if day is not None and not _EARLIEST <= day.year <= _LATEST:
            yield Problem(
                name,
                "the year of {day} is not between {earliest} and {latest}",
                {"day": day, "earliest": _EARLIEST, "latest": _LATEST},
            )
    if agreement.expires is not None and agreement.expires < agreement.effective:
        yield Problem("expires", "the agreement expires before it takes effect")
    if agreement.renewal is not None and agreement.expires is None:
        yield Problem("renewal", "there is nothing to renew without a date of expiry")
    if agreement.sign_by is None:
        yield Problem(
            "sign_by",
            "there is no date by which all must have signed: the proposal would stay open",
            severity="warning",
        )
    elif agreement.expires is not None and agreement.sign_by > agreement.expires:
        yield Problem("sign_by", "the agreement expires before the last day for signing it")
    if not _is_zone(agreement.time_zone):
        yield Problem("time_zone", "{name} is not a time zone", {"name": agreement.time_zone})


def _is_zone(name: str) -> bool:
    if not _ZONE_NAME.fullmatch(name):
        return False
    try:
        times.zone(name)
    except RecordError:
        return False
    return True


def _parties(agreement: Agreement) -> Iterator[Problem]:
    seen: dict[object, str] = {}
    ids = Counter(party.id for party in agreement.parties)
    shorts = Counter(party.short for party in agreement.parties)
    for index, party in enumerate(agreement.parties):
        where = f"parties[{index}]"
        if ids[party.id] > 1:
            yield Problem(f"{where}.id", "{party} stands twice among the parties", {"party": party.id})
        if shorts[party.short] > 1:
            yield Problem(
                f"{where}.short",
                "two parties have the prefix {short} for their codes",
                {"short": party.short},
            )
        yield from _keys(party, f"{where}.keys", seen)
        yield from _services(party, f"{where}.services")


def _keys(party: Party, where: str, seen: dict[object, str]) -> Iterator[Problem]:
    """The four keys of a party. ``seen`` says for each public key of the document whose it is."""
    for role in (*ROLES, "seal"):
        at, owner = f"{where}.{role}", f"{party.id}/{role}"
        text = getattr(party.keys, role)
        public: object
        try:
            if role == "seal":
                public = check_recipient(text)
            else:
                key = VerifierKey.parse(text)
                public = key.public
        except EntenteError as error:
            yield Problem(at, "the key {key} cannot be read: {reason}", {"key": owner, "reason": str(error)})
            continue
        if role != "seal":
            if key.name != owner:
                yield Problem(
                    at, "the key must be named {key} and is named {name}", {"key": owner, "name": key.name}
                )
            if key.algorithm != ROLES[role]:
                yield Problem(
                    at,
                    "the key {key} must be of type {wanted} and is of type {type}",
                    {"key": owner, "wanted": f"{ROLES[role]:02x}", "type": f"{key.algorithm:02x}"},
                )
        if public in seen:
            yield Problem(
                at, "{key} and {other} are the same public key", {"key": owner, "other": seen[public]}
            )
        seen.setdefault(public, owner)


def _services(party: Party, where: str) -> Iterator[Problem]:
    yield from _twice(where, [service.id for service in party.services])
    for index, service in enumerate(party.services):
        yield from _twice(f"{where}[{index}].mandates", service.mandates)
        if not service.mandates:
            yield Problem(
                f"{where}[{index}].mandates",
                "the service {service} has no mandate: it will see nothing",
                {"service": service.id},
                "warning",
            )


def _people(agreement: Agreement) -> Iterator[Problem]:
    parties = {party.id for party in agreement.parties}
    for index, signatory in enumerate(agreement.signatories):
        yield from _unknown_parties(f"signatories[{index}].party", [signatory.party], parties)
    for index, visa in enumerate(agreement.visas):
        yield from _unknown_parties(f"visas[{index}].party", [visa.party], parties)
    yield from _twice("observers", [observer.id for observer in agreement.observers])
    for index, observer in enumerate(agreement.observers):
        if observer.id in parties:
            yield Problem(
                f"observers[{index}].id", "{party} is a party and not an observer", {"party": observer.id}
            )


def _zone(areas: Sequence[Area]) -> Iterator[Problem]:
    by_code = {area.code: area for area in areas}
    codes = Counter(area.code for area in areas)
    for index, area in enumerate(areas):
        where = f"zone.areas[{index}]"
        values: dict[str, object] = {"area": area.code, "around": area.within}
        if codes[area.code] > 1:
            yield Problem(f"{where}.code", "two areas have the code {area}", values)
        if (area.lat is None) != (area.lon is None):
            yield Problem(where, "the area {area} has one coordinate of two", values)
        if area.within is None:
            continue
        outer = by_code.get(area.within)
        if outer is None:
            yield Problem(f"{where}.within", "the area {around} around {area} is not in the list", values)
        elif any(one.within == area.code for one in around(area, by_code)):
            yield Problem(f"{where}.within", "the area {area} lies within itself, by way of {around}", values)
        elif is_at_least_as_coarse(area.level, outer.level):
            yield Problem(
                f"{where}.level", "the area {area} is not of a finer level than {around} around it", values
            )


def _articles(agreement: Agreement) -> Iterator[Problem]:
    articles = agreement.articles
    if not any(isinstance(article, Share) for article in articles):
        yield Problem("articles", "no article shares anything", severity="warning")
    ids = Counter(article.id for article in articles)
    areas = {area.code: area for area in agreement.zone.areas}
    for index, article in enumerate(articles):
        where = f"articles[{index}]"
        if ids[article.id] > 1:
            yield Problem(f"{where}.id", "two articles are called {article}", {"article": article.id})
        yield from _references(where, article, agreement, areas)
        match article:
            case Share():
                yield from _opening(where, article, agreement)
                yield from _answers(where, article, agreement)
                yield from _observed(where, article, agreement)
                yield from _aggregate(f"{where}.form.aggregate", article, article.form)
                yield from _less_open(index, agreement, areas)
            case Exceptional():
                yield from _opening(where, article, agreement)
                yield from _answers(where, article, agreement)
                yield from _exceptional(where, article, agreement)
            case Withhold():
                yield from _withhold(where, article, agreement)
            case Respond():
                yield from _respond(where, article)


def _respond(where: str, article: Respond) -> Iterator[Problem]:
    acting = article.act_within_minutes
    if acting is not None and acting < article.acknowledge_within_minutes:
        yield Problem(
            f"{where}.act_within_minutes",
            "article {article} asks to act before it asks to acknowledge",
            {"article": article.id},
        )
    for kind in article.kinds:
        # No record of such a kind has one of the severities: the article would say nothing of it.
        if article.severities and kind in KINDS and "severity" not in fields_of(KINDS[kind]):
            yield Problem(
                f"{where}.severities",
                "article {article} names severities, and {kind} has none: it sets no time for it",
                {"article": article.id, "kind": kind},
                "warning",
            )


def _references(
    where: str, article: Article, agreement: Agreement, areas: Collection[str]
) -> Iterator[Problem]:
    """Names that must be known, and lists that name nothing twice, whatever the type of the article."""
    parties = {party.id for party in agreement.parties}
    for name in ("from_", "to"):
        listed = getattr(article, name, ())
        yield from _unknown_parties(f"{where}.{name.rstrip('_')}", listed, parties)
    for kind in getattr(article, "kinds", ()):
        if kind not in KINDS:
            yield Problem(f"{where}.kinds", "{kind} is no kind of record", {"kind": kind})
    for code in getattr(article, "where", ()):
        if code not in areas:
            yield Problem(f"{where}.where", "the area {area} is not in the zone", {"area": code})
    for name in ("from_", "to", "kinds", "purposes", "where", "recipients", "services", "severities"):
        yield from _twice(f"{where}.{name.rstrip('_')}", getattr(article, name, ()))


def _observed(where: str, article: Share, agreement: Agreement) -> Iterator[Problem]:
    """An observer is no service: what it sees is meant for a wider circle, by its marking too."""
    if not article.observers:
        return
    values: dict[str, object] = {"article": article.id}
    if not agreement.observers:
        yield Problem(
            f"{where}.observers", "article {article} grants to observers, and the agreement has none", values
        )
    for tlp in (article.tlp, article.form.tlp):
        if tlp is not None and TLP_RANK[tlp] > TLP_RANK[OBSERVED]:
            yield Problem(
                f"{where}.observers",
                "article {article} grants to observers, who see what is marked {highest} at most, not {tlp}",
                values | {"tlp": tlp, "highest": OBSERVED},
                "warning",
            )


def _opening(where: str, article: Opening, agreement: Agreement) -> Iterator[Problem]:
    if not any(sender != recipient for sender in article.from_ for recipient in article.to):
        yield Problem(f"{where}.to", "article {article} shares with nobody else", {"article": article.id})
    for party in agreement.parties:
        if party.id not in article.to:
            continue
        for purpose in article.purposes:
            if not services_for(party, article, purpose):
                yield Problem(
                    f"{where}.recipients",
                    "no service of {party} may see what article {article} shares for the purpose {purpose}",
                    {"party": party.id, "article": article.id, "purpose": purpose},
                    "warning",
                )
    # The wall of DESIGN.md section 1 is the parties' to open, but not by oversight.
    for one, other in (("humanitarian", "security"), ("security", "humanitarian")):
        if one in article.purposes and other in article.recipients:
            yield Problem(
                f"{where}.recipients",
                "article {article} shows records of purpose {purpose} to services with the mandate {mandate}",
                {"article": article.id, "purpose": one, "mandate": other},
                "warning",
            )
    yield from _form(f"{where}.form", article, article.form)


def _answers(where: str, article: Opening, agreement: Agreement) -> Iterator[Problem]:
    for purpose, tlp, parties in unanswerable(article, agreement):
        yield Problem(
            where,
            "what article {article} lets leave for the purpose {purpose}, marked up to {tlp}, could not be answered by "
            "{parties}: no article shares messages back for that purpose and marking",
            {"article": article.id, "purpose": purpose, "tlp": tlp, "parties": ", ".join(parties)},
            "warning",
        )


def _exceptional(where: str, article: Exceptional, agreement: Agreement) -> Iterator[Problem]:
    """What only this type can have wrong: which kinds it names, its form, and who decides."""
    named: dict[str, object] = {"article": article.id}
    for kind in article.kinds:
        # A flow by itself would tell what the sums of the share articles keep back.
        if kind in KINDS and issubclass(KINDS[kind], Flow):
            yield Problem(
                f"{where}.kinds",
                "article {article} is exceptional and names records of kind {kind}: flows leave only by share "
                "articles",
                named | {"kind": kind},
            )
    if article.form.aggregate is not None:
        yield Problem(
            f"{where}.form.aggregate", "article {article} is exceptional and adds nothing up", named
        )
    yield from _twice(f"{where}.functions", [f"{one.party}/{one.title}" for one in article.functions])
    parties = {party.id: party for party in agreement.parties}
    for index, one in enumerate(article.functions):
        at = f"{where}.functions[{index}]"
        if one.party not in article.from_:
            yield Problem(
                f"{at}.party",
                "{party} releases nothing by article {article}: its functions decide nothing there",
                named | {"party": one.party},
            )
        party = parties.get(one.party)
        if party is not None and not any(one.service == service.id for service in party.services):
            yield Problem(
                f"{at}.service",
                "{service} is no service of {party}",
                {"service": one.service, "party": one.party},
            )
    for sender in (parties[name] for name in article.from_ if name in parties):
        for purpose in article.purposes:
            if len(functions_for(sender, article, purpose)) < LEAST_FUNCTIONS:
                yield Problem(
                    f"{where}.functions",
                    "article {article} names fewer than two functions of {party} whose services have a mandate for "
                    "the purpose {purpose}",
                    named | {"party": sender.id, "purpose": purpose},
                )


def _aggregate(where: str, article: Share, form: Form) -> Iterator[Problem]:
    if form.aggregate is None:
        return
    kinds = {kind: KINDS[kind] for kind in article.kinds if kind in KINDS}
    for slug, found in adding.problems(article.id, form, form.aggregate, kinds):
        yield Problem(where, adding.TEMPLATES[slug], found, "warning" if slug in adding.WARNINGS else "error")


def _form(where: str, article: Opening, form: Form) -> Iterator[Problem]:
    kinds = {kind: KINDS[kind] for kind in article.kinds if kind in KINDS}
    fields = {name: known for kind in kinds.values() for name, known in fields_of(kind).items()}
    yield from _twice(f"{where}.fields", form.fields)
    for name in form.fields:
        values: dict[str, object] = {"field": name, "article": article.id}
        if name not in fields:
            if len(kinds) == len(article.kinds):
                yield Problem(f"{where}.fields", "no kind of article {article} has a field {field}", values)
        elif name in ALWAYS or fields[name].role is Role.HEADER:
            yield Problem(
                f"{where}.fields", "the field {field} always travels and is not to be named", values
            )
        elif fields[name].role is Role.POST and not is_at_least_as_coarse("locality", form.place):
            yield Problem(
                f"{where}.fields",
                "article {article} keeps {field}, which says the locality, and makes the place coarser than that",
                values,
            )
    for name, kind in kinds.items():
        if kind.passes_always:
            yield Problem(
                where.removesuffix(".form") + ".kinds",
                "records of kind {kind} need no article",
                {"kind": name},
            )
            continue
        for missing in sorted(compulsory_of(kind) - set(form.fields)):
            yield Problem(
                f"{where}.fields",
                "the form of article {article} drops {field}, which records of kind {kind} cannot do without",
                {"article": article.id, "field": missing, "kind": name},
            )
        if (kept := kind.together.intersection(form.fields)) and (apart := kind.together - kept):
            yield Problem(
                f"{where}.fields",
                "the form of article {article} keeps {kept} without {apart}: of records of kind {kind} these go "
                "together",
                {
                    "article": article.id,
                    "kept": ", ".join(sorted(kept)),
                    "apart": ", ".join(sorted(apart)),
                    "kind": name,
                },
            )
    if form.tlp is not None and TLP_RANK[form.tlp] < TLP_RANK[article.tlp]:
        yield Problem(
            f"{where}.tlp",
            "article {article} shares up to {highest} and would mark the result {tlp}: no marking is lowered",
            {"article": article.id, "highest": article.tlp, "tlp": form.tlp},
        )


def _less_open(index: int, agreement: Agreement, areas: Mapping[str, Area]) -> Iterator[Problem]:
    """The later share articles that the one at ``index`` would take something from."""
    earlier = agreement.articles[index]
    if not isinstance(earlier, Share) or not _is_known(earlier, areas):
        return
    for later in agreement.articles[index + 1 :]:
        if not isinstance(later, Share) or not _is_known(later, areas):
            continue
        if may_overlap(earlier, later, agreement, areas):
            respects = less_open_than(earlier, later, agreement)
            if respects:
                yield Problem(
                    f"articles[{index}]",
                    "article {earlier} stands before {later}, may apply to the same records and gives less: "
                    "{respects}",
                    {"earlier": earlier.id, "later": later.id, "respects": ", ".join(respects)},
                )


def _is_known(article: Share, areas: Collection[str]) -> bool:
    return all(kind in KINDS for kind in article.kinds) and all(code in areas for code in article.where)


def _withhold(where: str, article: Withhold, agreement: Agreement) -> Iterator[Problem]:
    for service in article.services:
        of = [party for party in agreement.parties if not article.from_ or party.id in article.from_]
        if not any(service == known.id for party in of for known in party.services):
            yield Problem(
                f"{where}.services", "{service} is no service of the parties concerned", {"service": service}
            )
    conditions = (article.from_, article.kinds, article.purposes, article.services, article.where)
    if article.tlp_from is None and not any(conditions):
        yield Problem(where, "article {article} withholds everything", {"article": article.id}, "warning")


def _unknown_parties(where: str, listed: Sequence[str], parties: Collection[str]) -> Iterator[Problem]:
    for name in listed:
        if name not in parties:
            yield Problem(where, "{party} is not a party", {"party": name})


def _twice(where: str, values: Sequence[str]) -> Iterator[Problem]:
    for value, count in Counter(values).items():
        if count > 1:
            yield Problem(where, "{value} stands there twice", {"value": value})
