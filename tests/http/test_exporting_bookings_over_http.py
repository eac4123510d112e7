"""POST /exports/bookings, what is told of an export, and the signed link to its file."""

from __future__ import annotations

import csv
import hashlib
import io
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from mentorbooking.domain.bookings_export.bookings_export import BookingsExport
from tests.support.person import Person
from tests.support.running_service import House, errors_of, refusal, told

pytestmark = pytest.mark.anyio

COLUMNS = [
    "booking_id",
    "status",
    "student_id",
    "student_name",
    "mentor_id",
    "mentor_name",
    "title",
    "start_utc",
    "end_utc",
    "start_local",
    "end_local",
    "time_zone",
    "duration_minutes",
    "created_at",
    "cancelled_at",
    "cancelled_by",
    "cancellation_reason",
]


async def booked(house: House) -> tuple[Person, Person, list[dict[str, Any]]]:
    mentor = await house.mentor("Grace", time_zone="America/New_York")
    student = await house.student("=Ada()")
    late, early = await house.offer(mentor, house.at(days=2), house.at(days=1))
    second = await house.book(student, mentor, late, title="+1 on this", description="-")
    first = await house.book(student, mentor, early, title="Über, alles")
    await mentor.delete(f"/bookings/{second['id']}", params={"reason": "-1"})
    return mentor, student, [first, second]


async def exported(house: House, admin: Person, **wanted: Any) -> dict[str, Any]:
    answer = await admin.post("/exports/bookings", wanted)
    assert answer.status_code == 202, answer.text
    done = await house.exported(admin, answer.headers["Location"])
    assert done["status"] == "completed"
    return dict(done)


async def rows_in(house: House, done: dict[str, Any]) -> list[dict[str, str]]:
    answer = await house.download(done["download_url"])
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


async def test_an_export_is_queued_and_then_completed(house: House) -> None:
    admin = await house.admin()
    await booked(house)

    answer = await admin.post("/exports/bookings", {})
    queued = answer.json()
    assert answer.status_code == 202
    assert answer.headers["Location"] == f"/exports/bookings/{queued['id']}"
    assert queued["id"].startswith("export_")
    assert queued["status"] == "queued"
    assert not queued["download_url"]
    position = queued["as_of_position"]
    done = await house.exported(admin, answer.headers["Location"])

    assert done["record_count"] == 2
    assert done["as_of_position"] == position
    file = await house.download(done["download_url"])
    assert hashlib.sha256(file.content).hexdigest() == done["sha256"]
    ((kept, stored),) = (await house.objects("booking-exports")).items()
    assert stored == file.content
    assert kept.endswith("/bookings.csv")


async def test_the_file_holds_what_the_contract_says(house: House) -> None:
    admin = await house.admin()
    mentor, student, (first, _) = await booked(house)

    done = await exported(house, admin)
    file = await house.download(done["download_url"])

    assert file.content.count(b"\r\n") == 3
    assert file.text.splitlines()[0].split(",") == COLUMNS
    one, two = await rows_in(house, done)
    assert one == {
        "booking_id": first["id"],
        "status": "confirmed",
        "student_id": student.id,
        "student_name": "'=Ada()",
        "mentor_id": mentor.id,
        "mentor_name": "Grace",
        "title": "Über, alles",
        "start_utc": first["start"],
        "end_utc": first["end"],
        "start_local": one["start_local"],
        "end_local": one["end_local"],
        "time_zone": "America/New_York",
        "duration_minutes": "60",
        "created_at": first["created_at"],
        "cancelled_at": "",
        "cancelled_by": "",
        "cancellation_reason": "",
    }
    assert "05:00" in one["start_local"]  # New York is four hours behind in September
    assert two["title"] == "'+1 on this"
    assert (two["status"], two["cancelled_by"]) == ("cancelled", "mentor")
    assert two["cancellation_reason"] == "'-1"
    assert two["cancelled_at"] == told(house.now)


async def test_raw_switches_the_guard_off(house: House) -> None:
    admin = await house.admin()
    await booked(house)

    one, two = await rows_in(house, await exported(house, admin, raw=True))

    assert one["student_name"] == "=Ada()"
    assert two["cancellation_reason"] == "-1"


async def test_filters_choose_bookings(house: House) -> None:
    admin = await house.admin()
    mentor, _, (first, second) = await booked(house)

    for wanted, found in [
        ({"from": second["start"]}, [second]),
        ({"to": second["start"]}, [first]),
        ({"status": "cancelled"}, [second]),
        ({"status": "confirmed"}, [first]),
        ({"mentor_id": mentor.id}, [first, second]),
        ({"mentor_id": "nobody"}, []),
    ]:
        done = await exported(house, admin, **wanted)
        assert done["record_count"] == len(found)
        rows = await rows_in(house, done)
        assert [row["booking_id"] for row in rows] == [booking["id"] for booking in found], wanted


async def test_the_past_is_exported_as_it_was(house: House) -> None:
    admin = await house.admin()
    mentor, student, (first, _) = await booked(house)
    now = await exported(house, admin)
    then = house.now
    house.clock.advance(timedelta(hours=1))
    await student.delete(f"/bookings/{first['id']}")
    await mentor.patch("/me", {"name": "Renamed"})

    by_time = await exported(house, admin, as_of=told(then))
    by_position = await exported(house, admin, as_of=now["as_of_position"])
    at_present = await exported(house, admin)

    assert by_position["sha256"] == now["sha256"]
    assert [row["status"] for row in await rows_in(house, by_time)] == ["confirmed", "cancelled"]
    assert {row["mentor_name"] for row in await rows_in(house, by_time)} == {"Grace"}
    assert [row["status"] for row in await rows_in(house, at_present)] == ["cancelled"] * 2
    assert {row["mentor_name"] for row in await rows_in(house, at_present)} == {"Renamed"}
    for wrong in ("yesterday", "2026-09-01T00:00:00+0100", "200:5", "-1", ""):
        answer = await admin.post("/exports/bookings", {"as_of": wrong})
        assert refusal(answer)[0] == 422, wrong
    answer = await admin.post("/exports/bookings", {"as_of": "2026-09-01T00:00:00", "to": "soon"})
    assert errors_of(answer) == [("#/to", "invalid-instant"), ("#/as_of", "offset-required")]


