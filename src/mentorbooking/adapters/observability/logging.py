"""Logs by structlog: readable on a terminal, JSON elsewhere, on standard error.

Events are named in snake_case, by what they are about and what became of it: ``job_failed``,
``projection_stopped``. A name is always the same, so that people and alarms can look for it; what
differs is told by fields, and what somebody can do about it by the field ``hint``.

Who acts stands on every line, and on those that a request causes its id: what is bound to the
context, or else what surrounds the running command.
"""

from __future__ import annotations

import logging
import sys
from typing import Any, Literal

import msgspec
import structlog
from structlog.typing import EventDict, Processor

from mentorbooking.adapters.observability.scrubbing import hide_fields, hide_in_line
from mentorbooking.application.context import SYSTEM, current_context

Layout = Literal["auto", "console", "json"]

_FIRST = ("event", "level", "timestamp", "request_id", "actor")
"""In the lines that are written for machines, as in those about requests."""


def configure_logging(*, level: str = "info", layout: Layout = "auto") -> None:
    """Set up structlog, and let the standard library's loggers write the same way.

    ``level`` is the least that is written; of other people's libraries, warnings at least.
    """
    number = logging.getLevelNamesMapping()[level.upper()]
    common: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        add_who_acts,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    rendered: list[Processor] = [
        structlog.processors.format_exc_info,
        hide_fields,
        *_renderer(layout),
        hide_in_line,
    ]
    structlog.configure(
        processors=[*common, *rendered],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(_StandardError()),  # type: ignore[arg-type]
    )
    handler = logging.StreamHandler(_StandardError())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*common, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendered],
        )
    )
    logging.basicConfig(handlers=[handler], level=max(number, logging.WARNING), force=True)


def writes_for_people(layout: Layout) -> bool:
    """Tell whether lines are to be read by a person: on a terminal, unless a setting says."""
    return layout == "console" or (layout == "auto" and sys.stderr.isatty())


def add_who_acts(_: Any, __: str, fields: EventDict) -> EventDict:
    """Say for whom the line is written; outside of any command it is the system."""
    try:
        context = current_context()
    except LookupError:
        fields.setdefault("actor", SYSTEM)
    else:
        fields.setdefault("request_id", context.correlation_id)
        fields.setdefault("actor", context.actor)
    return fields


def _renderer(layout: Layout) -> list[Processor]:
    if writes_for_people(layout):
        return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
    return [_in_order, structlog.processors.JSONRenderer(serializer=_as_json)]


def _in_order(_: Any, __: str, fields: EventDict) -> EventDict:
    first = {name: fields.pop(name) for name in _FIRST if name in fields}
    return {**first, **fields}


def _as_json(fields: EventDict, **_: Any) -> str:
    return msgspec.json.encode(fields, enc_hook=repr).decode()


class _StandardError:
    """Standard error as it is when something is written, not as it was at the start."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()
