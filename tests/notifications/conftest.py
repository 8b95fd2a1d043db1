"""The desk of Tillabéri with a duty phone that is told of Gao's alert."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings

from entente_node.duty.models import Call, Level, Reason
from entente_node.notifications import post
from entente_node.notifications.models import Channel
from tests import parties
from tests.desk.conftest import Desk, address, browser, desk, desk_in, desk_of, raised, spoken_french
from tests.federation import Clock
from tests.notifications.gateways import Gateway, gateway

__all__ = ["address", "browser", "desk", "desk_in", "desk_of", "gateway", "raised", "spoken_french"]

NUMBER = "+22790000001"


@dataclass
class Night:
    """Tillabéri's civil protection at night: what it was sent, its calls, its channels, its gateway."""

    desk: Desk
    gateway: Gateway
    code: str
    """Gao's alert, which waits for an answer here."""
    folder: Path

    @property
    def clock(self) -> Clock:
        """The clock of every node."""
        return self.desk.federation.clock

    @property
    def has_channel(self) -> bool:
        """Whether a channel was added."""
        return Channel.objects.exists()

    def reach(self, address: str, **more: str) -> None:
        """``node.toml`` says where links begin."""
        lines = {"party": "tillaberi.ne", "name": "Région de Tillabéri", "short": "TIL", "country": "NE"}
        said = lines | {"address": address} | more
        text = "".join(f'{name} = "{value}"\n' for name, value in said.items())
        (self.folder / "node.toml").write_text(text, "utf-8")

    def call(self, code: str = "", **changes: object) -> Call:
        """Opens a call of the duty, about Gao's alert unless said."""
        now = self.clock()
        return Call.objects.create(
            **{
                "code": code or self.code,
                "service": "protection-civile",
                "function": "permanence",
                "level": Level.DUTY,
                "reason": Reason.NEW,
                "at": now,
                "deadline": now + timedelta(minutes=57),
            }
            | changes
        )

    def channel(self, **changes: object) -> Channel:
        """Adds a channel of the duty: a telephone behind the gateway unless said."""
        return Channel.objects.create(
            **{
                "service": "protection-civile",
                "function": "permanence",
                "url": self.gateway.url,
                "number": NUMBER,
                "language": "en",
                "created_at": self.clock(),
            }
            | changes
        )

    def send(self, patience: float = 20.0) -> int:
        """One look of the watch; how many messages were sent."""
        return post.once(self.desk.node, self.clock(), patience=patience)

    def alerts(self, count: int, **changes: object) -> list[str]:
        """So many more alerts of Gao, received here: their codes."""
        drafts = [parties.alert(code=None, at="2022-02-01T07:40:00Z", **changes) for _ in range(count)]
        filed = self.desk.federation.gao.file(drafts, confirmed=True)
        self.desk.federation.exchange()
        return [one.record.code or "" for one in filed]


@pytest.fixture
def night(
    desk: Desk, raised: str, gateway: Gateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Night]:
    """Tillabéri at night, with a gateway on loopback."""
    folder = tmp_path / "node"
    (folder / "keys").mkdir(parents=True)
    monkeypatch.setattr(settings, "NODE", folder)
    yield Night(desk, gateway, raised, folder)
    gateway.patient = False
