"""What lives as long as Lambda keeps a process: one event loop, and what was opened on it.

Between invocations Lambda stops the process, and what runs on the loop with it; clients belong
to their loop, so there is one for all invocations. It is opened while the function starts, when
the processor is Lambda's and nobody waits yet. The process is never told of its end, so nothing
is closed. Not for SnapStart: its copies of a process would share ids and leases.
"""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from contextvars import copy_context
from typing import Any, Generic, TypeVar

import structlog

from mentorbooking.adapters.observability.logging import configure_logging
from mentorbooking.application.trying_again.fault_notes import fault_note
from mentorbooking.entrypoints.lambdas import IN_LAMBDA
from mentorbooking.entrypoints.settings import Settings, WrongSetting, load_settings

T = TypeVar("T")
R = TypeVar("R")

Opening = Callable[[Settings], AbstractAsyncContextManager[T]]

_log = structlog.get_logger(__name__)


class Environment(Generic[T]):
    """``opened`` is what invocations work with."""

    def __init__(self, opening: Opening[T]) -> None:
        """Open it if this is a function's process. ``WrongSetting`` ends the start.

        What fails otherwise, a service that is away, is told and tried again by invocations.
        """
        self._opening = opening
        self._stack = AsyncExitStack()
        self._opened: list[T] = []
        self.is_cold = True
        if IN_LAMBDA:
            self._runner = asyncio.Runner()
            self.settings = load_settings(os.environ)
            configure_logging(level=self.settings.log_level, layout=self.settings.log_format)
            try:
                self.opened()
            except WrongSetting:
                raise
            except Exception as error:  # noqa: BLE001  whatever is away may be back
                _log.warning("service_not_opened_yet", error=fault_note(error))
            gc.freeze()  # what is there now stays, and is not gone through
            gc.enable()

    def opened(self) -> T:
        """Return what was opened; whatever opening it raises, the next call tries again."""
        if not self._opened:
            entering = self._stack.enter_async_context(self._opening(self.settings))
            self._opened.append(self.run(entering))
        return self._opened[0]

    def run(self, work: Coroutine[Any, Any, R]) -> R:
        """Do some work on the loop; what it binds to its context is gone afterwards."""
        return self._runner.run(work, context=copy_context())
