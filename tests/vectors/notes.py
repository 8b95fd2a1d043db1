"""Vectors of signed notes and of keys: notes.json, keys.json."""

from __future__ import annotations

from collections.abc import Iterable

from entente.signing import COSIGNATURE, Note, Signature, SigningKey, VerifierKey, cosign, sign_note
from tests.vectors.synthetic import ABOUT, AUTHORITY, LOG, RECEIPTS, STRANGER, TIME, b64, carrier, key

TEXT = "entente.v1/example\nthe first line of a text names its type\n"
SIGNED = sign_note(TEXT, LOG).to_bytes()


def notes() -> object:
    """Whole notes, the keys that the reader knows, and what comes of it."""
    return {
        "about": ABOUT,
        "text": TEXT,
        "skey": LOG.secret_text(),
        "cases": [*_good_notes(), *_malformed_notes(), *_refused_notes()],
    }


def _case(
    name: str, data: bytes, error: str | None, *, keys: Iterable[SigningKey] = (LOG,), **more: object
) -> dict[str, object]:
    return {
        "name": name,
        "note": carrier(data),
        "keys": [str(each.verifier) for each in keys],
        "error": error,
        **more,
    }


def _line(name: str, key_id: bytes, signature: bytes) -> str:
    return f"— {name} {b64(key_id + signature)}\n"


def _good_notes() -> list[dict[str, object]]:
    crowd = [key(f"party-{i}.example/log") for i in range(16)]
    unknown = _line("menaka.ml/log", b"\1\2\3\4", b"of another kind")
    dated = Note(TEXT, (cosign(TEXT, RECEIPTS, TIME), cosign(TEXT, RECEIPTS, TIME + 1)))
    both = [str(LOG.verifier), str(AUTHORITY.verifier)]
    return [
        _case("one signature", SIGNED, None, verified=both[:1]),
        _case(
            "two signatures, both known",
            sign_note(TEXT, LOG, AUTHORITY).to_bytes(),
            None,
            keys=(LOG, AUTHORITY),
            verified=both,
        ),
        _case(
            "two signatures, one known",
            sign_note(TEXT, STRANGER, LOG).to_bytes(),
            None,
            verified=both[:1],
        ),
        _case(
            "a line of an unknown kind beside a good one", SIGNED + unknown.encode(), None, verified=both[:1]
        ),
        _case(
            "sixteen signatures",
            sign_note(TEXT, *crowd).to_bytes(),
            None,
            keys=crowd,
            verified=[str(each.verifier) for each in crowd],
        ),
        _case(
            "a hundred lines",
            SIGNED + unknown.encode() * 99,
            None,
            verified=both[:1],
        ),
        _case(
            "empty lines in the text",
            sign_note("entente.v1/example\n\n\nmore\n\n", LOG).to_bytes(),
            None,
            verified=both[:1],
        ),
        _case(
            "a line separator of Unicode is no end of line",
            sign_note("entente.v1/example\u2028\u0085\n", LOG).to_bytes(),
            None,
            verified=both[:1],
        ),
        _case(
            "a signed note as text of a note",
            sign_note(SIGNED.decode(), AUTHORITY).to_bytes(),
            None,
            keys=(AUTHORITY, LOG),
            verified=both[1:],
        ),
        _case("a cosignature", Note(TEXT, dated.signatures[:1]).to_bytes(), None, keys=(RECEIPTS,)),
        _case("two cosignatures of one key at two times", dated.to_bytes(), None, keys=(RECEIPTS,)),
    ]


