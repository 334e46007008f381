"""What providers say when they refuse, and what we make of it."""

import pytest

from besedka.kernel.llm.errors import ErrorKind
from besedka.kernel.llm.wires.failures import clean, read_problem

K = ErrorKind
REFUSALS: list[tuple[int, str, ErrorKind, bool]] = [
    (401, '{"error":{"message":"Bad key","code":"invalid_api_key"}}', K.AUTH, True),
    (401, '{"message":"Unauthorized"}', K.AUTH, True),
    (
        403,
        '{"error":{"message":"Not here","code":"unsupported_country_region_territory"}}',
        K.AUTH,
        True,
    ),
    (403, '{"error":{"message":"Your input was flagged","code":403}}', K.REFUSED, True),
    (
        402,
        '{"error":{"message":"Insufficient Balance","code":"invalid_request_error"}}',
        K.RATE_LIMIT,
        True,
    ),
    (429, '{"error":{"message":"x","type":"insufficient_quota"}}', K.RATE_LIMIT, True),
    (429, '{"error":{"message":"x","code":429}}', K.RATE_LIMIT, False),
    (429, "", K.RATE_LIMIT, False),
    (429, '{"error":{"message":"busy","type":"engine_overloaded_error"}}', K.OVERLOADED, False),
    (
        429,
        '{"error":{"message":"your current quota","status":"RESOURCE_EXHAUSTED"}}',
        K.RATE_LIMIT,
        False,
    ),
    (
        429,
        '{"error":{"message":"Rate limit: too many tokens per min, reduce the length or wait",'
        '"code":"rate_limit_exceeded"}}',
        K.RATE_LIMIT,
        False,
    ),
    (
        413,
        '{"error":{"message":"Request too large on tokens per minute","code":"rate_limit_exceeded"}}',
        K.CONTEXT_TOO_LONG,
        True,
    ),
    (400, '{"error":{"message":"x","code":"context_length_exceeded"}}', K.CONTEXT_TOO_LONG, True),
    (400, '{"error":{"message":"x","type":"exceed_context_size_error"}}', K.CONTEXT_TOO_LONG, True),
    (400, '{"detail":"prompt is too long: 9 tokens > 8 maximum"}', K.CONTEXT_TOO_LONG, True),
    (
        400,
        '{"error":{"message":"This model allows too many tokens: 9 > 8","param":"max_tokens"}}',
        K.BAD_REQUEST,
        True,
    ),
    (404, '{"error":{"message":"x","code":"model_not_found"}}', K.MODEL_NOT_FOUND, True),
    (404, '{"error":"model \'x\' not found, try pulling it first"}', K.MODEL_NOT_FOUND, True),
    (
        404,
        '{"error":{"message":"model \'x\' not found","type":"api_error"}}',
        K.MODEL_NOT_FOUND,
        True,
    ),
    (404, '{"error":{"code":"DeploymentNotFound","message":"x"}}', K.MODEL_NOT_FOUND, True),
    (400, '{"error":{"message":"x is not a valid model ID","code":400}}', K.MODEL_NOT_FOUND, True),
    (404, '{"detail":"Not Found"}', K.BAD_REQUEST, True),
    (404, "<html><body><h1>404</h1></body></html>", K.BAD_REQUEST, True),
    (
        400,
        '{"error":{"message":"filtered","code":null,"innererror":{"code":"ResponsibleAIPolicyViolation"}}}',
        K.REFUSED,
        True,
    ),
    (400, '{"error":{"code":"data_inspection_failed","message":"x"}}', K.REFUSED, True),
    (422, '{"detail":[{"loc":["body","n"],"msg":"too many"}]}', K.BAD_REQUEST, True),
    (400, '{"error":{"message":"no such field"}}', K.BAD_REQUEST, True),
    (301, "", K.UNKNOWN, True),
    (500, '{"error":{"message":"x","type":"server_error"}}', K.OVERLOADED, False),
    (502, "<html><title>502 Bad Gateway</title></html>", K.OVERLOADED, False),
    (503, "upstream connect error", K.OVERLOADED, False),
    (
        529,
        '{"type":"error","error":{"type":"overloaded_error","message":"x"}}',
        K.OVERLOADED,
        False,
    ),
    (200, '{"error":{"code":503,"message":"x"}}', K.OVERLOADED, False),
    (200, '{"error":{"code":"429","message":"x"}}', K.RATE_LIMIT, False),
    (200, '{"error":{"message":"x","type":"invalid_request_error"}}', K.BAD_REQUEST, True),
]


@pytest.mark.parametrize(("status", "body", "kind", "permanent"), REFUSALS)
def test_refusal_has_its_class(status: int, body: str, kind: ErrorKind, permanent: bool) -> None:
    error = read_problem(status, body.encode()).to_error()
    assert error.kind is kind
    assert error.permanent is permanent


@pytest.mark.parametrize(
    ("headers", "message", "seconds"),
    [
        ({"Retry-After": "7"}, "", 7),
        ({"Retry-After": "0.5"}, "", 0.5),
        ({"retry-after-ms": "250", "Retry-After": "9"}, "", 0.25),
        (
            {
                "Retry-After": "Fri, 20 Nov 2026 10:00:30 GMT",
                "Date": "Fri, 20 Nov 2026 10:00:00 GMT",
            },
            "",
            30,
        ),
        ({"Retry-After": "Fri, 20 Nov 2026 10:00:30 GMT"}, "", None),
        ({"Retry-After": "soon"}, "", None),
        ({"Retry-After": "-5"}, "", None),
        ({}, "Please try again in 20ms.", 0.02),
        ({}, "Please try again in 1.5s. Visit", 1.5),
        ({}, "Please try again in 6m0s.", 360),
        ({}, "Please try again in 1h2m3s.", 3723),
        ({}, "Please try again in a while.", None),
    ],
)
def test_wait_is_read_from_headers_and_words(
    headers: dict[str, str], message: str, seconds: float | None
) -> None:
    body = f'{{"error":{{"message":"{message}"}}}}'.encode()
    assert read_problem(429, body, headers=headers).to_error().retry_after == seconds


def test_wait_is_read_from_retry_info() -> None:
    body = b'{"error":{"status":"RESOURCE_EXHAUSTED","details":[{"retryDelay":"23.5s"}]}}'
    assert read_problem(429, body).to_error().retry_after == 23.5


@pytest.mark.parametrize(
    "key",
    [
        "sk-proj-abc_DEF-123",
        "sk-ab****yz",
        "gsk_0123456789",
        "AIzaSyA-0123456789",
        "t1.9euelZqabc",
        "Bearer qwertyuiop",
    ],
)
def test_what_looks_like_a_key_is_blotted_out(key: str) -> None:
    assert clean(f"Incorrect API key provided: {key} .") == "Incorrect API key provided: *** ."


def test_detail_is_one_short_line_without_the_secret() -> None:
    assert clean("a\n  b my-own-key" + "c" * 1000, ["my-own-key"])[:10] == "a b ***ccc"
    assert len(clean("x" * 1000)) == 500
