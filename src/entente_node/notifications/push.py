"""Messages to a browser that was subscribed: RFC 8030, encrypted (RFC 8291), signed as this node (RFC 8292).

apprise has the cryptography (its PEM controller) and a plugin, which keeps subscriptions in
files and lets a push service keep a message for a minute at most: a telephone out of reach
for two would never hear of it. So the controller does the mathematics, and the message is
posted here: it lasts until its deadline, and is urgent. The push service sees who, when and
how much, never the words.

The node's key is ``keys/push.pem`` (P-256), made when the first browser subscribes.
"""

from __future__ import annotations

import json
import os
import secrets
import time
from base64 import encodebytes, urlsafe_b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from apprise.utils.pem import ApprisePEMController

SCHEME: Final = "push:"
TAKEN: Final = frozenset({200, 201, 202, 204})
GONE: Final = frozenset({404, 410})
SERVICES: Final = (
    "fcm.googleapis.com",
    "jmt17.google.com",  # Chromium without Google's name, as distributions build it
    "push.services.mozilla.com",
    "push.apple.com",
    "notify.windows.com",
)
"""Whose addresses a browser may bring: with any other, a visitor could make this node call where he likes."""
LONGEST_ENDPOINT: Final = 700
LONGEST_KEY: Final = 100
LONGEST_SECRET: Final = 40
"""Characters of what a browser gives: what the ledger's columns hold."""
_SECRET_BYTES: Final = 16
_HOUR: Final = 3600
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of the curve P-256 (SP 800-186, 3.2.1.3)."""
_PKCS8: Final = bytes.fromhex("3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420")
"""What stands before the 32 bytes of a private key of P-256 in PKCS #8 (RFC 5958, RFC 5915)."""
_LONGEST_WORDS: Final = 600


class UnreachableError(Exception):
    """The push service cannot be reached."""


class KeyFileError(Exception):
    """The node's key for push cannot be made or read."""


@dataclass(frozen=True)
class Subscription:
    """What a browser gave, and with what the node signs."""

    endpoint: str
    p256dh: str
    auth: str
    key: Path
    contact: str
    """Whom the push service may complain to: the node's address (RFC 8292 section 2.1)."""
    services: tuple[str, ...] = ()
    """Push services besides the browsers' own that this node calls."""


def is_known_service(endpoint: str, more: tuple[str, ...] = ()) -> bool:
    """Whether the endpoint is an ``https`` address of a push service that this node calls."""
    try:
        parts = urlsplit(endpoint)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if parts.scheme != "https" or parts.username is not None or len(endpoint) > LONGEST_ENDPOINT:
        return False
    return any(host == one or host.endswith(f".{one}") for one in (*SERVICES, *more))


def is_usable(endpoint: str, p256dh: str, auth: str) -> bool:
    """Whether the keys are those of a browser: a point on the curve, and a secret of 16 bytes."""
    receiver = _receiver(endpoint, p256dh, auth)
    longest = len(p256dh) <= LONGEST_KEY and len(auth) <= LONGEST_SECRET
    return receiver is not None and longest and len(receiver.auth_secret) == _SECRET_BYTES


def public_key(file: Path) -> str:
    """The public half of the node's key, as a browser wants it; the key is made where there is none yet."""
    if not file.exists():
        _make(file)
    return str(_controller(file).x962_str)


def payload(words: str, subject: str, link: str) -> bytes:
    """What the service worker shows."""
    data = {"title": subject or "Entente", "body": words[:_LONGEST_WORDS], "link": link}
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def send(subscription: Subscription, data: bytes, *, lasts: int, timeout: tuple[float, float]) -> int:
    """Post one encrypted message; the push service's status. Raises UnreachableError."""
    import httpx

    controller = _controller(subscription.key)
    receiver = _receiver(subscription.endpoint, subscription.p256dh, subscription.auth)
    if receiver is None:
        return 410
    body = controller.encrypt_webpush(data, public_key=receiver.public_key, auth_secret=receiver.auth_secret)
    origin = receiver.origin
    headers = {
        "TTL": str(max(lasts, 60)),
        "Urgency": "high",
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "Authorization": f"vapid t={_token(controller, origin, subscription.contact)}, k={controller.x962_str}",
    }
    connect, read = timeout
    try:
        with httpx.Client(timeout=httpx.Timeout(read, connect=connect), follow_redirects=False) as client:
            return client.post(subscription.endpoint, content=body, headers=headers).status_code
    except httpx.HTTPError as error:
        raise UnreachableError from error


def _token(controller: ApprisePEMController, audience: str, contact: str) -> str:
    claims = {"aud": audience, "exp": int(time.time()) + 12 * _HOUR, "sub": contact}
    signed = ".".join(_encoded(json.dumps(one).encode()) for one in ({"alg": "ES256", "typ": "JWT"}, claims))
    signature = controller.sign(signed.encode())
    if signature is None:
        raise KeyFileError
    return f"{signed}.{_encoded(signature)}"


def _encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _receiver(endpoint: str, p256dh: str, auth: str) -> Any:
    from apprise.exception import AppriseInvalidData
    from apprise.plugins.vapid.subscription import WebPushSubscription

    try:
        return WebPushSubscription({"endpoint": endpoint, "keys": {"p256dh": p256dh, "auth": auth}})
    except AppriseInvalidData:
        return None


def _controller(file: Path) -> ApprisePEMController:
    from apprise import AppriseAsset
    from apprise.utils.pem import ApprisePEMController

    controller = ApprisePEMController(path="", asset=AppriseAsset(pem_autogen=False))
    if not controller.load_private_key(str(file)):
        raise KeyFileError
    return controller


def _make(file: Path) -> None:
    """Whole or not at all, readable by its owner only.

    A private key of P-256 is any number below the curve's order (FIPS 186-5, A.2.2); who reads it makes
    its point. apprise's own ``keygen`` looks for a key first, and warns that there is none.
    """
    import tempfile

    number = secrets.randbelow(_ORDER - 1) + 1
    text = encodebytes(_PKCS8 + number.to_bytes(32, "big")).decode("ascii")
    with tempfile.TemporaryDirectory(
        dir=file.parent, prefix=".push-"
    ) as folder:  # for its owner only, as made
        made = Path(folder) / "push.pem"
        made.touch(0o600)
        made.write_text(f"-----BEGIN PRIVATE KEY-----\n{text}-----END PRIVATE KEY-----\n", "ascii")
        _controller(made)
        # Two that make it at the same moment end with one key.
        try:
            os.link(made, file)
        except FileExistsError:
            return
