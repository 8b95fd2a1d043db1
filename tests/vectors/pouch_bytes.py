"""The inside of a pouch put together by hand, byte by byte, so that every byte can be made wrong."""

from __future__ import annotations

import json
from hashlib import sha256

from entente.signing import COSIGNATURE, SigningKey, sign_note
from tests.vectors.synthetic import LOG, ORIGIN, b64, key

SENDER, RECIPIENT, NON_PARTY, AGREEMENT = "gao.ml", "tillaberi.ne", "menaka.ml", "gao-tillaberi"
RECEIPTS = key("gao.ml/receipts", COSIGNATURE)
URGENT = ORIGIN
ROUTINE = ORIGIN.replace("urgent", "routine")
BACK = f"{RECIPIENT}/{AGREEMENT}/{SENDER}/urgent/1"

ROWS = [["alert", "P730D"], ["dialogue", "P365D"]]
SEED = sha256(b"entente synthetic seed").digest()
SALTS = [sha256(b"entente synthetic salt %d" % i).digest()[:16] for i in range(4)]
ALERTS = [b'{"kind":"alert","synthetic":%d}' % i for i in range(2)]
MESSAGE = b'{"kind":"message","synthetic":0}'
FLOWS = [b'{"count":%d,"kind":"flow-of-people","synthetic":true}' % i for i in range(5)]


def frame(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def header(**changed: object) -> bytes:
    plain = {
        "format": 1,
        "have": {},
        "seen": 0,
        "answer": False,
        "notes": 0,
        "sections": 0,
        "checkpoints": 0,
        "receipts": 0,
        "erasures": 0,
        "troubles": 0,
    }
    return canonical({**plain, **changed})


def head(journal: str, start: int, count: int, rows: object = ROWS) -> bytes:
    data = canonical({"count": count, "journal": journal, "rows": rows, "start": start})
    return len(data).to_bytes(2, "big") + data


def item(row: int, payload: bytes, salt: bytes = b"") -> bytes:
    return bytes([row]) + salt + len(payload).to_bytes(2, "big") + payload


def seeded(payloads: list[bytes], *, first: int = 0, row: int = 0, count: int | None = None) -> bytes:
    count = len(payloads) if count is None else count
    items = b"".join(item(row, payload) for payload in payloads)
    return b"\x01" + SEED + first.to_bytes(4, "big") + count.to_bytes(4, "big") + items


def explicit(items: list[tuple[int, bytes, bytes]], *, count: int | None = None) -> bytes:
    count = len(items) if count is None else count
    return b"\x02" + count.to_bytes(4, "big") + b"".join(item(row, data, salt) for row, salt, data in items)


def erased(entries: list[bytes], *, count: int | None = None) -> bytes:
    count = len(entries) if count is None else count
    return b"\x00" + count.to_bytes(4, "big") + b"".join(len(e).to_bytes(2, "big") + e for e in entries)


def checkpoint_text(origin: str, size: int, root: bytes = bytes(32)) -> str:
    return f"{origin}\n{size}\n{b64(root)}\n"


def checkpoint(origin: str, size: int, root: bytes = bytes(32)) -> bytes:
    return sign_note(checkpoint_text(origin, size, root), LOG.renamed(origin)).to_bytes()


def stored(data: bytes) -> bytes:
    """One stored block of a zstd frame, the last."""
    return (len(data) << 3 | 1).to_bytes(3, "little") + data


def blocks(*parts: bytes | tuple[bytes, int]) -> bytes:
    """Blocks of a zstd frame: bytes are stored, (byte, count) is repeated; the last is marked so."""
    made = []
    for i, part in enumerate(parts):
        last = int(i == len(parts) - 1)
        if isinstance(part, bytes):
            made.append((len(part) << 3 | last).to_bytes(3, "little") + part)
        else:
            made.append((part[1] << 3 | 1 << 1 | last).to_bytes(3, "little") + part[0])
    return b"".join(made)


def zstd(made: bytes, size: int) -> bytes:
    """A single-segment frame that claims a content size of four bytes."""
    return b"\x28\xb5\x2f\xfd\xa0" + size.to_bytes(4, "little") + made


def packed(*frames: bytes) -> bytes:
    data = b"".join(map(frame, frames))
    return zstd(stored(data), len(data))


def skippable(size: int, *, magic: int = 0x184D2A50, fill: bytes = b"\0") -> bytes:
    return magic.to_bytes(4, "little") + size.to_bytes(4, "little") + fill * size


NOTE_TYPE = "entente.v1/pouch"


def note_text(body: bytes, **changed: str) -> str:
    line = {
        "type": NOTE_TYPE,
        "sender": SENDER,
        "recipient": RECIPIENT,
        "agreement": AGREEMENT,
        "sequence": "7",
        "digest": b64(sha256(body).digest()),
    } | changed
    return "".join(f"{value}\n" for value in line.values())


def wrap(
    body: bytes,
    *,
    key: SigningKey = LOG,
    name: str = f"{SENDER}/pouch",
    others: tuple[SigningKey, ...] = (),
    pad: bool = True,
    **changed: str,
) -> bytes:
    """``u32be length || note || body``, padded; ``changed`` are lines of the note's text."""

    def note() -> bytes:
        return sign_note(note_text(body, **changed), key.renamed(name), *others).to_bytes()

    if pad:
        missing = -(4 + len(note()) + len(body)) % 512
        if missing:
            body += skippable(missing - 8 if missing >= 8 else missing + 504)
    return frame(note()) + body


def filled(plain: bytes) -> bytes:
    """Zeros up to 512 bytes, for what is refused before anybody looks at the padding."""
    return plain + bytes(-len(plain) % 512)


def section_pouch(section: bytes, *checkpoints: bytes) -> bytes:
    return wrap(packed(header(sections=1, checkpoints=len(checkpoints)), section, *checkpoints))
