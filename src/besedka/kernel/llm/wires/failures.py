"""From a provider's refusal to one of our errors: by its codes, its words, its status, in this order."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Final

from besedka.core.http.errors import OutgoingError
from besedka.kernel.llm import errors
from besedka.kernel.llm.errors import LlmError
from besedka.kernel.llm.wires.shape import items, mapping, whole, words

_DETAIL_CHARS = 500
_KEY_LIKE = re.compile(
    r"\b(?:sk|pk|rk|gsk|xai|hf|key)[-_][\w*.\-]{4,}|\b(?:AIza|AQVN|eyJ|y0_|t1\.)[\w*.\-]{6,}"
    r"|\b(?:Bearer|Api-Key)\s+\S{6,}",
    re.IGNORECASE,
)
_TAG = re.compile(r"<(?:style|script)\b.*?</(?:style|script)>|<[^>]*>", re.DOTALL | re.IGNORECASE)
_HTTP_ERRORS = range(400, 600)

_BY_CODE: Final[Mapping[type[LlmError], str]] = {
    errors.QuotaExhausted: "insufficient_quota insufficient_balance insufficient_credits arrearage"
    " quota_exceeded billing_hard_limit_reached billing_not_active account_quota_exceeded",
    errors.ContextTooLong: "context_length_exceeded context_window_exceeded tokens_limit_reached"
    " exceed_context_size_error context_too_long string_above_max_length request_too_large",
    errors.ModelNotFound: "model_not_found modelnotfound model_not_exist model_not_available"
    " invalid_model unknown_model deploymentnotfound model_decommissioned model_terms_required",
    errors.Refused: "content_filter content_filtered contentfilter content_policy_violation sensitive"
    " responsibleaipolicyviolation data_inspection_failed datainspectionfailed moderation_blocked"
    " content_blocked safety prohibited_content",
    errors.AuthFailed: "invalid_api_key invalidapikey missing_api_key authentication_error"
    " invalid_authentication invalid_authentication_error unauthorized unauthenticated"
    " permission_denied permission_error access_denied accessdenied account_deactivated"
    " unsupported_country_region_territory api_key_invalid invalid_token",
    errors.RateLimit: "rate_limit_exceeded rate_limit_error rate_limited ratelimit ratelimited"
    " too_many_requests toomanyrequests resource_exhausted throttling throttlingexception"
    " requests tokens",
    errors.Overloaded: "overloaded overloaded_error engine_overloaded engine_overloaded_error"
    " server_overloaded server_error internal_server_error internal_error internalservererror"
    " internal unavailable service_unavailable service_unavailable_error serviceunavailable"
    " timeout timeout_error deadline_exceeded capacity_exceeded network_error"
    " insufficient_system_resource",
}
_CODES = {code: kind for kind, codes in _BY_CODE.items() for code in codes.split()}

_TOO_LONG = re.compile(
    r"maximum context|context[ _-]?(?:length|window|size|limit)|too many (?:input |prompt )?tokens"
    r"|prompt (?:is )?too (?:long|large)|input (?:is )?too (?:long|large)|request (?:is )?too large"
    r"|reduce (?:the (?:length|number)|your (?:message|prompt|input))"
    r"|number of (?:input |prompt )?tokens|(?:exceed|longer than).{0,60}tokens"
)
_PER_TIME = re.compile(r"per[ -]?(?:second|minute|min|hour|day)|rate limit")
_BY_WORDS: Sequence[tuple[type[LlmError], re.Pattern[str]]] = (
    (
        errors.QuotaExhausted,
        re.compile(
            r"insufficient (?:quota|balance|credit|fund)|current quota|billing|credit balance"
            r"|(?:out of|add more|requires more|not enough) credit|payment required"
        ),
    ),
    (
        errors.RateLimit,
        re.compile(r"rate.?limit|too many requests|temporarily rate|try again in \d"),
    ),
    (
        errors.Refused,
        re.compile(
            r"content (?:management )?polic|content.?filter|safety (?:system|setting|guideline)"
            r"|flagged|moderation|inappropriate|violat\w*.{0,30}polic|usage polic"
        ),
    ),
    (
        errors.ModelNotFound,
        re.compile(
            r"(?:model|deployment)\b.{0,80}(?:not found|(?:not|n't) exist|not available|decommissioned"
            r"|not a valid|no longer)|(?:no such|unknown|invalid|unsupported) model"
            r"|not a valid model|no endpoints found|try pulling"
        ),
    ),
    (
        errors.AuthFailed,
        re.compile(r"(?:invalid|incorrect|missing|no) (?:api[ _-]?key|token|credential|authent)"),
    ),
    (
        errors.AuthFailed,
        re.compile(
            r"api[ _-]?key (?:not valid|is invalid|expired)|unauthori[sz]ed"
            r"|(?:location|country|region) is not supported"
        ),
    ),
    (
        errors.Overloaded,
        re.compile(
            r"overloaded|temporarily unavailable|service unavailable|(?:at|over) capacity"
            r"|server (?:had an )?error|internal (?:server )?error|bad gateway|time(?:d)?[ -]?out"
        ),
    ),
)
_BY_STATUS: Final[Mapping[int, type[LlmError]]] = {
    401: errors.AuthFailed,
    402: errors.QuotaExhausted,
    403: errors.AuthFailed,
    404: errors.ModelNotFound,
    408: errors.Overloaded,
    409: errors.Overloaded,
    413: errors.ContextTooLong,
    425: errors.Overloaded,
    429: errors.RateLimit,
    451: errors.Refused,
    498: errors.Overloaded,
    501: errors.BadRequest,
}
_FIRST_ERROR, _FIRST_SERVER_ERROR = 400, 500
_OUTPUT_LIMITS = frozenset({"max_tokens", "max_completion_tokens", "max_output_tokens"})


@dataclass(frozen=True, slots=True)
class Problem:
    """What a provider said about a failure, taken apart."""

    status: int
    codes: tuple[str, ...]
    message: str
    param: str = ""
    structured: bool = True
    retry_after: float | None = None

    def to_error(self, secrets: Sequence[str] = ()) -> LlmError:
        """Return the error of the right class; `secrets` are blotted out of its text."""
        kind = _class_of(self)
        return kind(
            clean(self.message, secrets), provider_status=self.status, retry_after=self.retry_after
        )


def read_problem(
    status: int, body: bytes | object, *, headers: Mapping[str, str] | None = None
) -> Problem:
    """Take an error answer apart: JSON of many shapes, HTML of a proxy, plain text, or nothing."""
    parsed = _parsed(body) if isinstance(body, bytes) else body
    node, structured = _error_node(parsed)
    message = _message_of(node) if node else _plain(parsed)
    codes = tuple(code.lower() for code in _codes_of(node))
    numbers = [number for code in codes if (number := whole(code)) in _HTTP_ERRORS]
    return Problem(
        status=status if status in _HTTP_ERRORS or not numbers else numbers[0] or status,
        codes=codes,
        message=message,
        param=words(node.get("param")),
        structured=structured,
        retry_after=_wait_from_headers(headers or {}) or _wait_from_text(message, node),
    )


def from_outgoing(error: OutgoingError) -> LlmError:
    """Return our error for a failure on the way."""
    kind = errors.ProviderRefusedAddress if error.permanent else errors.ProviderUnreachable
    return kind(str(error))


def clean(text: str, secrets: Sequence[str] = ()) -> str:
    """Return one short line without anything that looks like a key."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, "***")
    return _KEY_LIKE.sub("***", " ".join(text.split()))[:_DETAIL_CHARS]


