"""Whom to believe about where a request comes from."""

import ipaddress
from collections.abc import Sequence
from functools import lru_cache

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def caller_address(peer: str, forwarded: Sequence[str], *, trusted: tuple[str, ...]) -> str:
    """Return the nearest address that is not one of our proxies.

    `forwarded` holds X-Forwarded-For headers, each a list that grows to the right. What stands left of the first
    stranger was written by that stranger, and is not believed. `trusted` holds addresses and networks.
    """
    hops = [part.strip() for header in forwarded for part in header.split(",")]
    address = peer
    while hops and is_trusted(address, trusted):
        address = hops.pop() or address
    return address


def is_trusted(address: str, trusted: tuple[str, ...]) -> bool:
    """Whether an address belongs to one of the proxies."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address in trusted
    return any(found in network for network in _networks(trusted))


@lru_cache(maxsize=4)
def _networks(trusted: tuple[str, ...]) -> tuple[Network, ...]:
    parsed = []
    for each in trusted:
        try:
            parsed.append(ipaddress.ip_network(each, strict=False))
        except ValueError:
            continue
    return tuple(parsed)
