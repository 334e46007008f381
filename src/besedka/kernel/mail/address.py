"""E-mail addresses as a header and a mail server may see them."""

import re
from urllib.parse import unquote, urlsplit

from besedka.kernel.mail.errors import BadAddress, BadMailServer
from besedka.kernel.mail.types import MailServer, Security

LONGEST = 254
"""RFC 5321 4.5.3.1.3: a path has at most 256 octets, brackets included."""
_ADDRESS = re.compile(
    r"(?P<local>[^\s@<>()\[\]\\,;:\"\x00-\x1f\x7f-\x9f]{1,64})@(?P<domain>[^\s@<>()\[\]\\,;:\"\x00-\x1f\x7f-\x9f]{1,253})"
)
_PORTS = {"smtp": 587, "smtps": 465}


def checked(address: str) -> str:
    """Return an address with its domain in ASCII. Raises BadAddress."""
    found = _ADDRESS.fullmatch(address)
    if found is None or len(address) > LONGEST:
        raise BadAddress
    try:
        domain = found["domain"].encode("idna").decode()
    except UnicodeError:
        raise BadAddress from None
    return f"{found['local']}@{domain}"


def server_of(url: str, *, sender: str) -> MailServer:
    """Read `smtp://user:password@host:port` or `smtps://…`. Raises BadMailServer.

    `smtp` upgrades with STARTTLS when there is a password to protect; `smtp` without one stays plain.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise BadMailServer(reason="port") from None
    if parts.scheme not in _PORTS:
        raise BadMailServer(reason="scheme")
    if not parts.hostname:
        raise BadMailServer(reason="host")
    username = unquote(parts.username or "")
    opportunistic = Security.STARTTLS if username else Security.PLAIN
    return MailServer(
        host=parts.hostname, port=port or _PORTS[parts.scheme],
        security=Security.TLS if parts.scheme == "smtps" else opportunistic,
        username=username, password=unquote(parts.password or ""), sender=sender,
    )  # fmt: skip
