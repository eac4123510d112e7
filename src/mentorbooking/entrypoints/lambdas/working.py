"""Functions that work on their own account, when a queue, an event or the time wakes them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from mentorbooking.entrypoints.lambdas.environment import Environment, Opening
from mentorbooking.entrypoints.lambdas.invocation import Invocation, LambdaContext, invoked

T = TypeVar("T")

Event = Mapping[str, Any]
Handler = Callable[[Event, LambdaContext], Any]
Work = Callable[[T, Event, Invocation], Awaitable[Any]]
"""What is returned is the function's answer; what is raised makes Lambda try again."""


def worker(name: str, opening: Opening[T], work: Work[T]) -> Handler:
    """Return a function that does ``work`` on what ``opening`` opened."""
    environment = Environment(opening)

    async def do(opened: T, event: Event, invocation: Invocation) -> Any:
        invocation.begin()
        return await work(opened, event, invocation)

    def handler(event: Event, context: LambdaContext) -> Any:
        with invoked(name, environment, context) as invocation:
            return environment.run(do(environment.opened(), event, invocation))

    return handler
