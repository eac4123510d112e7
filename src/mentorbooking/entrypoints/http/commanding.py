"""Carry out a command for a request: its context, its Idempotency-Key, its Event-Position.

A request with a key that was answered before gets the same answer again; one whose twin is under
way waits for it. The record of the answer lands in the same transaction as the events, so there
is nothing to look after when the process dies. Refusals are not recorded: before one is sent,
the key is looked up once more, in case the twin has succeeded meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec

from mentorbooking.application.context import (
    CommandContext,
    IdempotentRequest,
    StoredAnswer,
    enter_context,
    user_actor,
)
from mentorbooking.application.ports.aggregate_store import IdempotencyKeyUsed
from mentorbooking.application.ports.clock import Clock
from mentorbooking.application.ports.idempotency import AnsweredRequests
from mentorbooking.application.positions import LogPlace
from mentorbooking.domain.kernel.errors import Conflict, Refused
from mentorbooking.entrypoints.http.answer import Answer
from mentorbooking.entrypoints.http.call import Call

R = TypeVar("R")

LONGEST_WAIT_SECONDS = 10.0

_encode = msgspec.json.Encoder().encode


class IdempotencyKeyReused(Refused):
    """The key was used for another request."""

    code = "idempotency-key-reused"


class IdempotencyInProgress(Conflict):
    """The first request with this key is still running."""

    code = "idempotency-in-progress"


@dataclass(frozen=True, slots=True)
class Commanding:
    """One for a process: it knows which keys are under way here.

    ``acknowledged`` tells the newest place that this process has told anybody of: what a command
    that had nothing to record answers.
    """

    answered: AnsweredRequests
    acknowledged: Callable[[], LogPlace]
    clock: Clock
    _under_way: dict[tuple[str, str], asyncio.Event] = field(default_factory=dict)

    async def __call__(
        self,
        call: Call[Any, Any],
        handle: Callable[[Any], Awaitable[R]],
        command: Any,
        answer: Callable[[R], Answer],
        *,
        content: str = "",
    ) -> Answer:
        """Handle the command and tell its result; ``answer`` translates.

        ``content`` is the hash of what was uploaded, if anything was.
        """
        context = CommandContext(
            actor=user_actor(call.caller.user_id) if call.caller else "anonymous",
            channel="http",
            correlation_id=call.request_id,
        )
        enter_context(context)
        # Other methods can be repeated as they are; a key that comes with them means nothing.
        is_repeatable = call.caller is not None and call.request.scope["method"] == "POST"
        key = call.idempotency_key if is_repeatable else None
        if key is None or call.caller is None:
            told = answer(await handle(command))
            return msgspec.structs.replace(told, position=context.position or self.acknowledged())
        context.idempotent = IdempotentRequest(
            principal=call.caller.user_id,
            key=key,
            request_hash=call.fingerprint() + content.encode(),
            render=lambda result: _stored(answer(result)),
        )
        if content:  # an upload would be stored once more before the append is refused
            replayed = await self._replay(context.idempotent)
            if replayed is not None:
                return replayed
        return await self._once(context, context.idempotent, lambda: handle(command), answer)

    async def _once(
        self,
        context: CommandContext,
        request: IdempotentRequest,
        run: Callable[[], Awaitable[R]],
        answer: Callable[[R], Answer],
    ) -> Answer:
        """Run the command; that its key was used before shows in the append, or in a refusal."""
        place = (request.principal, request.key)
        while (twin := self._under_way.get(place)) is not None:
            try:
                await asyncio.wait_for(twin.wait(), LONGEST_WAIT_SECONDS)
            except TimeoutError:
                raise IdempotencyInProgress(
                    "The first request with this Idempotency-Key is still running."
                ) from None
            replayed = await self._replay(request)
            if replayed is not None:
                return replayed
        done = self._under_way[place] = asyncio.Event()
        try:
            told = answer(await run())
        except (Refused, IdempotencyKeyUsed):
            replayed = await self._replay(request)
            if replayed is None:
                raise
            return replayed
        finally:
            del self._under_way[place]
            done.set()
        return msgspec.structs.replace(told, position=context.position or self.acknowledged())

    async def _replay(self, request: IdempotentRequest) -> Answer | None:
        found = await self.answered.find(request.principal, request.key, self.clock.now())
        if found is None:
            return None
        if found.request_hash != request.request_hash:
            raise IdempotencyKeyReused("This Idempotency-Key was used for another request.")
        stored = found.answer
        return Answer(
            status=stored.status,
            body=stored.body or None,
            location=stored.location,
            position=stored.position or None,
            headers=(("Idempotency-Replayed", "true"),),
        )


def _stored(answer: Answer) -> StoredAnswer:
    body = b"" if answer.body is None else _encode(answer.body)
    return StoredAnswer(answer.status, answer.location, body)
