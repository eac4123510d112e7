"""The bucket tells of an uploaded file, and its mentors are taken in."""

from __future__ import annotations

import secrets
import time
from typing import Any
from urllib.parse import quote_plus

from tests.support.lambda_house import LambdaHouse, payload
from tests.support.patience import PATIENCE

HEADER = "email,name,skills\n"
BOUNDARY = "a-line-between"


def test_the_event_of_the_bucket_has_a_file_taken_in_once(house: LambdaHouse) -> None:
    admin = house.admin()
    location = _uploaded(house, admin, rows=3)
    stored = _stored(house, location)

    house.run("imports", stored)
    house.run("imports", stored)

    assert _outcome(house, admin, location) == ("completed", {"total": 3, "created": 3})


def test_it_is_one_job_when_the_outbox_was_first(house: LambdaHouse) -> None:
    admin = house.admin()
    location = _uploaded(house, admin, rows=2)
    house.run("outbox", payload("log-stream"))

    house.run("imports", _stored(house, location))

    assert _outcome(house, admin, location) == ("completed", {"total": 2, "created": 2})
    assert house.run("imports", house.messages("mentor-imports")) == {"batchItemFailures": []}
    assert house.messages("mentor-imports")["Records"] == []


def test_what_a_killed_function_has_begun_is_finished_without_repeating_a_row(
    house: LambdaHouse,
) -> None:
    admin = house.admin()
    location = _uploaded(house, admin, rows=100, named="killed")
    killed = house.another("imports")
    killed.begin(_stored(house, location))
    _wait_until_running(house, admin, location)
    killed.kill()
    assert house.let_leases_run_out() == 1

    house.run("imports", house.messages("mentor-imports"), seconds=60)

    assert _outcome(house, admin, location) == ("completed", {"total": 100, "created": 100})
    again = _uploaded(house, admin, rows=100, named="killed")
    house.run("imports", _stored(house, again), seconds=60)
    assert _outcome(house, admin, again) == ("completed", {"total": 100, "unchanged": 100})


def test_other_files_and_the_buckets_trial_are_left_alone(house: LambdaHouse) -> None:
    strange = payload("s3-put")
    strange["Records"][0]["s3"]["object"]["key"] = "mentors-import%2Fby+hand.csv"

    for event in (payload("s3-test"), payload("s3-put"), strange):
        assert house.run("imports", event) == {"batchItemFailures": []}

    assert "JobsTaken" not in house.function("imports").metrics[-1]


def _uploaded(house: LambdaHouse, admin: str, *, rows: int, named: str = "") -> str:
    """Upload a file of so many mentors, new ones if they are not ``named``; return where."""
    named = named or secrets.token_hex(4)
    lines = [f"{named}-{number}@example.org,Mentor {number},python" for number in range(rows)]
    return _posted(house, admin, HEADER + "\n".join(lines))


def _posted(house: LambdaHouse, admin: str, content: str) -> str:
    form = (
        f"--{BOUNDARY}\r\n"
        'Content-Disposition: form-data; name="file"; filename="mentors.csv"\r\n'
        f"Content-Type: text/csv\r\n\r\n{content}\r\n--{BOUNDARY}--\r\n"
    )
    headers = {"content-type": f"multipart/form-data; boundary={BOUNDARY}"}
    answer = house.call("POST", "/import/mentors", token=admin, body=form.encode(), headers=headers)
    assert answer.status == 202, answer.content
    return answer.headers["location"]


def _stored(house: LambdaHouse, location: str) -> Any:
    """Return the bucket's event for the file of an import; its key is quoted as S3 does."""
    s3, bucket = house.client("s3"), f"{house.settings.aws_prefix}-objects"
    listed = s3.list_objects_v2(Bucket=bucket, Prefix="mentors-import/")["Contents"]
    (key,) = [each["Key"] for each in listed if location.rpartition("/")[2] in each["Key"]]
    event = payload("s3-put")
    event["Records"][0]["s3"]["bucket"]["name"] = bucket
    event["Records"][0]["s3"]["object"]["key"] = quote_plus(key)
    return event


def _outcome(house: LambdaHouse, admin: str, location: str) -> tuple[str, dict[str, int]]:
    house.run("projector")  # the report is complete once its rows are listed
    found = house.call("GET", location, token=admin).json()
    counts = ("total", "created", "updated", "unchanged", "failed")
    return found["status"], {name: found[name] for name in counts if found[name]}


def _wait_until_running(house: LambdaHouse, admin: str, location: str) -> None:
    given_up = time.monotonic() + PATIENCE
    while house.call("GET", location, token=admin).json()["status"] != "running":
        assert time.monotonic() < given_up, "the import was never begun"
