"""A client of DynamoDB whose calls fail as planned: what servers for tests never do by themselves.

A fault is a function that gets the real call and its parameters; it answers, fails, or does
something else before or after.
"""

from __future__ import annotations

import contextlib
import secrets
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from typing import Any

from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

Real = Callable[[], Awaitable[Any]]
Fault = Callable[[Real, dict[str, Any]], Awaitable[Any]]


class FaultyClient:
    """``plan`` makes the next calls of an operation fail; ``calls`` are those that were made."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._plans: defaultdict[str, deque[Fault]] = defaultdict(deque)
        self._always: dict[str, Fault] = {}
        self._is_forgetful = False
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def plan(self, operation: str, *faults: Fault) -> None:
        self._plans[operation].extend(faults)

    def always(self, operation: str, fault: Fault) -> None:
        self._always[operation] = fault

    def forget_tokens(self) -> None:
        """From now on no transaction is known by its token, as ten minutes later."""
        self._is_forgetful = True

    def heal(self) -> None:
        self._plans.clear()
        self._always.clear()

    def transactions(self) -> list[dict[str, Any]]:
        return [called for name, called in self.calls if name == "transact_write_items"]

    @property
    def exceptions(self) -> Any:
        return self._client.exceptions

    def __getattr__(self, operation: str) -> Any:
        async def call(**parameters: Any) -> Any:
            self.calls.append((operation, parameters))

            async def real() -> Any:
                sent = dict(parameters)
                if self._is_forgetful and "ClientRequestToken" in sent:
                    sent["ClientRequestToken"] = secrets.token_hex(16)
                return await getattr(self._client, operation)(**sent)

            plan = self._plans[operation]
            fault = plan.popleft() if plan else self._always.get(operation)
            return await (real() if fault is None else fault(real, parameters))

        return call


def _error(code: str, status: int, **more: Any) -> ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": "as planned"},
        "ResponseMetadata": {"HTTPStatusCode": status},
        **more,
    }
    return ClientError(response, "AsPlanned")


def answers(code: str, status: int = 400) -> Fault:
    """The server refuses with a code and does nothing."""

    async def fault(real: Real, parameters: dict[str, Any]) -> Any:
        raise _error(code, status)

    return fault


def cancelled_for(code: str, *places: int) -> Fault:
    """The transaction is cancelled for a reason at some items (none given: the first)."""

    async def fault(real: Real, parameters: dict[str, Any]) -> Any:
        reasons = [{"Code": "None"} for _ in parameters["TransactItems"]]
        for place in places or (0,):
            reasons[place] = {"Code": code, "Message": "as planned"}
        raise _error("TransactionCanceledException", 400, CancellationReasons=reasons)

    return fault


async def lost_request(real: Real, parameters: dict[str, Any]) -> Any:
    """The request never arrives."""
    raise ReadTimeoutError(endpoint_url="as planned")


async def lost_answer(real: Real, parameters: dict[str, Any]) -> Any:
    """The request is carried out, and nobody hears of it."""
    with contextlib.suppress(ClientError):
        await real()
    raise ReadTimeoutError(endpoint_url="as planned")


async def no_connection(real: Real, parameters: dict[str, Any]) -> Any:
    raise EndpointConnectionError(endpoint_url="as planned")


def after(something: Callable[[], Awaitable[Any]]) -> Fault:
    """Something else happens first."""

    async def fault(real: Real, parameters: dict[str, Any]) -> Any:
        await something()
        return await real()

    return fault


def lost_answer_and(something: Callable[[], Awaitable[Any]]) -> Fault:
    """It is carried out, something else happens, and the answer gets lost."""

    async def fault(real: Real, parameters: dict[str, Any]) -> Any:
        await real()
        await something()
        raise ReadTimeoutError(endpoint_url="as planned")

    return fault


def with_reasons(**codes: str) -> Fault:
    """It is cancelled in earnest, and other items have reasons of their own besides.

    ``at_2="TransactionConflict"`` is the reason of the third item.
    """

    async def fault(real: Real, parameters: dict[str, Any]) -> Any:
        try:
            return await real()
        except ClientError as error:
            response: Any = error.response
            for place, code in codes.items():
                response["CancellationReasons"][int(place.removeprefix("at_"))] = {"Code": code}
            raise

    return fault


async def stale(real: Real, parameters: dict[str, Any]) -> Any:
    """A read that isn't strong misses what was written last."""
    answer = await real()
    if not parameters.get("ConsistentRead"):
        answer["Items"] = answer["Items"][: len(answer["Items"]) // 2]
    return answer
