"""What kind of address an IP address is. `ipaddress.is_global` alone lets translations to loopback pass."""

from enum import Enum
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network


class Reach(Enum):
    """Who may be asked: anybody, a private neighbour when that is allowed, or nobody."""

    PUBLIC = "public"
    PRIVATE = "private"
    NEVER = "never"


# Loopback, RFC 1918, carrier NAT (RFC 6598) and the benchmark range that container tools borrow.
_PRIVATE_V4 = tuple(
    ip_network(text)
    for text in (
        "127.0.0.0/8",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "198.18.0.0/15",
    )
)
# RFC 6890 without the private ones, and the metadata services that sit on ordinary looking
# addresses: Alibaba 100.100.100.200, Azure 168.63.129.16.
_NEVER_V4 = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",
        "169.254.0.0/16",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "100.100.100.200/32",
        "168.63.129.16/32",
    )
)
_PRIVATE_V6 = tuple(ip_network(text) for text in ("::1/128", "fc00::/7"))
# Metadata services of AWS and Google inside the unique local range.
_METADATA_V6 = frozenset({IPv6Address("fd00:ec2::254"), IPv6Address("fd20:ce::254")})
_MAPPED = IPv6Network("::ffff:0:0/96")
_NAT64 = IPv6Network("64:ff9b::/96")
_UNICAST_V6 = IPv6Network("2000::/3")
# Protocol assignments with Teredo (2001::/23), documentation, 6to4 (carries an IPv4 address), SRv6.
_NEVER_V6 = tuple(
    ip_network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)
_V4_BITS = 0xFFFF_FFFF


def reach_of(text: str) -> Reach:
    """Classify a literal address; anything unreadable or with a zone index is NEVER."""
    try:
        address = ip_address(text)
    except ValueError:
        return Reach.NEVER
    return _reach_v4(address) if isinstance(address, IPv4Address) else _reach_v6(address)


def _reach_v4(address: IPv4Address) -> Reach:
    if any(address in network for network in _NEVER_V4):
        return Reach.NEVER
    if any(address in network for network in _PRIVATE_V4):
        return Reach.PRIVATE
    return Reach.PUBLIC if address.is_global else Reach.NEVER


def _reach_v6(address: IPv6Address) -> Reach:
    inner = IPv4Address(int(address) & _V4_BITS)
    if address.scope_id or address in _METADATA_V6:
        return Reach.NEVER
    if address in _MAPPED:
        return _reach_v4(inner)
    if any(address in network for network in _PRIVATE_V6):
        return Reach.PRIVATE
    # RFC 6052 3.1: the well-known prefix must not stand for an address that isn't global.
    public = _reach_v4(inner) is Reach.PUBLIC if address in _NAT64 else _is_plain_global(address)
    return Reach.PUBLIC if public else Reach.NEVER


def _is_plain_global(address: IPv6Address) -> bool:
    odd = any(address in network for network in _NEVER_V6)
    return address.is_global and address in _UNICAST_V6 and not odd
