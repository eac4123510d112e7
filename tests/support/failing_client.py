"""A client of AWS whose next calls fail with the very errors that its own service raises."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from tests.support.faulty_dynamodb import FaultyClient, Real, after, lost_answer


class FailingClient(FaultyClient):
    """``requests`` are the calls that were made, by the operation's name."""

    @property
    def requests(self) -> Mapping[str, Sequence[dict[str, Any]]]:
        found = defaultdict(list)
        for operation, parameters in self.calls:
            found[operation].append(parameters)
        return found

    def fail_next(self, operation: str, error: Exception, *, after: int = 0) -> None:
        """Have a call of an operation fail before it arrives, ``after`` some that work."""

        async def fault(real: Real, parameters: dict[str, Any]) -> Any:
            raise error

        self.plan(operation, *[_nothing] * after, fault)

    def lose_next_answer(self, operation: str) -> None:
        """Have the next call of an operation done, and the answer lost."""
        self.plan(operation, lost_answer)

    def come_between(self, operation: str, others: Callable[[], Awaitable[object]]) -> None:
        """Have something done by others just before the next call of an operation arrives."""
        self.plan(operation, after(others))


async def _nothing(real: Real, parameters: dict[str, Any]) -> Any:
    return await real()


def refusal(client: Any, code: str, *reasons: str) -> ClientError:
    """Return the error by which DynamoDB refuses; ``reasons`` are a transaction's."""
    kind: type[ClientError] = client.exceptions.from_code(code)
    answer: Any = {
        "Error": {"Code": code, "Message": "as the test wants"},
        "CancellationReasons": [{"Code": reason} for reason in reasons],
    }
    return kind(answer, "Any")
