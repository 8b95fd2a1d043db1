"""Makes ``records.json``: records of every kind, one failure each; codes; coarser times. All synthetic.

Run it from the top of the checkout: ``python -m tests.vectors.records``. A test fails while
the committed file differs from what this makes.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from entente.records import KINDS, encode, from_plain
from entente.records.codes import new_code
from entente.records.times import PRECISIONS, coarsen_at
from tests.records.synthetic import GAO_1, PLAIN, plain

FILE = Path(__file__).with_name("records.json")


def canonical(value: object) -> str:
    """A value as one line of canonical JSON, whatever it says."""
    return msgspec.json.encode(value, order="sorted").decode()


def good() -> list[dict[str, str]]:
    """One record of every kind, and each again as a partner may receive it."""
    cases = []
    for kind in KINDS:
        cases.append({"name": kind, "record": encode(from_plain(PLAIN[kind])).decode()})
        released = plain(kind, article="1#A2", released_at="2021-12-01T15:00:00Z", at="2021-12-01")
        cases.append({"name": f"{kind}, released", "record": encode(from_plain(released)).decode()})
    return cases


def bad() -> list[dict[str, str]]:
    """Records with one thing wrong, and the class of error that refuses them."""
    alert = canonical(PLAIN["alert"])
    changes: list[tuple[str, str, dict[str, Any]]] = [
        ("a coordinate with a fraction", "alert", {"place": {"lat": 14.97, "lon": 71_028}}),
        ("an unknown field", "alert", {"surname": "x"}),
        ("an unknown kind", "alert", {"kind": "rumour"}),
        ("a value outside its list", "alert", {"severity": "severe"}),
        ("a compulsory field is missing", "alert", {"status": None}),
        ("a number over its limit", "flow-of-people", {"total": 10_000_001}),
        ("a negative number", "flow-of-people", {"total": -1}),
        ("a telephone that cannot be dialled from anywhere", "contact", {"telephone": "112"}),
        ("a function that is written as a name", "contact", {"function": "Monsieur X"}),
        ("a delegation that names persons", "meeting", {"delegations": [{"institution": "x", "name": "y"}]}),
        ("a line break in a paragraph", "communique", {"paragraphs": [{"text": "a\nsignatory gao.ml"}]}),
        ("a product outside the classification", "flow-of-goods", {"product": "11"}),
        ("weapons that are described", "incident", {"weapons_seen": "two"}),
        ("an image that is a page", "attachment", {"media_type": "text/html"}),
        ("an image without its bytes", "attachment", {"data": ""}),
        ("a sector outside its list", "situation", {"in_need": {"cash": 1}}),
    ]
    rules: list[tuple[str, str, dict[str, Any]]] = [
        ("a day that is not in the calendar", "alert", {"at": "2021-02-30"}),
        ("a latitude without a longitude", "alert", {"place": {"lat": 1_497_361}}),
        ("a code of a place without its scheme", "alert", {"place": {"code": "ML07"}}),
        ("a code with a wrong check character", "alert", {"code": "GAO-7K3QY"}),
        ("a record about itself", "alert", {"about": GAO_1}),
        ("a code where there is none", "flow-of-people", {"code": GAO_1}),
        ("an expiry before the onset", "alert", {"expires": "2021-12-01T06:00:00Z"}),
        ("a category twice", "alert", {"category": ["Met", "Met"]}),
        ("a step without what it answers", "message", {"about": None}),
        ("a message without words or step", "message", {"step": None}),
        ("a withdrawal of nothing", "withdrawal", {"about": None}),
        ("a period that ends before its start", "flow-of-people", {"end": "2021-12-01T05:00:00Z"}),
        ("parts that are more than the total", "flow-of-people", {"total": 11}),
        ("nationalities that are more than the total", "flow-of-people", {"nationalities": {"ML": 13}}),
        ("species that are more than the heads", "flow-of-livestock", {"heads": 319}),
        ("bags without their kilos", "flow-of-goods", {"bag_kg": None}),
        ("an observation set aside without a reason", "observation", {"state": "set_aside"}),
        ("an observation that became no alert", "observation", {"state": "became_alert"}),
        ("more in need than affected", "situation", {"in_need": {"food": 141}}),
        ("a restriction of what is open", "corridor-status", {"status": "open"}),
        ("a contact that cannot be reached", "contact", {"telephone": None, "radio": None}),
        ("a meeting without its subject", "meeting", {"subject": None}),
        ("a communiqué without a paragraph", "communique", {"paragraphs": None}),
        ("a target without an indicator", "commitment", {"indicator": None}),
        ("evidence with a wrong check character", "commitment", {"evidence": ["GAO-7K3QY"]}),
        ("an image of nothing", "attachment", {"about": None}),
        ("a part that is not among the parts", "attachment", {"part": 2}),
        ("an image that has not its hash", "attachment", {"sha256": "0" * 64}),
        ("an image that has not its size", "attachment", {"size": 1_000}),
    ]
    cases = [
        {"name": name, "record": canonical(plain(kind, **change)), "error": error}
        for error, table in (("MalformedError", changes), ("RecordError", rules))
        for name, kind, change in table
    ]
    encodings = [
        ("a space", alert.replace(":", ": ", 1)),
        ("a null", alert.replace("{", '{"about":null,', 1)),
        ("an escape that is not needed", alert.replace("crue", "\\u0063rue")),
        ("a key twice", alert.replace('"status"', '"severity":"Severe","status"')),
        ("keys out of order", alert.replace('"kind":"alert",', "").replace("{", '{"kind":"alert",', 1)),
    ]
    return cases + [{"name": name, "record": text, "error": "NotCanonicalError"} for name, text in encodings]


def codes() -> dict[str, list[dict[str, str]]]:
    """New codes from their entropy, and what was typed."""
    made = [
        {"prefix": prefix, "entropy": entropy.hex(), "code": new_code(prefix, entropy)}
        for prefix in ("GAO", "TIL", "KAY", "LIOU", "AB", "ZZZZZZZZ")
        for entropy in (bytes(3), b"\x01\x02\x03", b"\xff\xff\xff")
    ]
    good = "GAO-7K3QX"
    typed = [
        {"typed": text, "code": good}
        for text in (good, "gao-7k3qx", "GAO 7K3QX", "gao7k3qx", " gao – 7k3qx ")
    ]
    wrong = ("GAO-7K3QY", "GAO-K73QX", "GOA-7K3QX", "TAO-7K3QX", "GA7-OK3QX", "GAO-7K3Q", "GAO-7K3QU", "")
    typed += [{"typed": text, "error": "RecordError"} for text in wrong]
    return {"made": made, "typed": typed}


def times() -> list[dict[str, str]]:
    """Values made coarser in zones that differ by an hour."""
    values = (
        "2021-12-31T23:30:00Z",
        "2021-12-31T23:30:00+01:00",
        "2021-12-01T14Z",
        "2022-01-01",
        "2021-W48",
        "2021-12",
    )
    return [
        {"at": at, "precision": precision, "zone": tz, "coarser": coarsen_at(at, precision, tz)}
        for at in values
        for precision in PRECISIONS
        for tz in ("Africa/Bamako", "Africa/Niamey")
    ]


def contents() -> str:
    """The file, as it is committed."""
    whole = {
        "about": "Synthetic records: none of this happened.",
        "good": good(),
        "bad": bad(),
        "codes": codes(),
        "times": times(),
    }
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(contents(), encoding="utf-8")
