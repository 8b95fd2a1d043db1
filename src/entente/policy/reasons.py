"""Every reason that a decision or a check can give, in whole sentences for a duty officer.

A reason is a slug, a template and its values: the desk translates the template, a trouble
in a pouch carries the slug and nothing else, a program compares slugs.
"""

from __future__ import annotations

from typing import Final

import msgspec


class Reason(msgspec.Struct, frozen=True):
    """Why: ``slug`` for programs, ``message`` and ``values`` for people."""

    slug: str
    message: str
    values: dict[str, object]

    def __str__(self) -> str:
        return self.message.format(**self.values)


TEMPLATES: Final[dict[str, str]] = {
    # Nothing to decide.
    "not-a-party": "{party} is not a party to this agreement",
    "itself": "a party releases nothing to itself",
    "received": "the record came from elsewhere, under article {article}: it is not passed on",
    "addressee": "the record is addressed to {party} and to nobody else",
    # It leaves.
    "passes": "records of kind {kind} pass in every state of the agreement",
    "shared": "article {article} shares it with {recipient}",
    "exceptional": "article {article} lets it leave for {recipient}: {functions} decided so together",
    # It waits.
    "confirm": "a person must confirm the words of {fields} before article {article} lets them leave",
    "delay": "article {article} lets it leave on {not_before} and not before",
    "window": "article {article} lets it leave added up, after {window} has ended",
    "correction-too-small": "what came late is too little: added to what left for {window}, it would show by itself",
    # It stays.
    "withdrawn": "it was withdrawn before it left: it does not leave",
    "too-coarse": "article {article} adds up by {precision}, and nobody knows in which one {at} lies",
    "counted": "it has left added up with others: by itself, or in another sum, it would tell about them",
    "no-mandate": "the service {service} of {party} has no mandate for the purpose {purpose}",
    "no-place": "a record of kind {kind} leaves only with a place",
    "no-code": "the place has no code of an area: nothing says that it is in the zone of the agreement",
    "outside": "the place {place} is not in the zone of the agreement",
    "withheld-from": "article {article} withholds what {party} files",
    "withheld-kind": "article {article} withholds records of kind {kind}",
    "withheld-purpose": "article {article} withholds records of purpose {purpose}",
    "withheld-service": "article {article} withholds what the service {service} files",
    "withheld-tlp": "article {article} withholds records marked {lowest} or above: this one is marked {tlp}",
    "withheld-where": "article {article} withholds records from the place {place}",
    "withheld": "article {article} withholds it: {text}",
    "no-article": "no article shares records of kind {kind} and purpose {purpose} from {sender} to {recipient}",
    "target": "what it answers was not released to {recipient}",
    "too-fine": "{field} cannot be made as coarse as article {article} asks: {precision}",
    # Why one share article does not fit.
    "not-from": "article {article} shares nothing from {party}",
    "not-to": "article {article} shares nothing with {party}",
    "not-kind": "article {article} does not share records of kind {kind}",
    "not-purpose": "article {article} does not share records of purpose {purpose}",
    "not-tlp": "the marking {tlp} is above the highest of article {article} ({highest})",
    "not-where": "the place {place} is not among those of article {article}",
    "not-placed": "article {article} shares only records from certain places, and this one has no place",
    "no-service": "no service of {party} may see what article {article} shares for the purpose {purpose}",
    "later": "article {earlier} stands before article {article} and applies",
    # What one exceptional article would take.
    "exceptional-takes": "article {article} lets it leave when two of these decide so together: {functions}",
    "exceptional-begun": "by article {article} decided so far: {functions}",
    "exceptional-idle": "article {article} is not needed: it leaves without it",
    "exceptional-never": "article {article} opens nothing that another rule keeps here",
    # Why one withhold article does not apply.
    "unlike-from": "article {article} does not concern what {party} files",
    "unlike-kind": "article {article} does not concern records of kind {kind}",
    "unlike-purpose": "article {article} does not concern records of purpose {purpose}",
    "unlike-service": "article {article} does not concern what the service {service} files",
    "unlike-tlp": "article {article} concerns records marked {lowest} or above: this one is marked {tlp}",
    "unlike-where": "article {article} concerns other places",
    # What a receiver refuses.
    "no-citation": "it does not cite the article that released it",
    "needless-citation": "a record of kind {kind} is released by no article and cites {article}",
    "other-version": "it cites version {cited} of the agreement, and this is version {version}",
    "unknown-article": "it cites article {article}, which shares nothing in the agreement",
    "needless-decision": "it names functions that released it, which article {article} does not ask for",
    "few-functions": "article {article} is exceptional: it takes two different functions, and this names {count}",
    "unknown-function": "it was released by {function}, which article {article} does not name for {party} and the "
    "purpose {purpose}",
    "no-instant": "it does not say in UTC at which second it was released",
    "ahead": "it was released at {released_at}, more than a day ahead of our clock",
    "early": "it was released at {released_at}, before the delay of article {article} had passed",
    "field-kept": "it has the field {field}, which article {article} drops",
    "time-kept": "{field} is more exact than article {article} allows: {precision}",
    "place-kept": "{field} says more than article {article} allows: {precision}",
    "not-a-sum": "article {article} shares only sums over a {window}, and this is no such sum",
    "small-cell": "{field} tells a number of persons below the smallest that article {article} tells, {least}",
    "not-rounded": "{field} is not rounded as article {article} rounds: to multiples of {step}",
    "few-observations": "it adds up fewer records than the least of article {article}, {least}",
    "marking": "it is marked {tlp}, and article {article} marks what it releases {wanted}",
    "forbidden": "article {withhold} withholds it, whatever article {article} shares",
    # From NotInForceError, with its own message and values.
    "not-in-force": "",
}
"""The template of each slug."""

OPENED: Final = frozenset(
    {
        "no-article",
        "not-from",
        "not-to",
        "not-purpose",
        "not-tlp",
        "not-where",
        "not-placed",
        "no-service",
        "too-fine",
        "delay",
    }
)
"""Why a record stays that an exceptional article may open: no share article lets it leave, or not yet.

Everything else is stronger: what is withheld, the zone, the mandate, words that nobody has confirmed.
"""


def reason(slug: str, **values: object) -> Reason:
    """The reason of a slug of TEMPLATES."""
    return Reason(slug, TEMPLATES[slug], values)
