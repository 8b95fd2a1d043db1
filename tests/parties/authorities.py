"""Three authorities with their keys, and the areas of the corridor between them."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from entente.agreements.document import (
    Keys,
    Party,
    Service,
)
from entente.places import Area
from entente.sealing import recipient_of
from entente.signing import COSIGNATURE, ED25519, SigningKey

# age makes its keys itself: these were made once, for tests only, and have sealed nothing else.
_SEALS = {
    "gao.ml": "AGE-SECRET-KEY-1VPXCZ8003ZLMA7Q9JH4G3T7EG282AD7RLXTHG8NHLSF5DPHHZ9TS0RA4H9",
    "tillaberi.ne": "AGE-SECRET-KEY-1E2SWQ90HTG5FREA9G2ESPJMSTXP0KD3SMFRDUZKL8CNXRNDFPJCQ0UGD50",
    "kayes.ml": "AGE-SECRET-KEY-1DDKUCF0H8YRLSEV2WQ24HUJLV0APZP3086CYZK9Q0ANJF6M3X4FSSKRE55",
}


def synthetic_key(name: str, algorithm: int = ED25519) -> SigningKey:
    """The key whose seed is the hash of its name."""
    return SigningKey.from_seed(name, sha256(b"entente synthetic party " + name.encode()).digest(), algorithm)


@dataclass(frozen=True)
class Authority:
    """A party with its private halves."""

    id: str
    authority: SigningKey
    log: SigningKey
    receipts: SigningKey
    seal: str
    party: Party


def authority(
    party: str, name: str, short: str, country: str, services: tuple[Service, ...] = ()
) -> Authority:
    """An authority with the synthetic keys of its id; a seal key only for the three of this module."""
    keys = {role: synthetic_key(f"{party}/{role}") for role in ("authority", "log")}
    receipts = synthetic_key(f"{party}/receipts", COSIGNATURE)
    seal = _SEALS[party]
    public = Keys(
        authority=str(keys["authority"].verifier),
        log=str(keys["log"].verifier),
        receipts=str(receipts.verifier),
        seal=recipient_of(seal),
    )
    described = Party(id=party, name=name, short=short, country=country, keys=public, services=services)
    return Authority(party, keys["authority"], keys["log"], receipts, seal, described)


GAO = authority(
    "gao.ml",
    "Région de Gao",
    "GAO",
    "ML",
    (
        Service(
            id="protection-civile",
            name="Protection civile de Gao",
            mandates=("humanitarian", "mobility", "administration"),
        ),
        Service(id="elevage", name="Services vétérinaires de Gao", mandates=("pastoral", "trade")),
        Service(id="securite", name="Coordination de la sécurité de Gao", mandates=("security",)),
        Service(
            id="femmes", name="Organisation de femmes de Gao", mandates=("humanitarian",), community=True
        ),
    ),
)
TILLABERI = authority(
    "tillaberi.ne",
    "Région de Tillabéri",
    "TIL",
    "NE",
    (
        Service(
            id="protection-civile",
            name="Protection civile de Tillabéri",
            mandates=("humanitarian", "mobility", "administration"),
        ),
        Service(id="elevage", name="Services vétérinaires de Tillabéri", mandates=("pastoral", "trade")),
        Service(id="securite", name="Coordination de la sécurité de Tillabéri", mandates=("security",)),
    ),
)
KAYES = authority(
    "kayes.ml",
    "Région de Kayes",
    "KAY",
    "ML",
    (
        Service(
            id="protection-civile",
            name="Protection civile de Kayes",
            mandates=("humanitarian", "mobility", "pastoral", "security", "trade", "administration"),
        ),
    ),
)
PARTIES = {one.id: one for one in (GAO, TILLABERI, KAYES)}

_MALI = {"scheme": "ocha-cod", "version": "2021-12-20"}
_NIGER = {"scheme": "ocha-cod", "version": "2023-07-25"}
_OWN = {"scheme": "gao-tillaberi", "version": "1"}

AREAS = (
    Area(code="ML07", name="Gao", level="region", **_MALI),
    Area(code="ML0701", name="Ansongo", level="district", within="ML07", **_MALI),
    Area(code="ML0703", name="Gao", level="district", within="ML07", **_MALI),
    Area(code="NE006", name="Tillabéri", level="region", **_NIGER),
    Area(code="NE006002", name="Ayérou", level="district", within="NE006", **_NIGER),
    Area(code="NE006012", name="Tillabéri", level="district", within="NE006", **_NIGER),
    Area(code="gao", name="Gao", level="locality", within="ML0703", lat=1_627_167, lon=-4_472, **_OWN),
    Area(
        code="labbezanga",
        name="Labbezanga",
        level="locality",
        within="ML0701",
        lat=1_497_361,
        lon=71_028,
        **_OWN,
    ),
    Area(
        code="ayorou",
        name="Ayorou",
        level="locality",
        within="NE006002",
        lat=1_473_075,
        lon=91_739,
        **_OWN,
    ),
    Area(
        code="tillaberi",
        name="Tillabéri",
        level="locality",
        within="NE006012",
        lat=1_420_711,
        lon=145_418,
        **_OWN,
    ),
)
BY_CODE = {area.code: area for area in AREAS}
