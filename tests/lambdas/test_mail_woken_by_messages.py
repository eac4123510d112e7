"""The outbox sends events into a queue, and its messages wake the mailer."""

from __future__ import annotations

import json
import time
from typing import Any

from tests.support.lambda_house import LambdaHouse, payload
from tests.support.patience import PATIENCE


def test_both_sides_hear_of_a_session_and_of_each_only_once(house: LambdaHouse) -> None:
    messages = _woken_by_a_booking(house)
    before = house.mails()

    first = house.run("notifications", messages)
    again = house.run("notifications", messages)

    assert (first, again) == ({"batchItemFailures": []}, {"batchItemFailures": []})
    assert len(house.mails()) == len(before) + 2
    assert house.function("notifications").metrics[-1]["RepeatsDropped"] == 1


def test_what_cannot_be_read_comes_back_with_all_behind_it_in_its_group(
    house: LambdaHouse,
) -> None:
    (sound,) = _woken_by_a_booking(house)["Records"]
    torn = _like(sound, "torn", group="booking_1", body="{")
    behind = _like(sound, "behind", group="booking_1")
    unplaced = _like(sound, "unplaced", group="booking_2", body='{"id": "e", "position": "7"}')

    answer = house.run("notifications", {"Records": [torn, sound, behind, unplaced]})

    assert _returned(answer) == ["torn", "behind", "unplaced"]
    assert house.function("notifications").metrics[-1]["MessagesNotDone"] == 3


def test_an_event_behind_the_log_comes_back(house: LambdaHouse) -> None:
    answer = house.run("notifications", _told_of("0:999999"))

    assert len(_returned(answer)) == 1


def test_the_time_wakes_it_too(house: LambdaHouse) -> None:
    house.run("notifications")
    before = house.mails()
    house.booked()

    assert house.run("notifications", payload("scheduled")) == {"batchItemFailures": []}

    assert len(house.mails()) == len(before) + 2


def test_the_outbox_goes_on_where_a_killed_one_stopped(house: LambdaHouse) -> None:
    house.run("outbox")
    _messages(house)
    for _ in range(3):
        house.booked()
    killed = house.another("outbox")
    killed.begin(payload("log-stream"))
    sent = _first_messages(house)
    killed.kill()
    house.let_leases_run_out()

    house.run("outbox", payload("log-stream"))

    sent += _messages(house)["Records"]
    told = [json.loads(each["body"])["id"] for each in sent]
    assert len(told) == len(set(told)) == 3


def _first_messages(house: LambdaHouse) -> list[Any]:
    given_up = time.monotonic() + PATIENCE
    while not (found := _messages(house)["Records"]):
        assert time.monotonic() < given_up, "nothing was ever sent"
    return list(found)


def _woken_by_a_booking(house: LambdaHouse) -> Any:
    for name in ("outbox", "notifications"):
        house.run(name)
    _messages(house)
    house.booked()
    house.run("outbox", payload("log-stream"))
    return _messages(house)


def _messages(house: LambdaHouse) -> Any:
    return house.messages("notifications.fifo", example="sqs-fifo-batch")


def _told_of(position: str) -> Any:
    event = payload("sqs-fifo-batch")
    event["Records"][0]["body"] = json.dumps({"id": "event_1", "position": position})
    return event


def _like(record: Any, message_id: str, *, group: str, body: str | None = None) -> Any:
    attributes = record["attributes"] | {"MessageGroupId": group}
    return record | {
        "messageId": message_id,
        "attributes": attributes,
        "body": record["body"] if body is None else body,
    }


def _returned(answer: Any) -> list[str]:
    return [each["itemIdentifier"] for each in answer["batchItemFailures"]]
