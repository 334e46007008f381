"""The address rule: what may be asked, written down as addresses."""

import pytest

from besedka.core.http.address import Reach, reach_of
from besedka.core.http.errors import BadUrl, OutgoingError, RefusedAddress
from besedka.core.http.guard import Guard
from besedka.core.http.resolve import PinnedResolver
from tests.fakes.hosts import FakeResolver

REFUSED_ADDRESSES = [
    # loopback and "this host", in every spelling that a resolver understands
    "http://127.0.0.1/",
    "http://127.8.9.10/",
    "http://0.0.0.0/",
    "http://0/",
    "http://127.1/",
    "http://127.0.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.1/",
    "http://0X7F.0x0.0x0.0x1/",
    "http://017700000001/",
    "http://0177.0.0.1/",
    "http://127.0.0.1./",
    "http://①②⑦.⓪.⓪.①/",
    "http://１２７.0.0.1/",
    "http://127。0。0。1/",
    "http://127.0.0.1#@example.com/",
    "http://127.0.0.1:80/",
    "http://localhost/",
    "http://LocalHost./",
    "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/",
    "http://[::1]/",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://[::]/",
    # private networks
    "http://10.1.2.3/",
    "http://172.31.255.255/",
    "http://192.168.1.1/",
    "http://100.64.0.1/",
    "http://198.18.0.1/",
    "http://[fd12:3456::1]/",
    "http://[fec0::1]/",
    # link-local and metadata services
    "http://169.254.169.254/latest/meta-data/",
    "http://2852039166/",
    "http://0xa9fea9fe/",
    "http://[fe80::1]/",
    "http://[fd00:ec2::254]/",
    "http://[fd20:ce::254]/",
    "http://100.100.100.200/",
    "http://168.63.129.16/",
    "http://192.0.0.192/",
    # an IPv4 address inside an IPv6 one
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:a9fe:a9fe]/",
    "http://[::127.0.0.1]/",
    "http://[::ffff:0:7f00:1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://[64:ff9b:1::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[2001:0:7f00:1::]/",
    # nobody's: multicast, broadcast, reserved, documentation
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://240.0.0.1/",
    "http://192.0.2.1/",
    "http://[ff02::1]/",
    "http://[2001:db8::1]/",
    "http://[100::1]/",
    # names of the neighbourhood
    "http://db/",
    "http://redis/",
    "http://metadata.google.internal/",
    "http://printer.local/",
    "http://anything.localhost/",
    # ports of services that are no web servers
    "http://example.com:22/",
    "http://example.com:25/",
    "http://example.com:5432/",
    "http://example.com:6379/",
]

BAD_URLS = [
    "",
    "example.com",
    "//example.com/",
    "http:example.com",
    "http:/example.com",
    "http:\\\\example.com",
    "http://exa mple.com/",
    "http://example.com\r\nX: 1/",
    "http://local\u200bhost/",
    "http://example.com/a b",
    "http://\u00a0example.com/",
    "file:///etc/passwd",
    "ftp://example.com/",
    "gopher://example.com:6379/_",
    "javascript:alert(1)",
    "http://user@example.com/",
    "http://user:secret@example.com/",
    "http://example.com:80@127.0.0.1/",
    "http://example.com＠127.0.0.1/",
    "http://",
    "http:///path",
    "http://.example.com/",
    "http://example..com/",
    "http://exam%70le.com/",
    "http://${HOST}/",
    "http://example.com:0/",
    "http://example.com:65536/",
    "http://example.com:８０/",
    "http://example.com:80:80/",
    "http://1.2.3.4.5/",
    "http://256.1.1.1/",
    "http://4294967296/",
    "http://0x1ffffffff/",
    "http://08.1.1.1/",
    "http://[::1%25eth0]/",
    "http://[fe80::1%eth0]/",
    "http://[::1/",
    "http://[::1]x/",
    "http://[1.2.3.4]/",
    "http://example.com/\ud800",
    "http://" + "a" * 64 + ".com/",
    "http://example.com/" + "a" * 9000,
]