def _class_of(problem: Problem) -> type[LlmError]:
    said = problem.message.lower()
    if _is_too_long(problem, said):
        return errors.ContextTooLong
    for code in problem.codes:
        if code in _CODES:
            return _CODES[code]
    for kind, pattern in _BY_WORDS:
        if pattern.search(said):
            return kind
    return _class_of_status(problem)


def _is_too_long(problem: Problem, said: str) -> bool:
    if problem.param in _OUTPUT_LIMITS or not _TOO_LONG.search(said):
        return False
    # "Request too large for the minute's tokens" never fits; "too many tokens this minute" will.
    return "too large" in said or not _PER_TIME.search(said)


def _class_of_status(problem: Problem) -> type[LlmError]:
    status = problem.status
    if status == 404 and not problem.structured:
        return errors.BadRequest  # a wrong path, not a wrong model
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status >= _FIRST_SERVER_ERROR:
        return errors.Overloaded
    if status >= _FIRST_ERROR or "invalid_request_error" in problem.codes:
        return errors.BadRequest
    return errors.Overloaded if "api_error" in problem.codes else errors.UnknownFailure


def _parsed(body: bytes) -> object:
    text = body.decode("utf-8", "replace")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _error_node(parsed: object) -> tuple[Mapping[str, object], bool]:
    """Find the object that describes the error, and say whether it was marked as one."""
    outer = mapping(parsed[0] if isinstance(parsed, list) and parsed else parsed)
    for inner in (outer.get("error"), *items(outer.get("errors"))[:1]):
        if isinstance(inner, str) and inner:
            return {**outer, "message": inner}, True
        if mapping(inner):
            return mapping(inner), True
    marked = words(outer.get("object")) == "error" or "code" in outer
    return outer, marked


