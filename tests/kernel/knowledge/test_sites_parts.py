"""The parts of reading a site: addresses, patterns, robots.txt, sitemaps, links."""

import gzip
import time

import pytest

from besedka.kernel.knowledge.extraction import sitemap, sitepage
from besedka.kernel.knowledge.sites import robots
from besedka.kernel.knowledge.sites.addresses import Scope, is_trap, joined, normal
from besedka.kernel.knowledge.sites.patterns import matches, spelt


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("HTTP://Shop.Example:80/a/../b#part", "http://shop.example/b"),
        ("https://shop.example", "https://shop.example/"),
        ("https://shop.example/?utm_source=x&b=2&a=1&yclid=7", "https://shop.example/?a=1&b=2"),
        ("https://shop.example/p;jsessionid=AB12?PHPSESSID=1", "https://shop.example/p"),
        ("https://пример.рф/Цены", "https://xn--e1afmkfd.xn--p1ai/%D0%A6%D0%B5%D0%BD%D1%8B"),
        ("mailto:a@shop.example", None),
        ("javascript:alert(1)", None),
        ("https://user:secret@shop.example/", None),
        ("https://shop.example/" + "a" * 1000, None),
        ("https://[broken/", None),
        ("", None),
    ],
)
def test_address_has_one_spelling(given: str, found: str | None) -> None:
    assert normal(given) == found


def test_links_are_joined_with_where_they_stand() -> None:
    assert joined("https://a.example/x/y", "../z?b#c") == "https://a.example/z?b="
    assert joined("https://a.example/x", "//b.example/") == "https://b.example/"
    assert joined("https://a.example/x", "tel:112") is None


@pytest.mark.parametrize(
    ("address", "is_in"),
    [
        ("https://www.shop.example/docs/a", True),
        ("http://shop.example/docs/a", True),
        ("https://blog.shop.example/docs/a", False),
        ("https://shop.example:8443/docs/a", False),
        ("https://shop.example/about", False),
        ("https://shop.example/docs/old/a", False),
        ("https://shop.example/docs/a.PNG", False),
        ("https://shop.example/", True),
    ],
)
def test_scope_has_the_same_site_within_its_patterns(address: str, is_in: bool) -> None:
    scope = Scope("https://shop.example/", ["/docs/"], ["/docs/old/"])
    assert scope.has(address) is is_in


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/a/b/a/b/a/b/a/b", True), ("/" + "/".join("abcdefghijklmnopq"), True),
        ("/?a=1&b=2&c=3&d=4&e=5&f=6&g=7", True), ("/2026/11/30/news", False),
    ],
)  # fmt: skip
def test_endless_addresses_are_told(path: str, expected: bool) -> None:
    assert is_trap(f"https://shop.example{path}") is expected


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("/fish", "/fish.html", True), ("/fish", "/Fish", False), ("/fish*", "/fishheads/x", True),
        ("/*.php", "/folder/any.php.file/", True), ("/*.php$", "/x.php", True),
        ("/*.php$", "/x.php?a", False), ("/fish*.php", "/fishheads/catfish.php?x=1", True),
        ("/$", "/", True), ("/$", "/a", False), ("*", "/a", True), ("/a*b*b$", "/ab", False),
        ("/%D0%B0", "/а", True), ("/%7ejoe", "/~joe", True), ("/a%2fb", "/a/b", False),
    ],
)  # fmt: skip
def test_pattern_fits_as_in_the_rfc(pattern: str, path: str, fits: bool) -> None:
    assert matches(spelt(pattern), spelt(path)) is fits


def test_hostile_pattern_costs_one_pass() -> None:
    begins = time.perf_counter()
    assert not matches("/" + "*a" * 240 + "b$", "/" + "a" * 900)
    assert time.perf_counter() - begins < 0.1