ALLOWED = {
    "https://example.com/": "example.com",
    "http://example.com:8080/path?q=1#part": "example.com",
    "https://ПРИМЕР.рф/страница": "xn--e1afmkfd.xn--p1ai",
    "https://xn--e1afmkfd.xn--p1ai/": "xn--e1afmkfd.xn--p1ai",
    "https://1.1.1.1/": "1.1.1.1",
    "http://134744072/": "8.8.8.8",
    "https://[2606:4700:4700::1111]/": "2606:4700:4700::1111",
    "http://[64:ff9b::808:808]/": "64:ff9b::808:808",
    "https://api.example.org/bot123:ABC/getMe": "api.example.org",
    "https://127.example.com/": "127.example.com",
    "https://localhost.example.com/": "localhost.example.com",
    "  https://example.com:443/  ": "example.com",
    "https://under_score.example.com/": "under_score.example.com",
}


@pytest.mark.parametrize("url", REFUSED_ADDRESSES)
def test_address_inside_or_reserved_is_refused(url: str) -> None:
    with pytest.raises(RefusedAddress) as caught:
        Guard().target(url)
    assert caught.value.permanent
    assert caught.value.code == "refused_address"


@pytest.mark.parametrize("url", BAD_URLS)
def test_unclear_url_is_refused(url: str) -> None:
    with pytest.raises(BadUrl) as caught:
        Guard().target(url)
    assert caught.value.permanent


@pytest.mark.parametrize(("url", "host"), ALLOWED.items())
def test_public_url_is_allowed_under_its_normal_host(url: str, host: str) -> None:
    target = Guard().target(url)
    assert target.host == host
    assert target.url.raw_host == host
    assert target.url.raw_fragment == ""


def test_private_setting_opens_neighbours_and_nothing_else() -> None:
    guard = Guard(allow_private=True)
    for url in (
        "http://127.0.0.1:11434/v1",
        "http://ollama:8000/",
        "http://[fd12::1]/",
        "http://10.0.0.1/",
    ):
        assert guard.target(url).port > 0
    for url in (
        "http://169.254.169.254/",
        "http://0.0.0.0/",
        "http://[fd00:ec2::254]/",
        "http://224.0.0.1/",
    ):
        with pytest.raises(RefusedAddress):
            guard.target(url)


def test_allowed_host_opens_only_itself() -> None:
    guard = Guard(allowed_hosts=frozenset({"models.lan", "cache:6379"}))
    assert guard.target("http://models.lan:8000/").host == "models.lan"
    assert guard.target("http://cache:6379/").port == 6379
    guard.check_addresses("models.lan", 8000, ["10.0.0.7"])
    for url in ("http://other.lan/", "http://cache:6380/", "http://models.lan:6379/"):
        with pytest.raises(RefusedAddress):
            guard.target(url)
    with pytest.raises(RefusedAddress):
        guard.check_addresses("models.lan", 8000, ["10.0.0.7", "169.254.169.254"])


async def test_answer_with_one_private_address_is_refused_whole() -> None:
    names = FakeResolver(
        {
            "mixed.example": [["8.8.8.8", "127.0.0.1"]],
            "six.example": [["2001:4860:4860::8888", "::1"]],
        }
    )
    resolver = PinnedResolver(Guard(), names)
    for name in ("mixed.example", "six.example"):
        with pytest.raises(RefusedAddress):
            await resolver.resolve(name, 443)


async def test_name_rebound_to_loopback_is_refused_the_second_time() -> None:
    names = FakeResolver({"rebind.example": [["8.8.8.8"], ["127.0.0.1"]]})
    resolver = PinnedResolver(Guard(), names)
    first = await resolver.resolve("rebind.example", 80)
    assert [entry["host"] for entry in first] == ["8.8.8.8"]
    with pytest.raises(RefusedAddress):
        await resolver.resolve("rebind.example", 80)


def test_error_text_tells_neither_path_nor_query() -> None:
    with pytest.raises(OutgoingError) as caught:
        Guard().target("http://127.0.0.1/secret-path?key=secret-key")
    assert "secret" not in f"{caught.value} {caught.value!r} {caught.value.params}"


@pytest.mark.parametrize(
    ("address", "reach"),
    [
        ("8.8.8.8", Reach.PUBLIC),
        ("2a00:1450::1", Reach.PUBLIC),
        ("127.0.0.1", Reach.PRIVATE),
        ("::ffff:10.0.0.1", Reach.PRIVATE),
        ("fe80::1%eth0", Reach.NEVER),
        ("not an address", Reach.NEVER),
        ("4000::1", Reach.NEVER),
    ],
)
def test_address_has_one_reach(address: str, reach: Reach) -> None:
    assert reach_of(address) is reach
