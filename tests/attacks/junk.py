"""What nobody sane sends: values, bodies, content types; and strings that are odd but have to be kept as they are."""

import json
from collections.abc import Iterator, Mapping

VALUES: Mapping[str, object] = {
    "nothing": None,
    "truth": True,
    "zero": 0,
    "minus": -1,
    "beyond 32 bits": 2**31,
    "beyond 64 bits": 2**63,
    "a hundred digits": 10**100,
    "a fraction": 0.1,
    "beyond floats": 1e308,
    "no text": "",
    "blanks": " \t\r\n\u00a0\u3000",
    "NUL": "a\x00b",
    "half a pair": "a\ud800b",
    "the other half": "\udfff",
    "controls": "".join(map(chr, range(1, 32))),
    "100 KB": "x" * 100_000,
    "100 KB of wide letters": "\U0001f9ff" * 25_000,
    "a quote": "'; DROP TABLE message; --",
    "a pattern": "%_\\%",
    "an id": "00000000-0000-7000-8000-000000000000",
    "an id in braces": "{01A1FA84-8141-74F7-A4D7-EDA242CDD1B9}",
    "a format": "{0.__class__} %s %n ${x} {{7*7}}",
    "no list": [],
    "a list": ["a", 1, None, {}],
    "many": ["x"] * 5_000,
    "no object": {},
    "an operator": {"$ne": None, "__proto__": {"a": 1}},
    "a well": json.loads("[" * 200 + "]" * 200),
    "a shaft": json.loads('{"a":' * 200 + "1" + "}" * 200),
}
"""Instead of a value."""

BODIES: Mapping[str, bytes] = {
    "nothing": b"",
    "null": b"null",
    "a list": b"[]",
    "a text": b'"x"',
    "a number": b"7",
    "half": b'{"a": ',
    "two": b"{} {}",
    "no UTF-8": b'{"a": "\xff\xfe"}',
    "a surrogate in UTF-8": b'{"a": "\xed\xa0\x80"}',
    "a mark": b"\xef\xbb\xbf{}",
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "not a number": b'{"a": NaN, "b": -Infinity, "c": 1e999}',
    "9,000 digits": b'{"a": ' + b"9" * 9_000 + b"}",
    "a well": b"[" * 100_000,
    "a shaft": b'{"a":' * 50_000,
    "twice the same": b'{"body": "a", "body": "b", "name": 1, "name": 2}',
    "100,000 fields": b"{" + b",".join(b'"f%d":0' % n for n in range(100_000)) + b"}",
    "markup": b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>",
}  # fmt: skip
"""Instead of a body."""

TYPES = (
    "", "text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data",
    "multipart/form-data; boundary=", "multipart/form-data; boundary=x", "application/json; charset=utf-16",
    "application/json; charset=nonsense", "application/merge-patch+json", "a/b; c", "\u00ff/\u00ff",
)  # fmt: skip
"""Instead of `application/json`."""

WORDS = (
    "%00", "a%00b", "%ff", "%ED%A0%80", "%C0%AE%C0%AE%2F", "..%2f..%2fetc%2fpasswd", "%2e%2e", "%20", "%0d%0aX:%201",
    "'", "%22", "%25", "-1", "0", "99999999999999999999", "1e9", "NaN", "0x10", "true", "null", "undefined", "*",
    "a" * 3_000, "%F0%9F%A7%BF", "%E2%80%AE", "00000000-0000-7000-8000-00000000000g",
    "%7B01A1FA84-8141-74F7-A4D7-EDA242CDD1B9%7D", "urn:uuid:01a1fa84-8141-74f7-a4d7-eda242cdd1b9",
    "01A1FA84814174F7A4D7EDA242CDD1B9", "2026-01-01T00:00:00+00:00~x", "infinity~00000000-0000-7000-8000-000000000000",
    "0001-01-01T00:00:00%2B14:00~00000000-0000-7000-8000-000000000000",
    "9999-12-31T23:59:59-14:00~00000000-0000-7000-8000-000000000000",
    "2026-01-01T00:00:00~00000000-0000-7000-8000-000000000000",
)  # fmt: skip
"""In a path or a query, percent-encoded already."""

KEPT = (
    "0", "-", ".", "\\", "null", "None", "undefined", "true", "NaN", "1e1000", "0x0", "'", '"', "`", "''''",
    "a'b\"c`d", "{{ 7*7 }}", "{% raw %}", "${7*7}", "#{7*7}", "<%= 7*7 %>", "%s%n%x", "{0}{name}", "$HOME", "`id`",
    "&lt;b&gt;", "&amp;amp;", "<b>bold</b>", "<!-- -->", "]]>", "*stars* _lines_ ~tildes~", "# no heading", "[a](b)",
    "1. one", "- one", "> said", "```", "\u0410\u0411\u0412 \u0451\u0401 \u0439 \u0438\u0306", "\u0645\u0631\u062d\u0628\u0627 \u05e9\u05dc\u05d5\u05dd",
    "\u202eback\u202c", "\u2066inside\u2069", "a\u200bb\u200dc\ufeffd", "\u0301combining first", "e\u0301 is not \u00e9",
    "Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034fA\u0334\u0319\u0324\u031e\u0349\u035aL\u033f", "\U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 \U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "\U00020bb7\u91ce\u5bb6 \u4e2d\u6587 \ud55c\uad6d\uc5b4 \u0e44\u0e17\u0e22", "\ufdfa \ufffd \ufffe \U0010ffff", "\u0130\u0131\u015f \u00df \u1e9e", "\u00b9\u2460\u216b\uff11",
    "a\u2028b\u2029c\u0085d", "=1+1", "@SUM(A1)", "+7 900 000-00-00", "a\tb", "con", "aux.txt", "../../etc/passwd",
    "x" * 70, "https://example.com/?a=b&c=d#e", "mailto:a@b.example", "--; DROP TABLE message", "1 OR 1=1", "admin'--",
)  # fmt: skip
"""Odd strings without blanks at their ends: whoever stores them gives them back unchanged."""


def spoiled(body: Mapping[str, object]) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Yield bodies with one value replaced, one field missing, or one too many."""
    for name in body:
        for kind, value in VALUES.items():
            yield f"{name} is {kind}", {**body, name: value}
        yield f"{name} is missing", {k: v for k, v in body.items() if k != name}
    yield "one too many", {**body, "is_admin": True}
