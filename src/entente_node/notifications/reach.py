"""Where this node goes to deliver a message: asked when an address is saved, and of each connection that is opened.

A name may lead elsewhere when a message is sent than it did when its channel was added, and a
gateway may send on to another address. So the rule is asked again where nothing can come between
the answer and the connection: of the address itself to which a socket is about to connect, in
the thread that sends (an audit hook, PEP 578). Nothing is opened that the rule refuses.

The rule: the public internet; the networks that ``node.toml`` names (``gateways``: the local ones,
unless whoever runs the node says otherwise); and this machine only where the address of the
channel is written as such, which the desk does not accept and the command does. A proxy that
the environment of the node names is reached as well: where it goes, it decides.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit
from urllib.request import getproxies

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_TRANSLATED: Final = ipaddress.IPv6Network("64:ff9b::/96")
_UNICAST: Final = ipaddress.IPv6Network("2000::/3")
"""Of all addresses of version 6, what is given to networks of the internet (RFC 4291, section 2.4)."""
_EMPTY: Final = {"": "0.0.0.0", "<broadcast>": "255.255.255.255"}  # noqa: S104  what Python makes of them
_THIS_MACHINE: Final = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))
_NAMES: Final = frozenset({"localhost", "ip6-localhost", "ip6-loopback"})
_NAMES_HOST: Final = re.compile("smtp|host|server|url", re.IGNORECASE)
_OPENS: Final = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_PORTS: Final = {"https": 443, "socks4": 1080, "socks5": 1080, "socks5h": 1080}
_here: Final = threading.local()


class BarredError(PermissionError):
    """A connection that the rule refuses: libraries take it for a network that is not there."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Where the node goes, besides the public internet."""

    networks: tuple[Network, ...] = ()

    @classmethod
    def of(cls, networks: Iterable[str]) -> Reach:
        """From ``192.168.7.0/24`` or ``127.0.0.1``. Raises ValueError."""
        return cls(tuple(ipaddress.ip_network(one, strict=False) for one in networks))

    def allows(self, ip: Address) -> bool:
        """Whether the rule opens this address, and each that it holds."""
        return all(self._opens(one) for one in (ip, *_within(ip)))

    def _opens(self, ip: Address) -> bool:
        named = any(ip in one for one in self.networks)
        # What is neither public nor named: this machine, the local network, and addresses of no machine.
        carries = bool(_within(ip))  # judged by what it holds
        public = carries or (ip.is_global and (ip.version == 4 or ip in _UNICAST))  # noqa: PLR2004
        return named or (public and not ip.is_multicast and not is_here(ip))


@dataclass
class Watch:
    """What one message may open, and whether it tried to open anything else."""

    reach: Reach
    written: tuple[Network, ...] = ()
    """Addresses of this machine that its channel's address spells out."""
    proxies: frozenset[tuple[str, int]] = frozenset()
    barred: bool = False

    def meet(self, address: object) -> None:
        """A socket is about to connect. Raises BarredError."""
        if not isinstance(address, tuple) or len(address) < 2:  # noqa: PLR2004  host and port
            return  # of this machine's own: no name of a host leads there
        host, port = str(address[0]), int(address[1])
        try:
            ip = _plain(_EMPTY.get(host, host))
        except ValueError:
            # A name that a library gives to the socket was looked up before: nobody says where it led then.
            self.barred = True
            raise BarredError("this node goes to addresses, not to names") from None
        named = any(ip in one for one in self.written)
        if not (named or self.reach.allows(ip) or (str(ip), port) in self.proxies):
            self.barred = True
            raise BarredError(f"this node does not go to port {port} there")


@contextmanager
def watched(reach: Reach, hosts: Iterable[str] = ()) -> Iterator[Watch]:
    """While the block lasts, this thread opens no connection that the rule refuses."""
    _listen()
    watch = Watch(reach, spelled(hosts), _proxies())
    _here.watch = watch
    try:
        yield watch
    finally:
        _here.watch = None


def is_here(ip: Address) -> bool:
    """This machine, or an address that only it or its cable can reach."""
    own = ip.is_loopback or ip.is_link_local or ip.is_unspecified or ip.is_multicast
    return own or any(is_here(one) for one in _within(ip))


def hosts_in(url: str, more: Iterable[str] = ()) -> set[str]:
    """The hosts that an address names, wherever in it. Raises ValueError."""
    parts = urlsplit(url)
    hosts = {parts.hostname or "", *more}
    hosts |= {value for name, value in parse_qsl(parts.query) if _NAMES_HOST.search(name)}
    return {found for one in hosts if (found := _host(one))}


def spelled(hosts: Iterable[str]) -> tuple[Network, ...]:
    """The addresses of this machine among these hosts that are written as such: no name is looked up."""
    found: list[Network] = []
    for host in hosts:
        if _is_own_name(host):
            found += _THIS_MACHINE
        else:
            found += [ipaddress.ip_network(ip) for ip in _looked_up(host, written=True) if is_here(ip)]
    return tuple(found)


def leads_to(host: str) -> list[Address]:
    """Where a name leads now; nowhere where it is that of no machine: a topic, an account."""
    return _looked_up(host)


def _host(text: str) -> str:
    """The host in what may also have a scheme, a port, brackets, or the dot of a whole name. Raises ValueError."""
    text = text.strip()
    try:
        return str(ipaddress.ip_address(text.strip("[]").partition("%")[0]))
    except ValueError:
        host = urlsplit(text if "://" in text else f"//{text}").hostname
    return (host or "").strip().rstrip(".").lower()


def _is_own_name(host: str) -> bool:
    return host in _NAMES or host.endswith(".localhost")


def _looked_up(host: str, *, written: bool = False) -> list[Address]:
    if not written and _is_own_name(host):
        return [one.network_address for one in _THIS_MACHINE]
    try:
        found = socket.getaddrinfo(host, None, flags=socket.AI_NUMERICHOST if written else 0)
    except (OSError, UnicodeError):
        return []
    return [_plain(str(info[4][0])) for info in found]


def _plain(text: str) -> Address:
    return ipaddress.ip_address(text.partition("%")[0])


def _within(ip: Address) -> tuple[ipaddress.IPv4Address, ...]:
    """An address of version 6 may hold one of version 4: mapped, by 6to4, or by a translator (RFC 6052)."""
    if not isinstance(ip, ipaddress.IPv6Address):
        return ()
    found = ip.ipv4_mapped or ip.sixtofour
    if found is None and ip in _TRANSLATED:
        found = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return (found,) if found is not None else ()


def _proxies() -> frozenset[tuple[str, int]]:
    found: set[tuple[str, int]] = set()
    for name, url in getproxies().items():
        if name == "no":
            continue
        try:
            parts = urlsplit(url if "://" in url else f"http://{url}")
            port = parts.port or _PORTS.get(parts.scheme, 80)
        except ValueError:
            continue
        found |= {(str(ip), port) for ip in leads_to(parts.hostname or "")}
    return frozenset(found)


@cache
def _listen() -> None:
    """Once for the process: a hook cannot be taken out again. It does nothing in any other thread."""
    sys.addaudithook(_hear)


def _hear(event: str, values: tuple[Any, ...]) -> None:
    if event in _OPENS:
        watch: Watch | None = getattr(_here, "watch", None)
        if watch is not None:
            watch.meet(values[1])
