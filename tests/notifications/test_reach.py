"""Where a message may go: asked when its channel is added, and again of each connection that is opened."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from itertools import chain, cycle, repeat
from typing import Any

import pytest

from entente.errors import StoreError
from entente_node.folder import LOCAL_NETWORKS, Folder
from entente_node.notifications import channels
from entente_node.notifications.models import Delivery, PushSubscription, State
from entente_node.notifications.reach import BarredError, Reach, Watch, watched
from tests.notifications.conftest import Night
from tests.notifications.test_push import Browser, Service, encoded, service, subscribed

__all__ = ["service"]

OPEN, CLOSED = "127.0.0.2", "127.0.0.1"
"""Two addresses of this machine: node.toml names the first, and the gateway listens at the second."""


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, Iterator[str]]:
    """Where names lead, one look after the other: what who runs a name server says."""
    known: dict[str, Iterator[str]] = {}
    honest = socket.getaddrinfo

    def look(host: Any, port: Any, *rest: Any, **more: Any) -> Any:
        if host not in known or more.get("flags") == socket.AI_NUMERICHOST:
            return honest(host, port, *rest, **more)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(known[host]), port or 0))]

    monkeypatch.setattr(socket, "getaddrinfo", look)
    return known


def gateways(night: Night, *networks: str) -> None:
    night.reach("")
    listed = ", ".join(f'"{one}"' for one in networks)
    with (night.folder / "node.toml").open("a") as file:
        file.write(f"gateways = [{listed}]\n")


class TestRule:
    @pytest.mark.parametrize("ip", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
    def test_the_internet_is_open(self, ip: str) -> None:
        assert Reach().allows(ipaddress.ip_address(ip))

    @pytest.mark.parametrize(
        "ip",
        [
            "192.168.7.20",
            "10.1.2.3",
            "172.16.0.1",
            "100.64.0.1",
            "fd00::1",
            "::ffff:192.168.7.20",
            "64:ff9b::c0a8:714",
            "2002:c0a8:714::",
        ],
    )
    def test_the_local_network_is_open_where_node_toml_names_it(self, ip: str) -> None:
        assert not Reach().allows(ipaddress.ip_address(ip))
        assert Reach.of([*LOCAL_NETWORKS, "2002::/16"]).allows(ipaddress.ip_address(ip))
        assert not Reach.of(["192.168.8.0/24"]).allows(ipaddress.ip_address(ip))

    @pytest.mark.parametrize(
        "ip",
        [
            *("127.0.0.1", "127.9.9.9", "0.0.0.0", "169.254.169.254", "::1", "::", "fe80::1", "224.0.0.1"),
            *("::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "ff02::1"),
            *("::127.0.0.1", "::ffff:0:127.0.0.1", "fec0::1", "255.255.255.255"),
        ],
    )
    def test_this_machine_is_closed(self, ip: str) -> None:
        assert not Reach.of(LOCAL_NETWORKS).allows(ipaddress.ip_address(ip))

    @pytest.mark.parametrize("host", ["", "<broadcast>", "localhost"])
    def test_what_is_no_address_of_the_internet_is_not_called(self, host: str) -> None:
        with watched(Reach()), socket.socket(type=socket.SOCK_DGRAM) as opened, pytest.raises(BarredError):
            opened.connect((host, 9))

    def test_a_name_that_was_looked_up_before_is_not_looked_up_again(self) -> None:
        watch = Watch(Reach.of(["127.0.0.0/8", "::1"]))
        watch.meet(("127.0.0.1", 9))
        with pytest.raises(BarredError):
            watch.meet(("localhost", 9))
        assert watch.barred

    def test_who_runs_the_node_may_open_it(self) -> None:
        assert Reach.of(["127.0.0.1"]).allows(ipaddress.ip_address("127.0.0.1"))
        assert not Reach.of(["127.0.0.1"]).allows(ipaddress.ip_address("127.0.0.2"))

    def test_what_is_no_network_is_refused_when_the_node_is_opened(self, night: Night) -> None:
        (night.folder / "node.toml").write_text(
            'party = "tillaberi.ne"\nname = "T"\nshort = "TIL"\ncountry = "NE"\ngateways = ["the cellar"]\n'
        )
        with pytest.raises(StoreError, match="cannot be read"):
            _ = Folder(night.folder).config


class TestWhenItIsSent:
    def test_a_name_that_leads_to_this_machine_by_then_is_not_followed(
        self, night: Night, names: dict[str, Iterator[str]]
    ) -> None:
        gateways(night, OPEN)
        names["gateway.example"] = chain([OPEN], repeat(CLOSED))
        url = f"json://gateway.example:{night.gateway.port}/x"
        channels.check_address(url, by_desk=True)  # then it was another machine
        night.channel(url=url)
        night.call()
        assert night.send() == 0
        row = Delivery.objects.get()
        assert (row.state, row.error) == (State.FAILED, "barred")
        assert night.gateway.requests == 0

    def test_one_that_leads_elsewhere_at_each_look_is_judged_by_where_the_socket_goes(
        self, night: Night, names: dict[str, Iterator[str]]
    ) -> None:
        gateways(night, OPEN)
        names["gateway.example"] = cycle([OPEN, CLOSED])
        night.channel(url=f"json://gateway.example:{night.gateway.port}/x")
        night.call()
        for _ in range(3):
            assert night.send() == 0
            night.clock.advance(minutes=5)
        assert night.gateway.requests == 0

    def test_where_node_toml_names_it_it_is_reached(
        self, night: Night, names: dict[str, Iterator[str]]
    ) -> None:
        gateways(night, "127.0.0.1/32")
        names["gateway.example"] = repeat("127.0.0.1")
        url = f"json://gateway.example:{night.gateway.port}/x"
        channels.check_address(url, by_desk=True)
        night.channel(url=url)
        night.call()
        assert night.send() == 1

    def test_a_test_message_keeps_the_rule(self, night: Night, names: dict[str, Iterator[str]]) -> None:
        from entente_node.notifications.trying import try_now

        names["gateway.example"] = repeat("127.0.0.1")
        url = f"json://gateway.example:{night.gateway.port}/x"
        assert try_now(night.channel(url=url)) == "barred"
        assert try_now(night.channel(url=night.gateway.url)) == ""  # written as such, which the desk refuses

    def test_mail_keeps_the_rule(self, night: Night, names: dict[str, Iterator[str]]) -> None:
        names["mail.example"] = repeat("127.0.0.1")
        night.channel(url=f"mailto://a:b@mail.example:{night.gateway.port}?to=c@mail.example", number="")
        night.call()
        assert night.send() == 0
        assert Delivery.objects.get().error == "barred"

    def test_a_push_service_keeps_the_rule(
        self, night: Night, service: Service, names: dict[str, Iterator[str]]
    ) -> None:
        browser = Browser()
        subscribed(night, service, browser)
        names["fcm.googleapis.com"] = repeat("127.0.0.1")
        PushSubscription.objects.update(endpoint=f"https://fcm.googleapis.com:{service.port}/x")
        night.call()
        assert night.send() == 0
        assert Delivery.objects.get().error == "barred"
        assert service.posts == []
        assert len(encoded(browser.auth)) == 22

    def test_a_push_service_that_node_toml_names_no_more_is_not_called(
        self, night: Night, service: Service
    ) -> None:
        subscribed(night, service, Browser())
        night.reach("")
        night.call()
        assert night.send() == 0
        assert Delivery.objects.get().error == "barred"
        assert service.posts == []


class TestWhenItIsSaved:
    def test_the_desk_takes_the_local_network_as_node_toml_says(
        self, night: Night, names: dict[str, Iterator[str]]
    ) -> None:
        names["sms.prefecture.example"] = repeat("192.168.7.20")
        night.reach("")  # as a new node is
        channels.check_address("json://sms.prefecture.example/x", by_desk=True)
        channels.check_address("json://192.168.7.20/x", by_desk=True)
        gateways(night)
        for url in ("json://sms.prefecture.example/x", "json://192.168.7.20/x"):
            with pytest.raises(StoreError, match="does not go to that network"):
                channels.check_address(url, by_desk=True)

    def test_the_command_takes_this_machine_where_it_is_written_as_such(
        self, night: Night, names: dict[str, Iterator[str]]
    ) -> None:
        names["node.example"] = repeat("127.0.1.1")
        night.reach("")
        for host in ("127.0.0.1", "localhost", "[::1]"):
            channels.check_address(f"json://{host}:8080/x", by_desk=False)
        with pytest.raises(StoreError, match="write its address instead"):
            channels.check_address("json://node.example/x", by_desk=False)
