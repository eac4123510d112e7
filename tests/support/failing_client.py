"""A client of AWS whose calls fail as a test wants: before they arrive, or on the way back.

Or somebody else comes in between.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError


class FailingClient:
    """Wraps a client; ``requests`` are what reached it, by the operation's name."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._faults: dict[str, deque[Callable[..., Awaitable[Any]] | None]] = defaultdict(deque)
        self.requests: dict[str, list[Any]] = defaultdict(list)

    def fail_next(self, operation: str, error: Exception, *, after: int = 0) -> None:
        """Have a call of an operation fail before it arrives, ``after`` some that work."""

        async def fault(**request: Any) -> Any:
            raise error

        self._faults[operation] += [None] * after + [fault]

    def lose_next_answer(self, operation: str) -> None:
        """Have the next call of an operation done, and the answer lost."""

        async def fault(**request: Any) -> Any:
            await getattr(self._client, operation)(**request)
            raise ReadTimeoutError(endpoint_url="http://127.0.0.1")

        self._faults[operation].append(fault)

    def come_between(self, operation: str, others: Callable[[], Awaitable[object]]) -> None:
        """Have something done by others just before the next call of an operation arrives."""

        async def delayed(**request: Any) -> Any:
            await others()
            return await getattr(self._client, operation)(**request)

        self._faults[operation].append(delayed)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if name == "exceptions" or not callable(found):
            return found

        async def call(**request: Any) -> Any:
            fault = self._faults[name].popleft() if self._faults[name] else None
            if fault:
                return await fault(**request)
            self.requests[name].append(request)
            return await found(**request)

        return call


def refusal(client: Any, code: str, *reasons: str) -> ClientError:
    """Return the error by which DynamoDB refuses; ``reasons`` are a transaction's."""
    kind: type[ClientError] = client.exceptions.from_code(code)
    answer: Any = {
        "Error": {"Code": code, "Message": "as the test wants"},
        "CancellationReasons": [{"Code": reason} for reason in reasons],
    }
    return kind(answer, "Any")
