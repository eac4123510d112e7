"""Who waits for an append, and how the writer's thread answers them all at once."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
from collections.abc import Iterable, Sequence

from mentorbooking.adapters.persistence.requests import Appended
from mentorbooking.adapters.persistence.sqlite_log.prepared import Prepared
from mentorbooking.adapters.persistence.sqlite_log.transaction import Outcome

Waiter = asyncio.Future[Appended] | concurrent.futures.Future[Appended] | None
"""A task, a thread, or nobody who wants to know."""


class Waiting:
    """A request in the writer's queue."""

    __slots__ = ("prepared", "waiter")

    def __init__(self, prepared: Prepared, waiter: Waiter) -> None:
        self.prepared = prepared
        self.waiter = waiter


Answered = tuple["asyncio.Future[Appended] | concurrent.futures.Future[Appended]", Outcome]


def answer_all(group: Sequence[Waiting], outcomes: Iterable[Outcome]) -> None:
    """Give each its outcome; a loop is woken once, however many of its tasks wait."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Answered]] = {}
    for waiting, outcome in zip(group, outcomes, strict=True):
        waiter = waiting.waiter
        if isinstance(waiter, asyncio.Future):
            by_loop.setdefault(waiter.get_loop(), []).append((waiter, outcome))
        elif waiter is not None:
            _settle([(waiter, outcome)])
    for loop, answered in by_loop.items():
        with contextlib.suppress(RuntimeError):  # a loop that was closed has no waiting tasks
            loop.call_soon_threadsafe(_settle, answered)


def _settle(answered: Sequence[Answered]) -> None:
    for waiter, outcome in answered:
        if waiter.done():  # cancelled meanwhile
            continue
        if isinstance(outcome, Exception):
            waiter.set_exception(outcome)
        else:
            waiter.set_result(outcome)
