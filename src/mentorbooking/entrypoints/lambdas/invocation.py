"""One invocation of a function: in whose name it acts, how much time is left, what it tells."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from time import perf_counter
from typing import Any, Final, Protocol

import structlog

from mentorbooking.adapters.clock import SystemClock
from mentorbooking.adapters.observability.embedded_metrics import EmbeddedMetrics
from mentorbooking.application.context import SYSTEM, CommandContext, enter_context
from mentorbooking.application.trying_again.fault_notes import fault_note, fault_place
from mentorbooking.entrypoints.lambdas.environment import Environment

KEPT_BACK: Final = timedelta(seconds=8)
"""What is under way when only so much time is left may end, and is put away if it doesn't: a
runner of jobs gives five seconds."""

_log = structlog.get_logger(__name__)


class LambdaContext(Protocol):
    """The part of what the runtime client tells that is used here."""

    @property
    def aws_request_id(self) -> str: ...
    def get_remaining_time_in_millis(self) -> int: ...


@dataclass(slots=True)
class Invocation:
    """``stop`` is set when the time is over in which work may be begun."""

    request_id: str
    seconds_to_work: float
    metrics: EmbeddedMetrics
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    def begin(self) -> None:
        """Let the running task act for the system, and stop it in time."""
        enter_context(
            CommandContext(actor=SYSTEM, channel="lambda", correlation_id=self.request_id)
        )
        if self.seconds_to_work > 0:
            asyncio.get_running_loop().call_later(self.seconds_to_work, self.stop.set)
        else:
            self.stop.set()


@contextmanager
def invoked(
    function: str, environment: Environment[Any], context: LambdaContext
) -> Iterator[Invocation]:
    """Tell of an invocation: its failure in the log, its numbers as metrics."""
    metrics = EmbeddedMetrics(
        {"installation": environment.settings.aws_prefix, "function": function},
        {"request_id": context.aws_request_id},
    )
    time_left = timedelta(milliseconds=context.get_remaining_time_in_millis())
    to_work = max(0.0, (time_left - KEPT_BACK).total_seconds())
    metrics.add("ColdStarts", int(environment.is_cold))
    environment.is_cold = False
    started = perf_counter()
    try:
        yield Invocation(context.aws_request_id, to_work, metrics)
    except BaseException as error:
        metrics.add("Failures")
        _log.error(
            "invocation_failed",
            function=function,
            request_id=context.aws_request_id,
            error=fault_note(error),
            place=fault_place(error),
        )
        raise
    finally:
        metrics.add("Duration", round((perf_counter() - started) * 1000, 1), "Milliseconds")
        sys.stdout.write(metrics.line(SystemClock().now()).decode())
        sys.stdout.flush()
