"""Read models made anew by a service that runs on the same data."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.ports.control_requests import (
    ControlRequest,
    ControlRequests,
    ControlState,
)
from mentorbooking.entrypoints.cli.progress import Tell
from mentorbooking.entrypoints.rebuilding import REBUILD

POLL_SECONDS: Final = 0.2
_POLLS_IN_GOOD_FAITH = 5
"""So many before it is looked whether anybody is still at it."""


async def ask_for_rebuilds(
    control: ControlRequests,
    clock: Clock,
    names: Sequence[str],
    tell: Tell,
    *,
    trouble: Callable[[Sequence[ControlRequest]], Awaitable[str | None]],
) -> str | None:
    """Ask for them and follow it to the end; return what went wrong, if anything did.

    ``trouble`` is told now and then how the requests stand, and asked for a reason to wait no
    longer.
    """
    asked = [await control.ask(REBUILD, name, now=clock.now()) for name in names]
    while True:
        for _ in range(_POLLS_IN_GOOD_FAITH):
            known = [await control.get(request.id) or request for request in asked]
            tell(sum(each.done for each in known), sum(each.total for each in known))
            if all(request.is_over for request in known):
                return _troubles(known)
            await asyncio.sleep(POLL_SECONDS)
        reason = await trouble(known)
        if reason is not None:
            return reason


def _troubles(requests: Sequence[ControlRequest]) -> str | None:
    failed = [
        f"{request.subject}: {request.error}"
        for request in requests
        if request.state is ControlState.FAILED
    ]
    return "; ".join(failed) or None
