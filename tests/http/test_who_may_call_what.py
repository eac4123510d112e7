"""Every operation of the OpenAPI document, called by every role, with what is theirs and is not.

What each may do is read from the document (``x-access``); what is done is said here, once for
each operation: one that is missing here fails.
"""

from __future__ import annotations

from typing import Any

import pytest

from mentorbooking.entrypoints.http.app import ACCESS
from tests.http.access_cases import (
    CASES,
    NOT_FOUND,
    REFUSALS_OF_ACCESS,
    ROLE_OF,
    Case,
    World,
)
from tests.support.backstage import Backend
from tests.support.running_service import House, refusal

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def world(shared_house: House) -> World:
    house = shared_house
    return World(
        house,
        {
            "nobody": None,
            "student": await house.student(),
            "another student": await house.student(),
            "mentor": await house.mentor(),
            "another mentor": await house.mentor(),
            "admin": await house.admin(),
            "operator": await house.operator(),
        },
    )


@pytest.fixture(scope="module")
async def operations(shared_house: House) -> dict[str, dict[str, Any]]:
    """Return what the document says of each operation, with its method."""
    document = (await shared_house.anyone.get("/schema/openapi.json")).json()
    return {
        told["operationId"]: {**told, "method": method.upper()}
        for item in document["paths"].values()
        for method, told in item.items()
    }


def expected(
    told: dict[str, Any], case: Case, who: str, backend: Backend
) -> tuple[int, str] | None:
    """Return how somebody is refused; None: they are not."""
    access, role = told["x-access"], ROLE_OF[who]
    absent = case.absent.get(backend.name)
    if access["anyone"]:
        return absent
    if role is None:
        return 401, "unauthenticated"
    reach = access["roles"].get(role)
    if reach is None:
        return 403, "forbidden"
    if absent is not None:
        return absent
    is_theirs = who in case.owners
    return None if reach == "all" or is_theirs else case.foreign


async def test_there_is_a_case_for_every_operation(operations: dict[str, Any]) -> None:
    assert CASES.keys() == operations.keys() == ACCESS.keys()


@pytest.mark.parametrize("operation_id", CASES)
async def test_access(
    world: World, operations: dict[str, Any], operation_id: str, backend: Backend
) -> None:
    told, case = operations[operation_id], CASES[operation_id]
    for who in ROLE_OF:
        path, rest = await case.request(world)
        answer = await world.caller(who).request(told["method"], path, **rest)
        refused = expected(told, case, who, backend)
        assert str(answer.status_code) in told["responses"], (who, answer.text)
        if refused is not None:
            assert refusal(answer) == refused, who
        else:
            assert answer.status_code not in REFUSALS_OF_ACCESS, (who, answer.text)
            assert answer.status_code < 500, (who, answer.text)


@pytest.mark.parametrize("operation_id", CASES)
async def test_a_token_that_is_none_is_refused_wherever_tokens_are_looked_at(
    world: World, operations: dict[str, Any], operation_id: str, backend: Backend
) -> None:
    told = operations[operation_id]
    path, rest = await CASES[operation_id].request(world)
    headers = {"Authorization": "Bearer not.a.token"}

    answer = await world.house.anyone.request(told["method"], path, headers=headers, **rest)

    absent = CASES[operation_id].absent.get(backend.name)
    if told["security"]:
        assert refusal(answer) == (401, "invalid-token")
    elif absent is not None:
        assert refusal(answer) == absent
    else:
        assert answer.status_code < 400


NOT_FOR_ANYONE = [name for name, access in ACCESS.items() if not access.anyone]


@pytest.mark.parametrize("operation_id", NOT_FOR_ANYONE)
async def test_who_may_not_call_learns_nothing_of_what_is_there(
    world: World, operations: dict[str, Any], operation_id: str
) -> None:
    """Whether a thing exists and whether a body is right is told to those only who may ask."""
    told = operations[operation_id]
    path, _ = await CASES[operation_id].request(world)
    parts = path.split("/")
    unknown = "/".join("nothing_here" if "_" in part else part for part in parts)

    for who, role in ROLE_OF.items():
        if role in told["x-access"]["roles"]:
            continue
        there, nowhere = [
            await world.caller(who).request(told["method"], each, content=b"{")
            for each in (path, unknown)
        ]
        assert there.status_code == nowhere.status_code == (401 if role is None else 403)
        assert there.json()["detail"] == nowhere.json()["detail"]


FOREIGN_IS_UNKNOWN = [name for name, case in CASES.items() if case.foreign == NOT_FOUND]


@pytest.mark.parametrize("operation_id", FOREIGN_IS_UNKNOWN)
async def test_what_is_foreign_looks_like_what_does_not_exist(
    world: World, operations: dict[str, Any], operation_id: str
) -> None:
    told = operations[operation_id]
    path, _ = await CASES[operation_id].request(world)
    unknown = "/".join("booking_x" if "_" in part else part for part in path.split("/"))

    for who in ("another student", "another mentor"):
        foreign, missing = [
            (await world.caller(who).request(told["method"], each)) for each in (path, unknown)
        ]
        assert foreign.status_code == missing.status_code == 404
        varying = {"instance", "request_id"}
        assert {k: v for k, v in foreign.json().items() if k not in varying} == {
            k: v for k, v in missing.json().items() if k not in varying
        }
        assert {*foreign.headers} == {*missing.headers}
