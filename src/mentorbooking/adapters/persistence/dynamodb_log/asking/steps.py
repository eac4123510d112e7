"""Code that needs the table but does no I/O: a generator of steps, and what drives it.

A generator yields a ``Call`` and is sent the client's answer, or has a ``Fault`` thrown into
it; or it yields a ``Pause``. The same generators run on an event loop and in a thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterable
from contextlib import closing
from typing import Any, NamedTuple, TypeVar

from mentorbooking.adapters.persistence.dynamodb_log.asking.faults import (
    Busy,
    Fault,
    NoAnswer,
    Refused,
)
from mentorbooking.adapters.persistence.dynamodb_log.asking.patience import Patience
from mentorbooking.adapters.persistence.requests import LogUnavailable

T = TypeVar("T")
U = TypeVar("U")

Answer = dict[str, Any]


class Call(NamedTuple):
    """A method of the client and its parameters."""

    operation: str
    parameters: dict[str, Any]


class Pause(NamedTuple):
    """Wait so many seconds."""

    seconds: float


class AtOnce(NamedTuple):
    """Generators whose results don't depend on each other; see ``at_once``."""

    parts: tuple[Generator[Any, Answer, Any], ...]


Step = Call | Pause
Steps = Generator[Step | AtOnce, Answer, T]


def at_once(parts: Iterable[Steps[T]]) -> Steps[list[T]]:
    """Run generators side by side where that is possible, and return what they return."""
    answer = yield AtOnce(tuple(parts))
    results: list[T] = answer["results"]
    return results


def both(one: Steps[T], other: Steps[U]) -> Steps[tuple[T, U]]:
    """Run two generators side by side, and return what they return."""
    answer = yield AtOnce((one, other))
    first, second = answer["results"]
    return first, second


async def drive(steps: Steps[T], perform: Callable[[Step], Awaitable[Answer]]) -> T:
    """Perform the steps and return what the generator returns."""
    with closing(steps):
        try:
            step = next(steps)
            while True:
                try:
                    if isinstance(step, AtOnce):
                        parts = [drive(part, perform) for part in step.parts]
                        answer = {"results": await all_of(parts)}
                    else:
                        answer = await perform(step)
                except Exception as error:  # noqa: BLE001  it is for the generator to judge
                    step = steps.throw(error)
                else:
                    step = steps.send(answer)
        except StopIteration as end:
            result: T = end.value
            return result


def drive_sync(steps: Steps[T], perform: Callable[[Step], Answer]) -> T:
    """Do as ``drive`` does, in a thread that may block: one part after the other."""
    with closing(steps):
        try:
            step = next(steps)
            while True:
                try:
                    if isinstance(step, AtOnce):
                        answer = {"results": [drive_sync(part, perform) for part in step.parts]}
                    else:
                        answer = perform(step)
                except Exception as error:  # noqa: BLE001  it is for the generator to judge
                    step = steps.throw(error)
                else:
                    step = steps.send(answer)
        except StopIteration as end:
            result: T = end.value
            return result


async def all_of(parts: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Await all; when one fails, no other goes on behind."""
    tasks = [asyncio.ensure_future(part) for part in parts]
    try:
        return list(await asyncio.gather(*tasks))
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise


def asking(call: Call, patience: Patience, *tolerated: str) -> Steps[Answer]:
    """Make a call that may be repeated without harm until it is answered.

    A refusal with a ``tolerated`` code is an empty answer. Raises ``LogUnavailable`` when
    patience ends.
    """
    while True:
        try:
            return (yield call)
        except (Busy, NoAnswer) as fault:
            yield pause_after(fault, patience)
        except Refused as refused:
            if refused.code in tolerated:
                return {}
            raise_if_unavailable(refused)
            raise


def pause_after(fault: Fault, patience: Patience) -> Pause:
    """Return how long to wait before trying again; ``LogUnavailable`` when patience ends."""
    seconds = patience.next_pause()
    if seconds is None:
        raise LogUnavailable(f"the table does not answer: {fault}") from fault
    return Pause(seconds)


def raise_if_unavailable(refused: Refused) -> None:
    """Raise ``LogUnavailable`` where no other request would fare better."""
    if refused.is_unavailability:
        raise LogUnavailable(f"the table can't be used: {refused}") from refused
