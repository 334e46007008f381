"""Which addresses a client may ask for. Nothing here touches the network."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from yarl import URL

from besedka.core.http.address import Reach, reach_of
from besedka.core.http.errors import BadUrl, RefusedAddress
from besedka.core.http.host import is_address, normal_host

_MAX_URL = 8192
_URL = re.compile(
    r"(?P<scheme>https?)://(?P<authority>[^/?#]*)(?P<rest>.*)", re.IGNORECASE | re.DOTALL
)
_AUTHORITY = re.compile(r"(?P<host>\[[^\]]*\]|[^:\[\]]+)(?::(?P<port>[0-9]{0,5}))?")
# Readers of URLs disagree about all of these; none has a place in an honest one.
_SUSPICIOUS = re.compile(r"[\x00-\x20\x7f-\xa0\\]|\s")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_LOW_PORTS = frozenset(_DEFAULT_PORTS.values())
_FIRST_FREE_PORT = 1024
_LAST_PORT = 65535
# Databases, queues, remote control and mail: a POST must not speak to them, not even by mistake.
_SERVICE_PORTS = frozenset(
    {1433, 1521, 2049, 2375, 2376, 2379, 2380, 3306, 3389, 4369, 5060, 5061, 5432, 5672, 5900, 5984}
    | {6000, 6379, 6432, 6443, 6566, 6665, 6666, 6667, 6668, 6669, 6697, 9042, 9092, 9200, 9300}
    | {10080, 10250, 11211, 15672, 25672, 26379, 27017, 27018, 27019, 50000, 61616}
)
_PRIVATE_SUFFIXES = (
    ".localhost",
    ".localdomain",
    ".local",
    ".internal",
    ".intranet",
    ".private",
    ".corp",
    ".home",
    ".lan",
    ".home.arpa",
)


@dataclass(frozen=True, slots=True)
class Target:
    """A checked URL: `host` is normal, and the request goes to exactly this `url`."""

    url: URL
    host: str
    port: int

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port: what headers of a caller are meant for."""
        return self.url.scheme, self.host, self.port


@dataclass(frozen=True, slots=True)
class Guard:
    """The address rule of one client.

    `allow_private` opens loopback, private and local names. `allowed_hosts` opens the same for the
    named hosts only, as `name` or `name:port`; with a port given even that of a known service.
    Link-local, multicast, reserved and metadata addresses stay closed in every case.
    """

    allow_private: bool = False
    allowed_hosts: frozenset[str] = frozenset()

    def target(self, url: str) -> Target:
        """Read a URL and check all that can be checked without asking a name server.

        Raises BadUrl or RefusedAddress.
        """
        target = _read(url.strip())
        self._check_port(target)
        if is_address(target.host):
            self.check_addresses(target.host, target.port, [target.host])
        elif _is_private_name(target.host) and not self._may_be_private(target.host, target.port):
            raise RefusedAddress(host=target.host, reason="private name")
        return target

    def check_addresses(self, host: str, port: int, addresses: Sequence[str]) -> None:
        """Refuse a host if any of its addresses is refused: a mixed answer is an attack or a mistake."""
        private = self._may_be_private(host, port)
        for address in addresses:
            reach = reach_of(address)
            if reach is Reach.NEVER or (reach is Reach.PRIVATE and not private):
                raise RefusedAddress(host=host, reason=f"{reach.value} address")

    def _may_be_private(self, host: str, port: int) -> bool:
        return self.allow_private or not self.allowed_hosts.isdisjoint({host, f"{host}:{port}"})

    def _check_port(self, target: Target) -> None:
        port = target.port
        usual = port in _LOW_PORTS or (port >= _FIRST_FREE_PORT and port not in _SERVICE_PORTS)
        if not usual and f"{target.host}:{port}" not in self.allowed_hosts:
            raise RefusedAddress(host=target.host, reason="port")


def _read(text: str) -> Target:
    if len(text) > _MAX_URL or _SUSPICIOUS.search(text) or not _is_unicode(text):
        raise BadUrl(reason="characters")
    parts = _URL.fullmatch(text)
    if parts is None:
        raise BadUrl(reason="scheme")
    if "@" in parts["authority"]:
        raise BadUrl(reason="user name")
    place = _AUTHORITY.fullmatch(parts["authority"])
    if place is None:
        raise BadUrl(reason="host")
    scheme = parts["scheme"].lower()
    port = int(place["port"] or _DEFAULT_PORTS[scheme])
    if not 0 < port <= _LAST_PORT:
        raise BadUrl(reason="port")
    host = normal_host(place["host"])
    return Target(url=_build(scheme, host, port, parts["rest"]), host=host, port=port)


def _build(scheme: str, host: str, port: int, rest: str) -> URL:
    """Build the URL anew around the normal host, so that no second reader sees another host."""
    shown = f"[{host}]" if ":" in host else host
    try:
        url = URL(f"{scheme}://{shown}:{port}{rest}").with_fragment(None)
    except ValueError:
        raise BadUrl(reason="path") from None
    if url.raw_host != host or url.port != port or url.user is not None:
        raise BadUrl(reason="host")
    return url


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_private_name(host: str) -> bool:
    return "." not in host or host.endswith(_PRIVATE_SUFFIXES)
