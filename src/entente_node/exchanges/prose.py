"""An agreement as people read it: each article in its own words, then what the machine does with it.

The words of the article are the signatories'; the line under it is generated from the clause
alone, so that a difference between the two can be seen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from entente.agreements.document import (
    Agreement,
    Article,
    Exceptional,
    Form,
    Opening,
    Respond,
    Share,
    Withhold,
)
from entente.records import KINDS
from entente.records.alert import Alert
from entente.records.base import PURPOSE_LABELS, fields_of
from entente_node.directory import telling
from entente_node.directory.access import Viewer


@dataclass(frozen=True)
class Clause:
    """One condition or effect: its label and what it says."""

    label: str
    value: str


@dataclass(frozen=True)
class Chapter:
    """One article."""

    id: str
    type: str
    heading: str
    text: str
    clauses: tuple[Clause, ...]


def chapters(agreement: Agreement, viewer: Viewer) -> list[Chapter]:
    """The articles in document order."""
    return [_chapter(article, agreement, viewer) for article in agreement.articles]


def purposes(names: Iterable[str]) -> str:
    """Purposes in the reader's language."""
    return ", ".join(telling.either(PURPOSE_LABELS.words[name]) for name in names)


def form_clauses(form: Form, kinds: Iterable[str]) -> list[Clause]:
    """What a form keeps, and how exact."""
    clauses = [
        Clause(_("Place"), _exactness(form.place)),
        Clause(_("Time"), _exactness(form.time)),
        Clause(_("Fields kept"), _fields(form.fields, kinds) or _("the header only")),
    ]
    if form.tlp:
        clauses.append(Clause(_("Marking of what leaves"), _("at least %(tlp)s") % {"tlp": form.tlp}))
    return clauses


def _chapter(article: Article, agreement: Agreement, viewer: Viewer) -> Chapter:
    match article:
        case Share():
            heading, clauses = _("May leave"), _opening(article, agreement, viewer)
        case Exceptional():
            heading = _("May leave by decision of two functions")
            clauses = [*_functions(article, agreement, viewer), *_opening(article, agreement, viewer)]
        case Withhold():
            heading, clauses = _("Never leaves"), _withhold(article, agreement, viewer)
        case Respond():
            heading, clauses = _("Is answered in time"), _respond(article)
        case _:
            heading, clauses = "", []
    kept = tuple(clause for clause in clauses if clause.value)
    return Chapter(article.id, type(article).__name__.lower(), heading, article.text, kept)


def _functions(article: Exceptional, agreement: Agreement, viewer: Viewer) -> list[Clause]:
    """Who decides, for each party that may release."""
    return [
        Clause(
            _("Two of these for %(party)s") % {"party": viewer.name_of(party)},
            ", ".join(
                f"{one.name} ({_service(one.service, agreement, one.party)})"
                for one in article.functions
                if one.party == party
            ),
        )
        for party in article.from_
    ]


def _opening(article: Opening, agreement: Agreement, viewer: Viewer) -> list[Clause]:
    clauses = [
        Clause(_("From"), _parties(article.from_, viewer)),
        Clause(_("To"), _parties(article.to, viewer)),
        Clause(_("Records"), _kinds(article.kinds)),
        Clause(_("Purposes"), purposes(article.purposes)),
        Clause(_("Highest marking"), article.tlp),
        Clause(_("Where"), _areas(article.where, agreement) or _("the whole zone")),
        Clause(_("For services mandated for"), purposes(article.recipients)),
        Clause(_("Seen also by"), _("the observers") if getattr(article, "observers", False) else ""),
        *form_clauses(article.form, article.kinds),
    ]
    if isinstance(article, Share) and article.delay_hours:
        clauses.append(Clause(_("Delay"), _("%(count)d h") % {"count": article.delay_hours}))
    days = article.retention_days
    clauses.append(Clause(_("Kept for"), ngettext("%(count)d day", "%(count)d days", days) % {"count": days}))
    return clauses


def _withhold(article: Withhold, agreement: Agreement, viewer: Viewer) -> list[Clause]:
    return [
        Clause(_("From"), _parties(article.from_, viewer)),
        Clause(_("Records"), _kinds(article.kinds)),
        Clause(_("Purposes"), purposes(article.purposes)),
        Clause(_("Services"), ", ".join(_service(one, agreement) for one in article.services)),
        Clause(_("Marking from"), article.tlp_from or ""),
        Clause(_("Where"), _areas(article.where, agreement)),
    ]


def _respond(article: Respond) -> list[Clause]:
    severities = ", ".join(telling.word(Alert, "severity", one) for one in article.severities)
    clauses = [
        Clause(_("Records"), _kinds(article.kinds)),
        Clause(_("Severities"), severities),
        Clause(_("Acknowledged within"), telling.span(article.acknowledge_within_minutes * 60)),
    ]
    if article.act_within_minutes:
        clauses.append(Clause(_("Acted on within"), telling.span(article.act_within_minutes * 60)))
    clauses.append(Clause(_("Otherwise told to"), article.escalate_to or ""))
    return clauses


def _parties(names: Iterable[str], viewer: Viewer) -> str:
    return ", ".join(viewer.name_of(name) for name in names)


def _kinds(names: Iterable[str]) -> str:
    return ", ".join(telling.either(KINDS[name].title).lower() if name in KINDS else name for name in names)


def _areas(codes: Iterable[str], agreement: Agreement) -> str:
    names = {area.code: area.name for area in agreement.zone.areas}
    return ", ".join(names.get(code, code) for code in codes)


def _service(wanted: str, agreement: Agreement, of: str | None = None) -> str:
    for party in agreement.parties:
        for service in party.services:
            if service.id == wanted and of in {None, party.id}:
                return service.name
    return wanted


def _fields(names: Iterable[str], kinds: Iterable[str]) -> str:
    known = {}
    for kind in kinds:
        if kind in KINDS:
            known.update(fields_of(KINDS[kind]))
    words = [telling.either((known[name].fr, known[name].en)) if name in known else name for name in names]
    return ", ".join(telling.within(word) for word in words)


def _exactness(precision: str) -> str:
    words = {
        "exact": _("exact"),
        "locality": telling.either(telling.LEVELS["locality"]),
        "district": telling.either(telling.LEVELS["district"]),
        "region": telling.either(telling.LEVELS["region"]),
        "hour": _("to the hour"),
        "day": _("to the day"),
        "week": _("to the week"),
        "month": _("to the month"),
    }
    return words.get(precision, precision)
