"""Where a request comes from, when it passed proxies."""

import pytest

from besedka.core.security.proxies import caller_address


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "expected"),
    [
        ("203.0.113.9", ["198.51.100.1"], ("10.0.0.1",), "203.0.113.9"),
        ("10.0.0.1", ["198.51.100.1"], ("10.0.0.1",), "198.51.100.1"),
        ("10.0.0.1", ["1.1.1.1, 198.51.100.1"], ("10.0.0.1",), "198.51.100.1"),
        ("10.0.0.1", ["1.1.1.1", "198.51.100.1, 10.0.0.2"], ("10.0.0.0/8",), "198.51.100.1"),
        ("10.0.0.1", [], ("10.0.0.0/8",), "10.0.0.1"),
        ("10.0.0.1", [""], ("10.0.0.0/8",), "10.0.0.1"),
        ("10.0.0.1", ["rubbish"], ("10.0.0.0/8",), "rubbish"),
        ("unix", ["198.51.100.1"], ("unix",), "198.51.100.1"),
        ("fd00::1", ["2001:db8::7"], ("fd00::/8",), "2001:db8::7"),
    ],
)
def test_forwarded_request_comes_from_the_nearest_stranger(
    peer: str, forwarded: list[str], trusted: tuple[str, ...], expected: str
) -> None:
    assert caller_address(peer, forwarded, trusted=trusted) == expected
