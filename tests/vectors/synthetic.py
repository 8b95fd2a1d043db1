"""The keys and entries that all vectors share. Synthetic: no such authority holds such a key."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256

from entente.signing import COSIGNATURE, ED25519, SigningKey

ABOUT = "Synthetic data. The keys are hashes of their names and belong to nobody."

ORIGIN = "gao.ml/gao-tillaberi/tillaberi.ne/urgent/1"
"""From the author to the partner. The non-party of these vectors is menaka.ml."""

TIME = 1_638_368_400
"""2021-12-01T14:20:00Z."""


def key(name: str, algorithm: int = ED25519) -> SigningKey:
    """The key whose seed is the hash of its name."""
    return SigningKey.from_seed(name, sha256(b"entente synthetic key " + name.encode()).digest(), algorithm)


AUTHORITY = key("gao.ml/authority")
LOG = key("gao.ml/log")
RECEIPTS = key("tillaberi.ne/receipts", COSIGNATURE)
PARTNER_LOG = key("tillaberi.ne/log")
STRANGER = key("menaka.ml/log")
STRANGER_RECEIPTS = key("menaka.ml/receipts", COSIGNATURE)


def plain_entries(count: int) -> list[bytes]:
    """Entries for trees where only their bytes matter: ``entry 0``, ``entry 1``, ..."""
    return [b"entry %d" % i for i in range(count)]


def b64(data: bytes) -> str:
    """Standard base64."""
    return b64encode(data).decode()


def carrier(data: bytes) -> dict[str, str]:
    """Bytes in JSON: as text where they are UTF-8, so that people can read them, else in base64."""
    try:
        return {"text": data.decode()}
    except UnicodeDecodeError:
        return {"base64": b64(data)}
