"""The desk of Tillabéri with a duty phone that is told of Gao's alert."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings

from entente_node.duty.models import Call, Level, Reason
from entente_node.notifications.models import Channel
from tests.desk.conftest import Desk, address, browser, desk, desk_in, desk_of, raised, spoken_french
from tests.notifications.gateways import Gateway, gateway

__all__ = ["address", "browser", "desk", "desk_in", "desk_of", "gateway", "raised", "spoken_french"]

NUMBER = "+22790000001"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A node's folder that says where links begin."""
    made = tmp_path / "node"
    (made / "keys").mkdir(parents=True)
    (made / "node.toml").write_text(
        'party = "tillaberi.ne"\nname = "Région de Tillabéri"\nshort = "TIL"\ncountry = "NE"\n'
        'address = "https://desk.til.example"\n',
        "utf-8",
    )
    monkeypatch.setattr(settings, "NODE", made)
    return made


@pytest.fixture
def call_for(desk: Desk) -> Callable[..., Call]:
    """Opens a call of the duty of Tillabéri's civil protection."""

    def opened(code: str, **changes: object) -> Call:
        now = desk.federation.clock()
        return Call.objects.create(
            **{
                "code": code,
                "service": "protection-civile",
                "function": "permanence",
                "level": Level.DUTY,
                "reason": Reason.NEW,
                "at": now,
                "deadline": now + timedelta(minutes=57),
            }
            | changes
        )

    return opened


@pytest.fixture
def channel_to(desk: Desk) -> Callable[..., Channel]:
    """Adds a channel of the duty of Tillabéri's civil protection."""

    def added(url: str, **changes: object) -> Channel:
        return Channel.objects.create(
            **{
                "service": "protection-civile",
                "function": "permanence",
                "url": url,
                "number": NUMBER,
                "language": "en",
                "created_at": desk.federation.clock(),
            }
            | changes
        )

    return added


@pytest.fixture
def phone(channel_to: Callable[..., Channel], gateway: Gateway) -> Iterator[Channel]:
    """The duty phone, behind an HTTP gateway on loopback."""
    yield channel_to(gateway.url)
    gateway.patient = False
