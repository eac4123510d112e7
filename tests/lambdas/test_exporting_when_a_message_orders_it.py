"""Messages of the queue of exports, done with or to come back."""

from __future__ import annotations

from tests.support.lambda_house import LambdaHouse, payload


def test_an_export_is_made_and_its_message_is_over(house: LambdaHouse) -> None:
    admin = house.admin()
    location = _ordered(house, admin)
    house.run("outbox", payload("log-stream"))

    answer = house.run("exports", house.messages("booking-exports"))

    assert answer == {"batchItemFailures": []}
    assert house.call("GET", location, token=admin).json()["status"] == "completed"
    assert house.messages("booking-exports")["Records"] == []


def test_only_what_is_not_done_comes_back(house: LambdaHouse) -> None:
    admin = house.admin()
    location = _ordered(house, admin)
    house.run("outbox", payload("log-stream"))
    (sound,) = house.messages("booking-exports")["Records"]
    torn = sound | {"messageId": "torn", "body": "{"}
    foreign = sound | {"messageId": "foreign", "body": '{"queue": "mentor-imports", "job": 1}'}

    answer = house.run("exports", {"Records": [torn, sound, foreign]})

    assert [each["itemIdentifier"] for each in answer["batchItemFailures"]] == ["torn", "foreign"]
    assert house.call("GET", location, token=admin).json()["status"] == "completed"


def test_a_message_about_a_job_that_is_over_is_done_with(house: LambdaHouse) -> None:
    assert house.run("exports", payload("sqs-batch")) == {"batchItemFailures": []}


def test_nothing_is_begun_when_time_is_short(house: LambdaHouse) -> None:
    admin = house.admin()
    location = _ordered(house, admin)
    house.run("outbox", payload("log-stream"))
    messages = house.messages("booking-exports")

    answer = house.run("exports", messages, seconds=5)

    assert len(answer["batchItemFailures"]) == len(messages["Records"])
    assert house.call("GET", location, token=admin).json()["status"] == "queued"


def test_a_message_that_got_lost_is_sent_again(house: LambdaHouse) -> None:
    _ordered(house, house.admin())
    house.run("outbox", payload("log-stream"))
    house.empty("booking-exports")

    assert house.run("housekeeping", payload("scheduled")) is None

    told = house.function("housekeeping").metrics[-1]
    assert told["JobsWokenAgain"] == 0  # not yet: it may be on its way
    assert told["JobsQueued"] >= 1


def _ordered(house: LambdaHouse, admin: str) -> str:
    answer = house.call("POST", "/exports/bookings", token=admin, body={})
    assert answer.status == 202, answer.content
    return answer.headers["location"]
