"""Which network addresses usually belong to one party."""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network, ip_address

_IPV6_PREFIX = 64


def subscriber_of(client: str) -> str:
    """Return what one party usually holds: an IPv4 address, or a /64 of IPv6 (RFC 6177)."""
    try:
        address = ip_address(client)
    except ValueError:
        return client
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(IPv6Network((address, _IPV6_PREFIX), strict=False))
    return str(address)
