"""``mentorbooking worker`` on AWS: parts of the service's work in a process of their own."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Sequence

from mentorbooking.entrypoints.aws.foundation import AwsFoundation, aws_foundation
from mentorbooking.entrypoints.aws.parts import PARTS, Part
from mentorbooking.entrypoints.settings import Settings


def run_worker(settings: Settings, parts: Sequence[str]) -> None:
    """Work on some of ``PARTS`` until SIGTERM or SIGINT; several processes may do so at once."""
    asyncio.run(_run(settings, [PARTS[name] for name in parts]))


async def _run(settings: Settings, parts: Sequence[Part]) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with aws_foundation(settings) as base, asyncio.TaskGroup() as tasks:
        for part in parts:
            tasks.create_task(_working(part, base, stop))


async def _working(part: Part, base: AwsFoundation, stop: asyncio.Event) -> None:
    await part(base, stop)