@pytest.mark.parametrize(
    ("text", "path", "allows"),
    [
        ("", "/x", True),
        ("User-agent: *\nDisallow: /", "/x", False),
        ("User-agent: *\nDisallow: /\nAllow: /x", "/x/y", True),
        ("User-agent: *\nDisallow: /x\nAllow: /x", "/x", True),
        ("User-agent: *\nDisallow:", "/x", True),
        ("User-agent: *\nDisallow: /\n\nUser-agent: besedkabot\nDisallow: /y", "/x", True),
        ("User-agent: BesedkaBot/2\nUser-agent: other\nDisallow: /x", "/x", False),
        ("User-agent: other\nDisallow: /x", "/x", True),
        ("User-agent: BESEDKABOT\nDisallow: /a\n\nuser-agent: x\nallow: /\n\nuser-agent: besedkabot\ndisallow: /b", "/b", False),
        ("\ufeffuser-agent:*#all\r\rDISALLOW: /x # no", "/x", False),
        ("Disallow: /x", "/x", True),
        ("User-agent: *\nSitemap: https://a.example/s\nUser-agent: other\nDisallow: /x", "/x", False),
        ("User-agent: *\nDisallow: /*?sort=", "/list?sort=price", False),
        ("<html>not found</html>", "/x", True),
    ],
)  # fmt: skip
def test_robots_are_read_as_in_the_rfc(text: str, path: str, allows: bool) -> None:
    assert robots.read(text.encode()).allows(path) is allows


def test_delay_and_sitemaps_of_robots_are_read() -> None:
    found = robots.read(
        b"User-agent: *\nCrawl-delay: 2.5\nSitemap: /a.xml\n\nUser-agent: x\nCrawl-delay: 9\nSitemap: /b.xml"
    )
    assert (found.delay, found.sitemaps) == (2.5, ("/a.xml", "/b.xml"))
    assert robots.read(b"User-agent: *\nCrawl-delay: soon").delay is None


XMLNS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def test_sitemaps_of_all_forms_are_read() -> None:
    pages = f"<?xml version='1.0'?><urlset {XMLNS}><url><loc> https://a.example/1 </loc><lastmod>2026-01-02</lastmod></url><url><loc>https://a.example/2</loc></url></urlset>"
    expected = [("https://a.example/1", "2026-01-02"), ("https://a.example/2", "")]
    assert sitemap.read(pages.encode())["pages"] == expected
    assert sitemap.read(gzip.compress(pages.encode()))["pages"] == expected
    index = f"<sitemapindex {XMLNS}><sitemap><loc>https://a.example/s.xml.gz</loc></sitemap></sitemapindex>"
    assert sitemap.read(index.encode())["maps"] == ["https://a.example/s.xml.gz"]
    assert sitemap.read(b"https://a.example/1\nnonsense\n")["pages"] == [
        ("https://a.example/1", "")
    ]
    assert sitemap.read(pages[:-60].encode())["pages"] == expected[:1]


def test_hostile_sitemaps_have_no_entries() -> None:
    lol = "<!ENTITY a 'https://a.example/'>" + "".join(
        f"<!ENTITY {after} '{'&' + before + ';' * 1}{('&' + before + ';') * 9}'>"
        for before, after in zip("abcdefgh", "bcdefghi", strict=True)
    )
    bomb = f"<!DOCTYPE x [{lol}]><urlset><url><loc>&i;</loc></url></urlset>".encode()
    outside = b"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><urlset><url><loc>&e;</loc></url></urlset>"
    assert sitemap.read(bomb)["pages"] == []
    assert sitemap.read(outside)["pages"] == []
    assert sitemap.read(b"\x1f\x8b broken") == {"pages": [], "maps": []}
    assert sitemap.read(gzip.compress(b" " * (sitemap.MOST_BYTES + 10))) == {
        "pages": [],
        "maps": [],
    }


def test_page_tells_where_it_leads() -> None:
    page = """<html><head><title>Shop</title><base href="/en/"><link rel="canonical" href="/shop">
    <meta name="robots" content="NoIndex"></head><body><a href="a">A</a><a href="a">again</a>
    <a href="b" rel="nofollow ugc">B</a><a href="#top">top</a><iframe src="c"></iframe></body></html>"""
    found = sitepage.read_page(page.encode(), "https://a.example/")
    assert (found["base"], found["canonical"], found["robots"]) == ("/en/", "/shop", "noindex")
    assert (found["links"], found["title"]) == (["a", "c"], "Shop")


def test_page_without_text_still_leads_on() -> None:
    found = sitepage.read_page(
        b'<html><body><a href="/x"><img src="y"></a></body></html>', "http://a"
    )
    assert (found["text"], found["refusal"], found["links"]) == (None, "empty", ["/x"])
