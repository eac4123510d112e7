"""Logs by structlog: readable on a terminal, JSON elsewhere, on standard error.

What is bound to the context (request id, actor) stands on every line. Logs are kept longer and
read by more people than data: addresses, tokens and passwords never belong in them, and what
slips in with an error's text is taken out here.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Literal

import structlog

_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_BEARER = re.compile(r"(?i)bearer\s+\S+|eyJ[\w-]{8,}\.[\w-]+\.[\w-]*")
_SECRET_FIELDS = frozenset({"password", "token", "authorization", "secret", "signature", "email"})


def configure_logging(
    *, level: str = "info", layout: Literal["auto", "console", "json"] = "auto"
) -> None:
    """Set up structlog, and let the standard library's loggers write the same way."""
    terminal = layout == "console" or (layout == "auto" and sys.stderr.isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[Any] = (
        [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
        if terminal
        else [structlog.processors.format_exc_info, scrub, structlog.processors.JSONRenderer()]
    )
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*shared, *([scrub] if terminal else []), *last],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *([scrub] if terminal else []),
                *last,
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=max(number, logging.WARNING), force=True)


def scrub(_: Any, __: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Take out what must not be kept: whole fields by name, and patterns in texts."""
    for name, value in fields.items():
        if name in _SECRET_FIELDS:
            fields[name] = "[hidden]"
        elif isinstance(value, str) and ("@" in value or "eyJ" in value or "earer" in value):
            fields[name] = _BEARER.sub("[token]", _ADDRESS.sub("[address]", value))
    return fields
