"""Whose network address a request comes from.

It is the peer's, unless the peer is a proxy that we trust: then it is the last address in
X-Forwarded-For that none of our proxies added. What stands left of it anybody may have made up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

NOWHERE = "unknown"
"""The client of a request without a network address, as over a Unix socket."""

_IPV6_PREFIX = 64


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Read addresses and CIDR networks; ``ValueError`` for anything else."""
    return tuple(ip_network(text, strict=False) for text in texts)


def client_of(peer: str | None, forwarded_for: str | None, trusted: Sequence[Network]) -> str:
    """Return the client's address as text.

    ``forwarded_for`` is the X-Forwarded-For header; several are joined by commas, in order.
    """
    client = _address(peer or "")
    if client is None:
        return NOWHERE
    hops = forwarded_for.split(",") if forwarded_for else []
    while hops and _is_in(client, trusted):
        nearer = _address(hops.pop())
        if nearer is None:
            break
        client = nearer
    return str(client)


def subscriber_of(client: str) -> str:
    """Return what one party usually holds: an IPv4 address, or a /64 of IPv6 (RFC 6177)."""
    address = _address(client)
    if isinstance(address, IPv6Address):
        return str(IPv6Network((address, _IPV6_PREFIX), strict=False))
    return client if address is None else str(address)


def _address(text: str) -> Address | None:
    """Read an address, with or without a port; IPv4 within IPv6 is IPv4."""
    host = text.strip()
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _is_in(address: Address, trusted: Sequence[Network]) -> bool:
    return any(address in network for network in trusted)
