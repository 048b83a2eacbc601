"""Connecting to an address that a stranger gave: never to a private network, whatever its name resolves to.

The name is resolved once, every address found is judged, and the connection goes to a judged address: a name server
that answers otherwise the second time (DNS rebinding) is not asked a second time. TLS still proves the name.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Iterable, Sequence
from typing import Any

import httpcore
from httpcore import AnyIOBackend, AsyncNetworkBackend, AsyncNetworkStream

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Forbidden(httpcore.ConnectError):
    """The name leads to no address that may be connected to."""


class Allowed:
    """Hosts and networks that may be private, as one setting names them: names, addresses, networks, by commas.

    Raises:
        ValueError: one of them is none of these.
    """

    def __init__(self, text: str = "") -> None:
        self.hosts: set[str] = set()
        self.networks: list[Network] = []
        for word in (one.strip().lower() for one in text.split(",") if one.strip()):
            try:
                self.networks.append(ipaddress.ip_network(word))
            except ValueError:
                if "/" in word or ":" in word or not word.replace("-", "").replace(".", "").isalnum():
                    raise
                self.hosts.add(word)

    def host(self, host: str) -> bool:
        """Whether that host is named, or is an address inside a named network."""
        if host.lower() in self.hosts:
            return True
        try:
            return self.address(ipaddress.ip_address(host))
        except ValueError:
            return False

    def address(self, ip: Ip) -> bool:
        """Whether that address is inside a named network."""
        return any(ip.version == net.version and ip in net for net in self.networks)


def public(ip: Ip) -> bool:
    """Whether an address is one of the public Internet, seen through every way of wrapping IPv4 in IPv6."""
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is None and ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return public(inner)
    return ip.is_global and not ip.is_multicast


async def judged(host: str, port: int, allowed: Allowed, *, inside: bool = False) -> Sequence[Ip]:
    """The addresses of a host to which may be connected; at least one. ``inside``: none but this machine's.

    Raises:
        Forbidden: none of them may be connected to.
        httpcore.ConnectError: the name does not resolve.
    """
    try:
        infos = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as fault:
        raise httpcore.ConnectError("the name does not resolve") from fault
    found = dict.fromkeys(ipaddress.ip_address(str(info[4][0]).partition("%")[0]) for info in infos)
    if inside:
        fit = [ip for ip in found if ip.is_loopback]
    else:
        fit = [ip for ip in found if allowed.host(host) or allowed.address(ip) or public(ip)]
    if not fit:
        raise Forbidden("the address is not public")
    return fit


class Guard(AsyncNetworkBackend):
    """Connects for httpcore, to judged addresses only; a demonstration ``inside`` this machine to no other."""

    def __init__(self, allowed: Allowed, *, inside: bool = False) -> None:
        self._allowed = allowed
        self._inside = inside
        self._below = AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> AsyncNetworkStream:
        """A connection to one of the host's addresses.

        Raises:
            Forbidden: none of them may be connected to.
            httpcore.ConnectError: none of them answers.
        """
        fit = await judged(host, port, self._allowed, inside=self._inside)
        for ip in fit[:-1]:
            try:
                return await self._below.connect_tcp(str(ip), port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._below.connect_tcp(str(fit[-1]), port, timeout, local_address, socket_options)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)