def _malformed_notes() -> list[dict[str, object]]:
    text, line = SIGNED.decode().split("\n\n")
    blob = line.split(" ")[2].rstrip("\n")
    return [
        _case("101 lines", SIGNED + line.encode() * 100, "LimitError"),
        _case("longer than the limit", SIGNED, "LimitError", limit=len(SIGNED) - 1),
        _case("nothing", b"", "MalformedError"),
        _case("no empty line", f"{text}\n{line}".encode(), "MalformedError"),
        _case("no signature", f"{text}\n\n".encode(), "MalformedError"),
        _case("no newline at the end", SIGNED[:-1], "MalformedError"),
        _case("an empty line at the end", SIGNED + b"\n", "MalformedError"),
        _case("carriage returns", SIGNED.replace(b"\n", b"\r\n"), "MalformedError"),
        _case("a tab in the text", SIGNED.replace(b"of a text", b"of a\ttext"), "MalformedError"),
        _case("a NUL in the text", SIGNED.replace(b"of a text", b"of a\0text"), "MalformedError"),
        _case("not UTF-8", SIGNED.replace(b"of a text", b"of a \xff\xfe"), "MalformedError"),
        _case("a surrogate in UTF-8", SIGNED.replace(b"of a text", b"of \xed\xa0\x80"), "MalformedError"),
        _case("a hyphen for the dash", SIGNED.replace("—".encode(), b"-"), "MalformedError"),
        _case("no space after the dash", SIGNED.replace("— ".encode(), "—".encode()), "MalformedError"),
        _case("two spaces after the name", SIGNED.replace(b"gao.ml/log ", b"gao.ml/log  "), "MalformedError"),
        _case("a space after the signature", SIGNED[:-1] + b" \n", "MalformedError"),
        _case("no name", SIGNED.replace(b" gao.ml/log ", b"  "), "MalformedError"),
        _case("a plus in a name", SIGNED + b"\xe2\x80\x94 a+b AQIDBAU=\n", "MalformedError"),
        _case(
            "a no-break space in a name",
            SIGNED + "— a\N{NO-BREAK SPACE}b AQIDBAU=\n".encode(),
            "MalformedError",
        ),
        _case("a word among the signatures", SIGNED + b"and so on\n", "MalformedError"),
        _case(
            "four bytes of signature: a key ID alone", SIGNED + "— a AQIDBA==\n".encode(), "MalformedError"
        ),
        _case(
            "a line separator of Unicode between signatures",
            SIGNED[:-1] + "\u2028— a AQIDBAU=\n".encode(),
            "MalformedError",
        ),
        _case("base64 without padding", SIGNED + "— a AQIDBAU\n".encode(), "MalformedError"),
        _case("base64 with bits to spare", SIGNED + "— a AQIDBAV=\n".encode(), "MalformedError"),
        _case("base64 of the other alphabet", SIGNED + "— a AQIDBA_-\n".encode(), "MalformedError"),
        _case("an empty signature", SIGNED.replace(blob.encode(), b""), "MalformedError"),
    ]


def _refused_notes() -> list[dict[str, object]]:
    (line,) = sign_note(TEXT, LOG).signatures
    flipped = bytes([line.signature[0] ^ 1]) + line.signature[1:]
    dated = cosign(TEXT, RECEIPTS, TIME)

    def note(*lines: Signature) -> bytes:
        return Note(TEXT, lines).to_bytes()

    def as_log(signature: bytes) -> Signature:
        return Signature(line.name, line.key_id, signature)

    def as_receipts(signature: bytes) -> Signature:
        return Signature(dated.name, dated.key_id, signature)

    late = (2**63).to_bytes(8, "big")
    order = 2**252 + 27742317777372353535851937790883648493
    malleable = line.signature[:32] + (int.from_bytes(line.signature[32:], "little") + order).to_bytes(
        32, "little"
    )
    return [
        _case("no key is known", SIGNED, "UnknownKeyError", keys=()),
        _case("signed by a stranger", sign_note(TEXT, STRANGER).to_bytes(), "UnknownKeyError"),
        _case(
            "a stranger under the known name",
            sign_note(TEXT, STRANGER.renamed("gao.ml/log")).to_bytes(),
            "UnknownKeyError",
        ),
        _case(
            "the known key ID under another name",
            note(Signature("menaka.ml/log", line.key_id, line.signature)),
            "UnknownKeyError",
        ),
        _case(
            "the known key under another name",
            sign_note(TEXT, LOG.renamed("gao.ml/pouch")).to_bytes(),
            "UnknownKeyError",
        ),
        _case("a flipped bit in the text", SIGNED.replace(b"first", b"girst"), "SignatureError"),
        _case("a flipped bit in the signature", note(as_log(flipped)), "SignatureError"),
        _case("a signature of 63 bytes", note(as_log(line.signature[:-1])), "SignatureError"),
        _case("a signature of 65 bytes", note(as_log(line.signature + b"\0")), "SignatureError"),
        _case("a signature whose S is not reduced", note(as_log(malleable)), "SignatureError"),
        _case(
            "one known key good, one bad: the whole note is refused",
            note(*sign_note(TEXT, AUTHORITY).signatures, as_log(flipped)),
            "SignatureError",
            keys=(AUTHORITY, LOG),
        ),
        _case("one key twice, the second line bad", note(line, as_log(flipped)), "SignatureError"),
        _case(
            "a signature over more than the text",
            note(as_log(LOG.sign(TEXT.encode() + b"\n"))),
            "SignatureError",
        ),
        _case(
            "a cosignature with another time",
            note(as_receipts((TIME + 1).to_bytes(8, "big") + dated.signature[8:])),
            "SignatureError",
            keys=(RECEIPTS,),
        ),
        _case(
            "a cosignature with a time of 2^63",
            note(as_receipts(late + RECEIPTS.sign(b"cosignature/v1\ntime %d\n" % 2**63 + TEXT.encode()))),
            "SignatureError",
            keys=(RECEIPTS,),
        ),
        _case(
            "a cosignature without its time",
            note(as_receipts(dated.signature[8:])),
            "SignatureError",
            keys=(RECEIPTS,),
        ),
        _case(
            "a plain signature where a cosignature is due",
            note(as_receipts(dated.signature[:8] + RECEIPTS.sign(TEXT.encode()))),
            "SignatureError",
            keys=(RECEIPTS,),
        ),
    ]


