"""Lists: a limit, an opaque cursor, and pages that neither repeat nor skip a row."""

from __future__ import annotations

import re

import httpx
import pytest

from tests.support.running_service import House, errors_of, ids_of, pages_of, refusal

pytestmark = pytest.mark.anyio


async def test_the_page_tells_limit_and_next_cursor(house: House) -> None:
    await house.mentor("A"), await house.mentor("B")

    everything = (await house.anyone.get("/mentors")).json()
    first = (await house.anyone.get("/mentors", params={"limit": 1})).json()

    assert everything["page"] == {"next_cursor": None, "limit": 50}
    assert len(everything["data"]) == 2
    assert first["page"]["limit"] == 1
    assert re.fullmatch(r"[A-Za-z0-9._~-]+", first["page"]["next_cursor"])


async def test_the_last_page_is_known_to_be_the_last(house: House) -> None:
    await house.mentor("A"), await house.mentor("B")

    assert [len(page) for page in await pages_of(house.anyone, "/mentors", limit=1)] == [1, 1]
    assert [len(page) for page in await pages_of(house.anyone, "/mentors", limit=2)] == [2]


async def test_the_limit_lies_between_1_and_200(house: House) -> None:
    mentor, admin = await house.mentor(), await house.admin()

    for person, path in [
        (house.anyone, "/mentors"),
        (house.anyone, f"/mentors/{mentor.id}/timeslots"),
        (mentor, f"/mentors/{mentor.id}/bookings"),
        (admin, "/bookings"),
    ]:
        for limit in ("0", "-1", "201", "ten", "1.5", "", "1e2", "9" * 20):
            answer = await person.get(path, params={"limit": limit})
            assert refusal(answer) == (422, "invalid-content")
            assert [place for place, _ in errors_of(answer)] == ["limit"]
        for limit in ("1", "200"):
            assert (await person.get(path, params={"limit": limit})).status_code == 200


async def test_a_cursor_that_was_changed_is_refused(house: House) -> None:
    for name in "ABC":
        await house.mentor(name)
    cursor = (await house.anyone.get("/mentors", params={"limit": 1})).json()["page"]["next_cursor"]
    changed = [
        cursor[:-1] + ("A" if cursor[-1] != "A" else "B"),
        ("A" if cursor[0] != "A" else "B") + cursor[1:],
        cursor + "A",
        cursor[:-4],
        cursor.swapcase(),
        "x",
        "",
        "ü",
        "0" * 5_000,
    ]

    for text in changed:
        answer = await house.anyone.get("/mentors", params={"limit": 1, "cursor": text})
        assert refusal(answer) == (400, "invalid-cursor"), text


async def test_a_cursor_belongs_to_its_list_its_sort_and_its_filters(house: House) -> None:
    mentor, other, student = await house.mentor("A"), await house.mentor("B"), await house.student()
    slots = await house.offer(mentor, house.at(days=1), house.at(days=2))
    for slot_id in slots:
        await house.book(student, mentor, slot_id)

    def next_of(answer: httpx.Response) -> dict[str, str]:
        return {"cursor": answer.json()["page"]["next_cursor"]}

    mentors = next_of(await house.anyone.get("/mentors", params={"limit": 1}))
    bookings = next_of(await student.get("/bookings", params={"limit": 1}))

    for person, path, params in [
        (house.anyone, "/mentors", {**mentors, "sort": "next_free"}),
        (house.anyone, "/mentors", {**mentors, "premium": "true"}),
        (house.anyone, "/mentors", {**mentors, "q": "x"}),
        (student, "/bookings", mentors),
        (student, "/bookings", {**bookings, "when": "past"}),
        (mentor, f"/mentors/{mentor.id}/bookings", bookings),
        (other, f"/mentors/{other.id}/bookings", bookings),
    ]:
        assert refusal(await person.get(path, params=params)) == (400, "invalid-cursor"), params


async def test_pages_stay_whole_while_rows_come_and_go(house: House) -> None:
    people = {name: await house.mentor(name) for name in ["B", "D", "F", "H", "J"]}
    names = []
    cursor = None
    while True:
        query = {"limit": 1, **({"cursor": cursor} if cursor else {})}
        page = (await house.anyone.get("/mentors", params=query)).json()
        names += [row["name"] for row in page["data"]]
        cursor = page["page"]["next_cursor"]
        if names[-1] == "B":
            await house.mentor("A")  # comes before the place that was reached
            await house.mentor("C")  # and behind it
        if names[-1] == "D":
            await people["D"].post(f"/mentors/{people['D'].id}/pause")
            await people["F"].post(f"/mentors/{people['F'].id}/pause")
        if cursor is None:
            break

    assert names == ["B", "C", "D", "H", "J"]


async def test_equal_rows_are_told_apart_by_their_ids(house: House) -> None:
    twins = [await house.mentor("Same Name") for _ in range(7)]
    wanted = {twin.id for twin in twins}

    for sort in ("name", "-experience_years", "hourly_rate", "next_free"):
        pages = await pages_of(house.anyone, "/mentors", limit=2, sort=sort)
        found = [mentor_id for page in pages for mentor_id in ids_of(page)]
        assert len(found) == len(wanted)
        assert set(found) == wanted
        assert found == sorted(found)


async def test_time_slots_and_bookings_are_sorted_by_start(house: House) -> None:
    mentor = await house.mentor()
    starts = [house.at(days=days) for days in (9, 3, 27, 1, 14, 8)]
    slots = dict(zip(starts, await house.offer(mentor, *starts), strict=True))
    for start in starts:
        await house.book(await house.student(), mentor, slots[start])
    admin = await house.admin()

    by_start = [slots[start] for start in sorted(starts)]
    offered = await pages_of(mentor, f"/mentors/{mentor.id}/timeslots", limit=2, status="all")
    mentors = await pages_of(mentor, f"/mentors/{mentor.id}/bookings", limit=2)
    everybody = await pages_of(admin, "/bookings", limit=4)

    assert [row["id"] for page in offered for row in page] == by_start
    assert [row["slot_id"] for page in mentors for row in page] == by_start
    assert [row["slot_id"] for page in everybody for row in page] == by_start


async def test_sessions_at_the_same_time_are_told_apart_by_their_ids(house: House) -> None:
    admin, booked = await house.admin(), []
    for _ in range(5):
        mentor, student = await house.mentor(), await house.student()
        (slot_id,) = await house.offer(mentor, house.at(days=1))
        booked.append((await house.book(student, mentor, slot_id))["id"])

    pages = await pages_of(admin, "/bookings", limit=2)

    assert [row["id"] for page in pages for row in page] == sorted(booked)


async def test_unknown_and_repeated_parameters_are_refused_by_name(house: House) -> None:
    unknown = await house.anyone.get("/mentors", params={"limt": 5, "page": 2})
    repeated = await house.anyone.get("/mentors?limit=5&limit=6")

    assert [place for place, _ in errors_of(unknown)] == ["limt", "page"]
    assert [place for place, _ in errors_of(repeated)] == ["limit"]
