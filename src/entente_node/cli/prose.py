"""An agreement as people read it at a terminal: every clause, nothing that the text does not say.

The parties' own words (titles, articles, functions) stand as they were written; what the
clauses mean is said in the reader's language beside them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

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
from entente.records import KINDS
from entente.records.base import PURPOSE_LABELS, fields_of
from entente_node.cli.words import _, number_of

Line = tuple[str, str]
"""A style of rich, and a text."""


def kind_title(kind: str, language: str) -> str:
    """The name of a kind of record; its bare name where this version does not know it."""
    known = KINDS.get(kind)
    return known.title[language == "en"] if known else kind


def purpose_title(purpose: str, language: str) -> str:
    """The name of a purpose."""
    return PURPOSE_LABELS.words.get(purpose, (purpose, purpose))[language == "en"]


def field_title(kinds: Iterable[str], name: str, language: str) -> str:
    """The label of a field, from the first of these kinds that has it."""
    for kind in kinds:
        known = KINDS.get(kind)
        if known and name in fields_of(known):
            field = fields_of(known)[name]
            return field.en if language == "en" else field.fr
    return name


def lines_of(agreement: Agreement, language: str) -> Iterator[Line]:
    """The whole agreement, line by line."""
    yield "bold", agreement.title
    if agreement.watermark:
        yield "yellow", agreement.watermark
    yield "", _("{agreement}, version {version}", agreement=agreement.id, version=agreement.version)
    until = agreement.expires.isoformat() if agreement.expires else _("no date of expiry")
    yield (
        "",
        _(
            "In force from {effective} to {expires}, days of {zone}",
            effective=agreement.effective,
            expires=until,
            zone=agreement.time_zone,
        ),
    )
    if agreement.renewal and agreement.renewal.tacit:
        yield (
            "",
            number_of(
                "then renewed tacitly for {count} year; notice: {days} days",
                "then renewed tacitly for {count} years; notice: {days} days",
                agreement.renewal.years,
                days=agreement.renewal.notice_days,
            ),
        )
    if agreement.sign_by:
        yield "", _("To be signed by {day}", day=agreement.sign_by)
    for basis in agreement.legal_basis:
        yield "", f"– {basis}"
    yield "", ""
    for party in agreement.parties:
        yield from _party(party, agreement, language)
    for visa in agreement.visas:
        yield "", _("Visa required: {body} for {party}", body=visa.body, party=visa.party)
    for observer in agreement.observers:
        yield "", _("Observer: {name} ({id})", name=observer.name, id=observer.id)
    yield "", ""
    yield "bold", _("Zone: {name}", name=agreement.zone.name)
    yield "", ", ".join(f"{area.name} ({area.code})" for area in agreement.zone.areas)
    for article in agreement.articles:
        yield "", ""
        yield from article_lines(article, language)


def _party(party: Party, agreement: Agreement, language: str) -> Iterator[Line]:
    yield "bold", f"{party.name} ({party.id}, {party.country}, {party.short}-…)"
    for signatory in agreement.signatories:
        if signatory.party == party.id:
            yield "", "  " + _signatory(signatory.function, signatory.acting_for, signatory.under)
    for service in party.services:
        mandates = ", ".join(purpose_title(mandate, language) for mandate in service.mandates)
        yield (
            "",
            f"  {service.name} ({service.id}) : {mandates}"
            if language == "fr"
            else (f"  {service.name} ({service.id}): {mandates}"),
        )


def _signatory(function: str, acting_for: str | None, under: str | None) -> str:
    if acting_for is None:
        return _("Signatory: {function}", function=function)
    if under is None:
        return _("Signatory: {function}, for {acting_for}", function=function, acting_for=acting_for)
    return _(
        "Signatory: {function}, for {acting_for}, under {under}",
        function=function,
        acting_for=acting_for,
        under=under,
    )


def article_lines(article: Article, language: str) -> Iterator[Line]:
    """One article: its number, its own words, and what it makes the node do."""
    yield "bold", _("Article {id}", id=article.id)
    yield "", f"  {article.text}"
    match article:
        case Share() | Exceptional():
            yield from _opening(article, language)
        case Withhold():
            yield from _withhold(article, language)
        case Respond():
            yield from _respond(article, language)


def _opening(article: Opening, language: str) -> Iterator[Line]:
    """What a share or an exceptional article lets leave."""
    said = {
        "kinds": ", ".join(kind_title(kind, language) for kind in article.kinds),
        "purposes": ", ".join(purpose_title(purpose, language) for purpose in article.purposes),
        "tlp": article.tlp,
    }
    if isinstance(article, Exceptional):
        shares = _(
            "Two functions together may release: {kinds}; purposes: {purposes}; marking at most {tlp}", **said
        )
        yield "yellow", f"  {shares}"
        yield from _functions(article)
    else:
        shares = _("Shares: {kinds}; purposes: {purposes}; marking at most {tlp}", **said)
        yield "green", f"  {shares}"
    yield (
        "",
        "  "
        + _("From {sender} to {recipient}", sender=", ".join(article.from_), recipient=", ".join(article.to)),
    )
    if article.where:
        yield "", "  " + _("Only in {places}", places=", ".join(article.where))
    if article.recipients:
        yield (
            "",
            "  "
            + _(
                "Seen by services with the mandates {mandates}",
                mandates=", ".join(purpose_title(one, language) for one in article.recipients),
            ),
        )
    if isinstance(article, Share) and article.observers:
        yield "", "  " + _("Seen by the observers as well")
    yield "", "  " + form_line(article.form, article.kinds, language)
    if isinstance(article, Share) and article.delay_hours:
        yield "", "  " + number_of("{count} hour later", "{count} hours later", article.delay_hours)
    yield (
        "",
        "  "
        + number_of(
            "Kept {count} day, never passed on", "Kept {count} days, never passed on", article.retention_days
        ),
    )


def _functions(article: Exceptional) -> Iterator[Line]:
    """Who decides, party by party; never alone."""
    for party in article.from_:
        named = [f"{one.name} ({one.title})" for one in article.functions if one.party == party]
        yield (
            "",
            "  "
            + _(
                "For {party}, two of these decide together, each with a mandate for the purpose: {functions}",
                party=party,
                functions=_("; ").join(named),
            ),
        )


def form_line(form: Form, kinds: Iterable[str], language: str) -> str:
    """What a form leaves of a record, in one line."""
    precisions = {
        "exact": _("exact"),
        "locality": _("locality"),
        "district": _("district"),
        "region": _("region"),
        "hour": _("hour"),
        "day": _("day"),
        "week": _("week"),
        "month": _("month"),
    }
    names = list(kinds)
    fields = ", ".join(field_title(names, field, language) for field in form.fields)
    said = _(
        "Form: place {place}, time {time}; fields: {fields}",
        place=precisions[form.place],
        time=precisions[form.time],
        fields=fields or "–",
    )
    if form.tlp:
        said = f"{said}; {_('marked {tlp}', tlp=form.tlp)}"
    if form.aggregate is None:
        return said
    added = _(
        "only added up, by {window}, place and {fields}; no number of persons from 1 to {most}",
        window=precisions[form.aggregate.window],
        fields=", ".join(field_title(names, field, language) for field in form.aggregate.by),
        most=form.aggregate.min_cell - 1,
    )
    return f"{said}; {added}"


def _withhold(article: Withhold, language: str) -> Iterator[Line]:
    conditions = []
    if article.from_:
        conditions.append(_("from {parties}", parties=", ".join(article.from_)))
    if article.kinds:
        conditions.append(", ".join(kind_title(kind, language) for kind in article.kinds))
    if article.purposes:
        conditions.append(
            _(
                "purposes {purposes}",
                purposes=", ".join(purpose_title(one, language) for one in article.purposes),
            )
        )
    if article.services:
        conditions.append(_("services {services}", services=", ".join(article.services)))
    if article.tlp_from:
        conditions.append(_("marked {tlp} or higher", tlp=article.tlp_from))
    if article.where:
        conditions.append(_("in {places}", places=", ".join(article.where)))
    yield "red", "  " + _("Never leaves: {conditions}", conditions=_("; ").join(conditions) or _("anything"))


def _respond(article: Respond, language: str) -> Iterator[Line]:
    kinds = ", ".join(kind_title(kind, language) for kind in article.kinds)
    if article.severities:
        kinds = f"{kinds} ({', '.join(article.severities)})"
    yield (
        "cyan",
        "  "
        + number_of(
            "{kinds}: acknowledged within {count} minute",
            "{kinds}: acknowledged within {count} minutes",
            article.acknowledge_within_minutes,
            kinds=kinds,
        ),
    )
    if article.act_within_minutes:
        yield (
            "cyan",
            "  "
            + number_of(
                "acted on within {count} minute",
                "acted on within {count} minutes",
                article.act_within_minutes,
            ),
        )
    if article.escalate_to:
        yield "cyan", "  " + _("else told to: {function}", function=article.escalate_to)
