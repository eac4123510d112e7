"""Code that needs the table but does no I/O: a generator of steps, and what drives it.

A generator yields a ``Call`` and is sent the client's answer, or has a ``Fault`` thrown into
it; or it yields a ``Pause``. The same generators run on an event loop and in a thread.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from contextlib import closing
from typing import Any, NamedTuple, TypeVar

from mentorbooking.adapters.persistence.dynamodb.faults import Busy, Fault, NoAnswer, Refused
from mentorbooking.adapters.persistence.dynamodb.patience import Patience
from mentorbooking.adapters.persistence.requests import LogUnavailable

T = TypeVar("T")

Answer = dict[str, Any]


class Call(NamedTuple):
    """A method of the client and its parameters."""

    operation: str
    parameters: dict[str, Any]


class Pause(NamedTuple):
    """Wait so many seconds."""

    seconds: float


Step = Call | Pause
Steps = Generator[Step, Answer, T]


async def drive(steps: Steps[T], perform: Callable[[Step], Awaitable[Answer]]) -> T:
    """Perform the steps and return what the generator returns."""
    with closing(steps):
        try:
            step = next(steps)
            while True:
                try:
                    answer = await perform(step)
                except Fault as fault:
                    step = steps.throw(fault)
                else:
                    step = steps.send(answer)
        except StopIteration as end:
            result: T = end.value
            return result


def drive_sync(steps: Steps[T], perform: Callable[[Step], Answer]) -> T:
    """Do as ``drive`` does, in a thread that may block."""
    with closing(steps):
        try:
            step = next(steps)
            while True:
                try:
                    answer = perform(step)
                except Fault as fault:
                    step = steps.throw(fault)
                else:
                    step = steps.send(answer)
        except StopIteration as end:
            result: T = end.value
            return result


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