async def test_the_link_is_an_attachment_that_nobody_keeps(house: House) -> None:
    admin = await house.admin()
    await booked(house)
    done = await exported(house, admin)

    answer = await house.download(done["download_url"])

    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["content-type"].startswith("text/csv")
    kept = {part.strip() for part in answer.headers["cache-control"].split(",")}
    assert {"private", "no-store"} <= kept


@pytest.mark.embedded_only("S3 tells nobody how to sniff")
async def test_browsers_do_not_guess_what_it_is(house: House) -> None:
    done = await exported(house, await house.admin())

    answer = await house.download(done["download_url"])

    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.embedded_only("S3 goes by the clock of its own machine")
async def test_the_link_lives_15_minutes_and_is_renewed_by_asking_again(house: House) -> None:
    admin = await house.admin()
    await booked(house)
    done = await exported(house, admin)
    assert done["expires_at"] == told(house.at(minutes=15))
    house.clock.advance(timedelta(minutes=14, seconds=59))
    assert (await house.download(done["download_url"])).status_code == 200

    house.clock.advance(timedelta(seconds=1))

    assert refusal(await house.download(done["download_url"]))[0] == 403
    renewed = (await admin.get(f"/exports/bookings/{done['id']}")).json()
    assert renewed["download_url"] != done["download_url"]
    assert (await house.download(renewed["download_url"])).status_code == 200


@pytest.mark.embedded_only("S3 checks its own links, and what stands in for it here checks none")
async def test_a_link_opens_nothing_else(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    admin = await house.admin()
    await booked(house)
    one, two = await exported(house, admin), await exported(house, admin, raw=True)
    link, other = one["download_url"], urlsplit(two["download_url"])
    path, query = urlsplit(link).path, urlsplit(link).query
    expires, signature = (part.split("=")[1] for part in query.split("&"))

    for misused in [
        f"{other.path}?{query}",
        path,
        f"{path}?",
        f"{path}?expires={int(expires) + 1}&signature={signature}",
        f"{path}?expires={expires}&signature={signature[:-1]}",
        f"{path}?expires={expires}&signature={signature.swapcase()}",
        f"{path}?expires={expires}",
        f"{path}?signature={signature}",
        f"{path}?signature={signature}&expires={expires}",
        f"{path}?{query}&expires={expires}",
    ]:
        status, _ = refusal(await house.download(misused))
        assert status in (403, 422), misused
    with_token = await admin.get(path)
    assert refusal(with_token)[0] == 403
    for method in ("POST", "DELETE", "PUT"):
        assert (await house.anyone.request(method, link)).status_code == 405
    printed = capsys.readouterr()
    assert signature not in printed.out + printed.err


async def download_once_gone(house: House) -> httpx.Response:
    done = await exported(house, await house.admin())
    base = house.service.base
    export = await base.aggregates.get(BookingsExport, done["id"])
    assert export.object_key
    await base.storage.delete(export.object_key)
    return await house.download(done["download_url"])


async def test_a_link_to_a_file_that_is_gone_opens_nothing(house: House) -> None:
    gone = await download_once_gone(house)
    assert gone.status_code in (403, 404)  # S3 tells only those who may list what is not there


@pytest.mark.embedded_only("S3 answers in its own words")
async def test_that_a_file_is_gone_is_told_as_a_problem(house: House) -> None:
    assert refusal(await download_once_gone(house)) == (404, "not-found")


async def test_only_a_failed_export_is_retried(house: House) -> None:
    admin = await house.admin()
    await booked(house)
    queued = (await admin.post("/exports/bookings")).json()
    path = f"/exports/bookings/{queued['id']}"

    assert refusal(await admin.post(f"{path}/retry")) == (409, "not-retryable")
    aggregates = house.service.base.aggregates
    export = await aggregates.get(BookingsExport, queued["id"])
    await aggregates.save(export.fail("storage-unavailable", "The disk is full.", now=house.now))
    failed = (await admin.get(path)).json()
    assert failed["status"] == "failed"
    assert failed["error"]["code"] == "storage-unavailable"
    assert not failed["download_url"]
    earlier = {"If-Match": f'"{queued["version"]}"'}
    assert refusal(await admin.post(f"{path}/retry", headers=earlier)) == (412, "version-mismatch")

    answer = await admin.post(f"{path}/retry")

    assert answer.status_code == 202
    assert answer.json()["status"] == "queued"
    assert answer.headers["Location"] == path
    done = await house.exported(admin, path)
    assert done["status"] == "completed"
    assert done["as_of_position"] == queued["as_of_position"]
    assert "error" not in done
    assert refusal(await admin.post(f"{path}/retry")) == (409, "not-retryable")


async def test_an_export_may_be_asked_for_without_a_body(house: House) -> None:
    admin = await house.admin()

    assert (await admin.http.post("/exports/bookings")).status_code == 202
    wrong = await admin.post("/exports/bookings", {"raw": "yes", "status": "x", "from": 1})
    assert refusal(wrong) == (422, "invalid-content")
    assert len(wrong.json()["errors"]) == 3