def _message_of(node: Mapping[str, object]) -> str:
    parts = [_said(node.get(key)) for key in ("message", "detail", "msg", "error_description")]
    raw = words(mapping(node.get("metadata")).get("raw"))
    return ": ".join(part for part in (*parts, raw) if part)


def _said(value: object) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) and value else ""


def _plain(parsed: object) -> str:
    return _TAG.sub(" ", parsed) if isinstance(parsed, str) else ""


def _codes_of(node: Mapping[str, object]) -> Iterator[str]:
    inner = mapping(node.get("innererror"))
    places = [node, inner, *map(mapping, items(node.get("details")))]
    for place in places:
        for key in ("code", "type", "status", "status_code", "reason", "httpCode"):
            value = place.get(key)
            if isinstance(value, str | int):
                yield str(value)


def _wait_from_headers(headers: Mapping[str, str]) -> float | None:
    """Seconds of Retry-After (RFC 9110 10.2.3); a date counts from the answer's own Date."""
    if (milliseconds := _seconds(headers.get("retry-after-ms", ""))) is not None:
        return milliseconds / 1000
    said = headers.get("Retry-After", "")
    if (seconds := _seconds(said)) is not None:
        return seconds
    try:
        until = parsedate_to_datetime(said)
        return max(0.0, (until - parsedate_to_datetime(headers.get("Date", ""))).total_seconds())
    except (ValueError, TypeError):
        return None


def _seconds(text: str) -> float | None:
    found = re.fullmatch(r"\s*(\d{1,9}(?:\.\d*)?)\s*", text, re.ASCII)
    return float(found[1]) if found else None


def _wait_from_text(message: str, node: Mapping[str, object]) -> float | None:
    for detail in map(mapping, items(node.get("details"))):
        if found := re.fullmatch(r"(\d+(?:\.\d+)?)s", words(detail.get("retryDelay")), re.ASCII):
            return float(found[1])
    found = re.search(r"try again in (?:(\d+)h)?(?:(\d+)m(?!s))?(?:([\d.]+)(ms|s))?", message)
    if found is None or not any(found.groups()):
        return None
    hours, minutes, rest, unit = found.groups()
    seconds = _seconds((rest or "0").rstrip(".")) or 0.0
    return int(hours or 0) * 3600 + int(minutes or 0) * 60 + seconds / (1000 if unit == "ms" else 1)
