"""Web push: real encryption and a real signature, over TLS to a push service on loopback, opened as a browser does."""

from __future__ import annotations

import json
import logging
import ssl
import threading
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.test import Client

from entente_node.directory.models import User
from entente_node.duty.models import DutyFunction
from entente_node.notifications import push
from entente_node.notifications.models import Channel, Delivery, PushSubscription, State
from entente_node.notifications.planning import Look
from tests.notifications.conftest import Night


def encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Browser:
    """What a browser keeps for itself: a private key and a secret."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.auth = bytes(range(16))

    @property
    def p256dh(self) -> str:
        return encoded(self._point(self.key.public_key()))

    def open(self, body: bytes) -> dict[str, str]:
        """RFC 8188 and RFC 8291, written here from their texts."""
        salt, length = body[:16], body[20]
        sender_point, sealed = body[21 : 21 + length], body[21 + length :]
        sender = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender_point)
        shared = self.key.exchange(ec.ECDH(), sender)
        info = b"WebPush: info\0" + self._point(self.key.public_key()) + sender_point
        secret = HKDF(hashes.SHA256(), 32, self.auth, info).derive(shared)
        key = HKDF(hashes.SHA256(), 16, salt, b"Content-Encoding: aes128gcm\0").derive(secret)
        nonce = HKDF(hashes.SHA256(), 12, salt, b"Content-Encoding: nonce\0").derive(secret)
        plain = AESGCM(key).decrypt(nonce, sealed, None)
        assert plain.endswith(b"\2")
        return json.loads(plain[:-1])

    @staticmethod
    def _point(key: ec.EllipticCurvePublicKey) -> bytes:
        form = serialization.PublicFormat.UncompressedPoint
        return key.public_bytes(serialization.Encoding.X962, form)


@dataclass
class Service:
    """A push service."""

    port: int = 0
    status: int = 201
    posts: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    @property
    def endpoint(self) -> str:
        return f"https://localhost:{self.port}/push/abc"


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """One with a certificate that the node trusts for this test."""
    certificate = certify(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    state = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            state.posts.append((self.path, dict(self.headers), body))
            self.send_response(state.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.daemon_threads = True
        state.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield state
        server.shutdown()
        thread.join()


def certify(folder: Path, *hosts: str) -> Path:
    """A certificate of localhost, and of more hosts, that signs itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    names = [x509.DNSName(one) for one in ("localhost", *hosts)] + [x509.IPAddress(ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "localhost.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


def subscribed(night: Night, service: Service, browser: Browser) -> Channel:
    """A browser whose push service is one of our own, which ``node.toml`` names."""
    if not (night.folder / "node.toml").exists():
        night.reach("")
    with (night.folder / "node.toml").open("a") as file:
        file.write('push_services = ["localhost"]\n')
    channel = night.channel(url="push:", number="")
    push.public_key(night.folder / "keys" / "push.pem")
    PushSubscription.objects.create(
        channel=channel, endpoint=service.endpoint, p256dh=browser.p256dh, auth=encoded(browser.auth)
    )
    return channel


def test_the_browser_alone_reads_what_the_message_says(night: Night, service: Service) -> None:
    browser = Browser()
    night.reach("https://desk.til.example")
    subscribed(night, service, browser)
    night.call()
    assert night.send() == 1
    ((path, headers, body),) = service.posts
    assert path == "/push/abc"
    said = browser.open(body)
    assert said["title"] == f"{night.code} EXERCISE SEVERE"
    assert said["body"].startswith(said["title"])
    assert said["link"].startswith("https://desk.til.example/a/")
    assert night.code.encode() not in body
    assert headers["Content-Encoding"] == "aes128gcm"
    assert headers["Urgency"] == "high"
    assert int(headers["TTL"]) == 57 * 60  # as long as its deadline
    with pytest.raises(InvalidTag):
        Browser().open(body)


def test_the_push_service_can_check_who_sent_it(night: Night, service: Service) -> None:
    night.reach("https://desk.til.example")
    subscribed(night, service, Browser())
    night.call()
    night.send()
    token, key = service.posts[0][1]["Authorization"].removeprefix("vapid t=").split(", k=")
    assert key == push.public_key(night.folder / "keys" / "push.pem")
    head, claims, signature = token.split(".")
    raw = decoded(signature)
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(key))
    public.verify(der, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
    said = json.loads(decoded(claims))
    assert said["aud"] == f"https://localhost:{service.port}"
    assert said["sub"] == "https://desk.til.example"
    assert timedelta(0) < datetime.fromtimestamp(said["exp"], UTC) - datetime.now(UTC) <= timedelta(hours=24)


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_has_unsubscribed_is_left_alone(night: Night, service: Service, status: int) -> None:
    channel = subscribed(night, service, Browser())
    service.status = status
    night.call()
    night.send()
    assert Delivery.objects.get().state == State.GIVEN_UP
    channel.refresh_from_db()
    assert not channel.active


def test_a_push_service_that_refuses_is_tried_again(night: Night, service: Service) -> None:
    subscribed(night, service, Browser())
    service.status = 429
    night.call()
    night.send()
    assert (Delivery.objects.get().state, Delivery.objects.get().error) == (State.FAILED, "refused:429")


def test_a_certificate_that_nobody_vouches_for_is_refused(
    night: Night, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    subscribed(night, service, Browser())
    night.call()
    night.send()
    assert Delivery.objects.get().error == "no-connection"
    assert service.posts == []


def test_the_nodes_key_is_made_once_for_its_owner_alone(night: Night) -> None:
    file = night.folder / "keys" / "push.pem"
    first = push.public_key(file)
    assert push.public_key(file) == first
    assert len(decoded(first)) == 65
    assert file.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in file.parent.iterdir()] == ["push.pem"]


def test_making_the_nodes_key_warns_of_nothing(night: Night) -> None:
    log = logging.getLogger("apprise")
    log.addHandler(ear := logging.StreamHandler(said := StringIO()))
    ear.setLevel(logging.WARNING)
    try:
        push.public_key(night.folder / "keys" / "push.pem")
    finally:
        log.removeHandler(ear)
    assert said.getvalue() == ""


class TestPage:
    def client(self, night: Night, service: str = "protection-civile") -> Client:
        DutyFunction.objects.create(service=service, function="permanence", name="Permanence")
        client = Client()
        client.force_login(night.desk.account(f"of-{service}", service, language="en"))
        return client

    def form(self, **changes: str) -> dict[str, str]:
        browser = Browser()
        keys = {"p256dh": browser.p256dh, "auth": encoded(browser.auth)}
        return (
            {"function": "permanence", "endpoint": "https://fcm.googleapis.com/fcm/send/x"} | keys | changes
        )

    def test_a_browser_becomes_a_channel_of_the_function(self, night: Night) -> None:
        client = self.client(night)
        page = client.get("/push").content.decode()
        assert push.public_key(night.folder / "keys" / "push.pem") in page
        assert client.post("/push/subscribe", self.form()).status_code == 302
        channel = Channel.objects.get()
        assert (channel.service, channel.function, channel.url) == (
            "protection-civile",
            "permanence",
            "push:",
        )
        client.post("/push/subscribe", self.form())
        assert Channel.objects.count() == 1  # the same browser again

    @pytest.mark.parametrize(
        "changes",
        [
            {"endpoint": "http://fcm.googleapis.com/x"},
            {"endpoint": "https://127.0.0.1/x"},
            {"endpoint": "https://localhost:8000/x"},
            {"endpoint": "https://fcm.googleapis.com.evil.example/x"},
            {"endpoint": "https://evilfcm.googleapis.com@evil.example/x"},
            {"endpoint": "https://user@fcm.googleapis.com/x"},
            {"endpoint": "https://fcm.googleapis.com/" + "x" * 700},
            {"endpoint": "https://[/x"},
            {"endpoint": ""},
            {"p256dh": "AAAA"},
            {"p256dh": ""},
            {"auth": ""},
            {"auth": "AAAA"},  # a secret is 16 bytes
            {"auth": "A" * 4_000},
            {"function": "nobody"},
        ],
    )
    def test_what_is_no_browser_of_a_known_service_is_refused(
        self, night: Night, changes: dict[str, str]
    ) -> None:
        client = self.client(night)
        client.post("/push/subscribe", self.form(**changes))
        assert not Channel.objects.exists()

    @pytest.mark.parametrize(
        "change",
        [
            {"is_active": False},
            {"service": "elevage"},
            {"role": "agent"},
            {"role": "administrator"},
            {"name": "gone"},
        ],
    )
    def test_who_answers_for_the_service_no_more_is_told_nothing_more(
        self, night: Night, change: dict[str, Any]
    ) -> None:
        self.client(night).post("/push/subscribe", self.form())
        call, look = night.call(), Look.at(night.desk.node, night.clock())
        assert look.telling(Channel.objects.get(), call) is not None
        User.objects.filter(name="of-protection-civile").update(**change)
        assert Look.at(night.desk.node, night.clock()).telling(Channel.objects.get(), call) is None
        night.send()
        assert not Delivery.objects.filter(state=State.SENT).exists()

    def test_who_answers_nothing_is_not_told(self, night: Night) -> None:
        client = Client()
        client.force_login(night.desk.account("agent", role="agent"))
        assert client.post("/push/subscribe", self.form()).status_code == 403
        assert not Channel.objects.exists()
