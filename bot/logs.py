"""Structured logs that can't hold a person: only fields from a list, and of other libraries only who and what kind.

A text, a name, a number or a token never reaches a log line, whatever a library puts into its messages or tracebacks.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, Final

import structlog

ALLOWED: Final = frozenset(
    """
    event level timestamp logger account accounts practice practices kind error place reason state role channel outcome
    messages message subscriber count seconds epoch task path arrived what findings file line version host port url
    address workers signal problem retries database revision clock attempt lane route status held bytes duration
    bodies inbound answers events records people proofs looks waiting copies
    """.split()
)
"""Field names that may be logged. Ids of rows are numbers of ours, not of a person."""

_NOISY: Final = ("httpx", "httpcore", "telegram", "aiohttp", "apscheduler", "uvicorn.access", "asyncio", "alembic")


def configure(level: str, *, as_json: bool) -> None:
    """Sends our own events, and what other libraries warn of, to standard error. Call once, before anything starts."""
    shared: list[structlog.types.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _allowed_fields_only,
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=28)
    )
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers = [_OthersHandler()]
    root.setLevel(logging.WARNING)
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.ERROR)


def _allowed_fields_only(_: Any, __: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A field that nobody put on the list is left out, and its name is told so that it is noticed."""
    left_out = sorted(name for name in fields if name not in ALLOWED)
    for name in left_out:
        del fields[name]
    if left_out:
        fields["problem"] = f"fields left out: {', '.join(left_out)}"
    return fields


class _OthersHandler(logging.Handler):
    """What another library logs: its name and the kind of error; its message may hold a URL with a token in it."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else ""
        place = f"{record.module}:{record.lineno}"
        structlog.get_logger().log(record.levelno, "library", logger=record.name, error=error, place=place)
