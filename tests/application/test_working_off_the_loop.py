"""Steps in a thread: the loop stays free, and nobody is disturbed within a step."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from mentorbooking.application.files.off_the_loop import off_the_loop
from tests.support.patience import PATIENCE

pytestmark = pytest.mark.anyio


async def test_steps_come_in_order_from_another_thread() -> None:
    def steps() -> Iterator[tuple[int, int]]:
        for number in range(3):
            yield number, threading.get_ident()

    got = [step async for step in off_the_loop(steps())]

    assert [number for number, _ in got] == [0, 1, 2]
    assert threading.get_ident() not in {thread for _, thread in got}


async def test_what_a_step_raises_arrives() -> None:
    def steps() -> Iterator[int]:
        yield 1
        raise KeyError("a bug")

    with pytest.raises(KeyError):
        [step async for step in off_the_loop(steps())]


async def test_cancelling_waits_for_the_step_under_way_and_starts_no_other() -> None:
    begun, go_on = threading.Event(), threading.Event()
    done: list[int] = []

    def steps() -> Iterator[int]:
        for number in range(3):
            begun.set()
            go_on.wait(PATIENCE)
            done.append(number)
            yield number

    async def work() -> None:
        async for _ in off_the_loop(steps()):
            pass

    task = asyncio.create_task(work())
    await asyncio.to_thread(begun.wait, PATIENCE)
    task.cancel()
    await asyncio.sleep(0.01)
    assert not task.done()

    go_on.set()
    await asyncio.wait({task})

    assert task.cancelled()
    assert done == [0]
