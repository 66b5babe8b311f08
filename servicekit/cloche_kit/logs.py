"""Structured logs on stderr, each line with the trace, evaluation, attempt, tenant and request that it belongs to.

What looks like a secret is covered before it is written, whoever let it get into a message: passwords in URLs, API
keys, bearer tokens. What programs write is never logged.
"""

import logging
import re
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any, Literal

import structlog
from cloche_schemas.access import API_KEY
from opentelemetry import trace
from structlog.stdlib import BoundLogger
from structlog.typing import Processor

_API_KEY = re.compile(API_KEY)
_KEY_INSTEAD = r"cloche_\1_…"
LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}


# The user of a URL and the id of a key say whose it was; the rest is covered.
_SECRETS = (
    (re.compile(r"(://[^/\s:@]*):[^@\s/]+@"), r"\1:***@"),
    (_API_KEY, _KEY_INSTEAD),
    (re.compile(r"([Bb]earer)\s+[A-Za-z0-9._~+/=-]{12,}"), r"\1 ***"),
)


def configure_logs(
    service: str, *, format_: Literal["json", "console"] = "json", level: str = "info"
) -> None:
    """Send structlog's and the standard library's records through one chain of processors to stderr."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_trace,
        structlog.processors.format_exc_info,
        _cover,
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer()
        if format_ == "json"
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(),
            pad_event_to=32,
            # The default shows the values of local variables: secrets and programs among them.
            exception_formatter=structlog.dev.plain_traceback,
        )
    )
    if format_ == "console":
        shared.remove(structlog.processors.format_exc_info)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                renderer,
                _without_keys,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(LEVELS[level])
    # Libraries that narrate every call at INFO.
    for noisy in ("botocore", "aiobotocore", "urllib3", "httpx2", "uvicorn", "docker"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.contextvars.bind_contextvars(service=service)


def get_logger(name: str) -> BoundLogger:
    """The logger of a module."""
    logger: BoundLogger = structlog.stdlib.get_logger(name)
    return logger


@contextmanager
def about(**ids: object) -> Iterator[None]:
    """Every line logged inside carries these ids: ``with about(evaluation=…, attempt=…):``."""
    with structlog.contextvars.bound_contextvars(**ids):
        yield


def know(**ids: object) -> None:
    """Every further line of this request or task carries these ids, until they are forgotten."""
    structlog.contextvars.bind_contextvars(**ids)


def forget(*names: str) -> None:
    structlog.contextvars.unbind_contextvars(*names)


def covered(text: str) -> str:
    """`text` without what looks like a secret. Of an API key that somebody pasted into a path, say, the id is left."""
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text


def _cover(
    _logger: Any, _method: str, record: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    for key, value in record.items():
        if isinstance(value, str):
            record[key] = covered(value)
    return record


def _without_keys(_logger: Any, _method: str, line: Any) -> Any:
    """Also of what is no text until it is written."""
    return _API_KEY.sub(_KEY_INSTEAD, line) if isinstance(line, str) else line


def _add_trace(
    _logger: Any, _method: str, record: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        record["trace_id"] = trace.format_trace_id(context.trace_id)
        record["span_id"] = trace.format_span_id(context.span_id)
    return record