def keys() -> object:
    """Verifier keys as text."""
    good = str(LOG.verifier)
    name, key_id, encoded = good.split("+", 2)
    public = LOG.verifier.public

    def forged(name: str, algorithm: int, public: bytes) -> str:
        """A vkey whose key ID fits, whatever is in it."""
        honest = VerifierKey.__new__(VerifierKey)
        for field, value in (("name", name), ("algorithm", algorithm), ("public", public)):
            object.__setattr__(honest, field, value)
        return str(honest)

    cases: list[tuple[str, str, str | None]] = [
        ("type 01", good, None),
        ("type 04", str(RECEIPTS.verifier), None),
        ("a name with a path", str(LOG.renamed("gao.ml/gao-tillaberi/tillaberi.ne/urgent/1").verifier), None),
        ("a name that is not ours and not forbidden", str(LOG.renamed("PeterNeumann").verifier), None),
        ("the key ID of another key", f"{name}+{STRANGER.verifier.key_id.hex()}+{encoded}", "MalformedError"),
        ("a key ID in capitals", f"{name}+{key_id.upper()}+{encoded}", "MalformedError"),
        ("a key ID of seven digits", f"{name}+{key_id[:7]}+{encoded}", "MalformedError"),
        ("no key ID", f"{name}+{encoded}", "MalformedError"),
        ("no name", forged("", 1, public), "MalformedError"),
        ("a space in the name", forged("gao ml", 1, public), "MalformedError"),
        ("a newline in the name", forged("gao\nml", 1, public), "MalformedError"),
        ("an unknown type", forged(name, 2, public), "MalformedError"),
        ("31 bytes", forged(name, 1, public[:-1]), "MalformedError"),
        ("33 bytes", forged(name, 1, public + b"\0"), "MalformedError"),
        ("no padding", forged(name, 1, public[:-1]).rstrip("="), "MalformedError"),
        ("a newline at the end", good + "\n", "MalformedError"),
        ("a public key of order 1", forged(name, 1, bytes([1]) + bytes(31)), "MalformedError"),
        ("a public key of order 4", forged(name, 1, bytes(32)), "MalformedError"),
        ("longer than a key", good + "A" * 1_000, "LimitError"),
    ]
    secret = LOG.secret_text()
    cosigning = key("gao.ml/log", COSIGNATURE).secret_text()
    secrets: list[tuple[str, str, str | None]] = [
        ("type 01", secret, None),
        ("type 04", cosigning, None),
        ("a public key", good, "MalformedError"),
        ("the key ID of another key", secret.replace(key_id, "00000000"), "MalformedError"),
        ("another word", secret.replace("PRIVATE", "Private"), "MalformedError"),
        ("a letter less", secret[:-1], "MalformedError"),
    ]
    return {
        "about": ABOUT,
        "cases": [{"name": a, "vkey": b, "error": c} for a, b, c in cases],
        "secrets": [{"name": a, "skey": b, "error": c} for a, b, c in secrets],
    }
