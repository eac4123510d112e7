"""API Gateway's payloads in, its answers out; all else is told by the tests of the API."""

from __future__ import annotations

from tests.support.lambda_house import LambdaHouse, payload


def test_a_payload_as_it_was_written_down_is_answered(house: LambdaHouse) -> None:
    house.run("projector")

    answer = house.answer_to(payload("api-get"))

    assert answer.status == 200
    assert answer.json()["page"]["limit"] == 20
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-request-id"].startswith("request-")


def test_a_request_keeps_the_id_of_its_client(house: LambdaHouse) -> None:
    answer = house.call("GET", "/mentors", headers={"x-request-id": "mine-1"})

    assert answer.headers["x-request-id"] == "mine-1"


def test_what_is_wrong_with_a_body_is_told_in_text(house: LambdaHouse) -> None:
    told = house.function("api").invoke(payload("api-post"))

    assert (told["statusCode"], told["isBase64Encoded"]) == (422, False)
    assert told["headers"]["content-type"] == "application/problem+json"
    assert '"code":"invalid-content"' in told["body"]


def test_a_path_with_nothing_behind_it_is_a_problem(house: LambdaHouse) -> None:
    assert house.call("GET", "/no/such/thing").json()["code"] == "not-found"


def test_a_session_is_booked_and_listed_once_it_is_projected(house: LambdaHouse) -> None:
    booked, student = house.booked()
    written = {"min-event-position": booked.headers["event-position"]}

    early = house.call("GET", "/bookings", token=student, headers=written)
    house.run("projector")
    listed = house.call("GET", "/bookings", token=student, headers=written)

    assert early.json()["code"] == "projection-behind"
    assert [each["title"] for each in listed.json()["data"]] == ["Übersicht"]


def test_each_answer_is_counted_and_logged(house: LambdaHouse) -> None:
    api = house.function("api")
    answer = house.call("GET", "/nowhere")

    counted = api.metrics[-1]
    assert (counted["function"], counted["Answers4xx"]) == ("api", 1)
    assert counted["request_id"] == answer.headers["x-request-id"]
    line = api.logged()[-1]
    assert (line["event"], line["request_id"]) == ("request", counted["request_id"])
