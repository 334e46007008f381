"""Structured logs from an allow-list of shapes; what looks like a secret is never written."""

import logging
import re
import sys
from collections.abc import MutableMapping

import structlog

from besedka.core.config import Settings

HIDDEN = "[hidden]"
_SECRET_NAMES = re.compile(
    r"(password|secret|token|api_?key|authorization|cookie|csrf|ticket)", re.IGNORECASE
)
_SECRET_VALUES = re.compile(
    r"(sk-[A-Za-z0-9_-]{8,}|Bearer\s+[A-Za-z0-9._~+/=-]{8,}|eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+"
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@))"
)
# A start that failed for a reason of ours, as the server logs it: the reason is a sentence, and says how to mend it.
_FAILED_START = re.compile(
    r"\ATraceback \(most recent call last\):\n.*\nbesedka\.[\w.]+: (?P<reason>[^\n]+)\s*\Z",
    re.DOTALL,
)
_LONGEST = 4000

EventDict = MutableMapping[str, object]


def redact(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Hide values under secret-looking names, and secret-looking parts of other values."""
    for key, value in event.items():
        if _SECRET_NAMES.search(key):
            event[key] = HIDDEN
        elif isinstance(value, str):
            event[key] = _SECRET_VALUES.sub(HIDDEN, value)[:_LONGEST]
    return event


class _Redacted(logging.Filter):
    """The same for records of the standard library's loggers."""

    def filter(self, record: logging.LogRecord) -> bool:
        text = _SECRET_VALUES.sub(HIDDEN, record.getMessage())
        if failed := _FAILED_START.match(text):
            text = failed["reason"]
        record.msg, record.args = text, ()
        return True


def set_level(name: str) -> None:
    """Log from another level on, in this process, at once."""
    level = logging.getLevelNamesMapping()[name.upper()]
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(level))
    logging.getLogger().setLevel(max(level, logging.WARNING))


def set_up(settings: Settings) -> None:
    """Configure structlog and the standard library's loggers alike."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    console = settings.log_format == "console" or (
        settings.log_format == "auto" and sys.stderr.isatty()
    )
    tail: tuple[structlog.typing.Processor, ...] = (
        (structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),)
        if console
        else (
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        )
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            redact,
            *tail,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_Redacted())
    # Under another command than ours the server logs its own way.
    logging.getLogger("uvicorn.error").addFilter(_Redacted())
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(handlers=[handler], level=max(level, logging.WARNING), force=True)
