"""How many decisions a second, with an agreement of 30 articles, on one core."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from bench import workload
from bench.figures import Figure, middle
from entente.agreements.document import Keys, Party, agreement_text, read_note
from entente.agreements.steps import Standing
from entente.policy import Outcome, Policy
from entente.records import Record, encode
from entente.sealing import generate_identity
from entente.signing import COSIGNATURE, ED25519, SigningKey, sign_note


def decisions(records: Sequence[Record], times: int) -> list[Figure]:
    """Every record decided anew by a policy that has seen none of them."""
    now = datetime.now(UTC)
    standing = _standing(now)
    assert sum(article.id[0] in "WA" for article in standing.signed.agreement.articles) == 30
    return [middle("decide.per_s", [_decide(standing, records, now) for _ in range(times)], "decisions/s")]


def _decide(standing: Standing, records: Sequence[Record], now: datetime) -> float:
    policy = Policy(standing)
    sender, recipient = workload.SENDER, workload.RECIPIENT
    started = time.perf_counter()
    decided = [
        policy.decide(
            record, sender=sender, recipient=recipient, now=now, confirmed=False, target_known=True
        ).outcome
        for record in records
    ]
    seconds = time.perf_counter() - started
    assert set(decided) == {Outcome.RELEASE}
    return len(decided) / seconds


def released(records: Sequence[Record]) -> list[bytes]:
    """The records as they leave: what the floors carry, so that all carry the same."""
    now = datetime.now(UTC)
    policy = Policy(_standing(now))
    sender, recipient = workload.SENDER, workload.RECIPIENT
    lines = []
    for record in records:
        decision = policy.decide(
            record, sender=sender, recipient=recipient, now=now, confirmed=False, target_known=True
        )
        lines.append(encode(policy.generalise(record, decision, now)))
    return lines


def _standing(now: datetime) -> Standing:
    parties, authorities = [], []
    for party, short, country in ((workload.SENDER, "NOR", "ML"), (workload.RECIPIENT, "SOU", "NE")):
        keys = {
            role: SigningKey.from_seed(f"{party}/{role}", sha256(f"{party}/{role}".encode()).digest(), kind)
            for role, kind in (("authority", ED25519), ("log", ED25519), ("receipts", COSIGNATURE))
        }
        authorities.append(keys["authority"])
        parties.append(_party(party, short, country, keys))
    draft = workload.agreement((parties[0], parties[1]), now.date())
    signed = read_note(sign_note(agreement_text(draft), *authorities).to_bytes())
    return Standing(signed, now - timedelta(days=1))


def _party(party: str, short: str, country: str, keys: dict[str, SigningKey]) -> Party:
    public = {role: str(key.verifier) for role, key in keys.items()}
    return workload.party(party, short, country, Keys(**public, seal=generate_identity()[1]))
