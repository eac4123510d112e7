"""Functions that can't start, or whose services are away."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.aws_servers import CLOSED
from tests.support.lambda_house import LambdaHouse, handler_of, payload
from tests.support.runtime_api import FunctionFailed, lambda_function


def test_a_wrong_setting_ends_the_start_and_is_named(house: LambdaHouse, tmp_path: Path) -> None:
    settings = house.variables | {"MENTORBOOKING_SECRET_KEY": "short"}

    with (
        pytest.raises(FunctionFailed, match="MENTORBOOKING_SECRET_KEY"),
        lambda_function(handler_of("api"), settings, tmp_path),
    ):
        pass


def test_the_api_answers_while_the_store_is_away(house: LambdaHouse, tmp_path: Path) -> None:
    settings = house.variables | {"MENTORBOOKING_DYNAMODB_ENDPOINT": CLOSED}

    with lambda_function(handler_of("api"), settings, tmp_path) as api:
        told = api.invoke(payload("api-get"))

    assert (told["statusCode"], told["headers"]["retry-after"]) == (503, "1")
    assert '"code":"store-unavailable"' in told["body"]


def test_the_api_starts_and_answers_while_all_but_the_store_is_away(
    house: LambdaHouse, tmp_path: Path
) -> None:
    house.run("projector")
    _, student = house.registered("student", "Sam Student")
    settings = house.variables | {"MENTORBOOKING_AWS_ENDPOINT": CLOSED}
    ask = house.request("GET", "/notification-subscriptions", token=student)

    with lambda_function(handler_of("api"), settings, tmp_path) as api:
        listed, subscribed = api.invoke(payload("api-get")), api.invoke(ask)

    assert listed["statusCode"] == 200
    assert subscribed["statusCode"] == 503
    assert '"code":"subscriptions-unavailable"' in subscribed["body"]
    assert "service_not_opened_yet" not in api.log()


def test_a_worker_fails_while_the_store_is_away_so_that_it_is_tried_again(
    house: LambdaHouse, tmp_path: Path
) -> None:
    settings = house.variables | {"MENTORBOOKING_DYNAMODB_ENDPOINT": CLOSED}

    with lambda_function(handler_of("outbox"), settings, tmp_path) as outbox:
        # On a slow machine the time is up before the store has been asked often enough.
        with pytest.raises(FunctionFailed, match=r"LogUnavailable|TurnMissed"):
            outbox.invoke(payload("log-stream"), seconds=12)

        assert outbox.metrics[-1]["Failures"] == 1
        assert outbox.logged()[-1]["event"] == "invocation_failed"


def test_a_queue_that_is_back_is_found_again(house: LambdaHouse, tmp_path: Path) -> None:
    settings = house.variables | {"MENTORBOOKING_AWS_PREFIX": "not-made-yet"}

    with lambda_function(handler_of("exports"), settings, tmp_path) as exports:
        for _ in range(2):
            with pytest.raises(FunctionFailed, match="LogUnavailable"):
                exports.invoke(payload("sqs-batch"))

        assert exports.logged()[0]["event"] == "service_not_opened_yet"
