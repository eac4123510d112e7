"""GET /mentors: every filter, every sort, and what a mentor looks like there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.support.person import Person
from tests.support.running_service import House, errors_of, refusal, told

pytestmark = pytest.mark.anyio

ADA = {
    "name": "Ada Lovelace",
    "skills": ["Python", "Domain-driven design"],
    "experience_years": 12,
    "hourly_rate": 80,
    "languages": ["en", "fr"],
    "time_zone": "Europe/London",
    "bio": "Poetical science, and a café au lait.",
    "premium": True,
}
BEN = {
    "name": "Ben Bauer",
    "skills": ["python", "C++"],
    "experience_years": 3,
    "hourly_rate": 25.5,
    "languages": ["de"],
    "time_zone": "Europe/Vienna",
    "bio": "Likes C# too.",
}
CY = {"name": "Çelik Öz", "skills": ["C#"], "languages": ["pt-BR"], "bio": "Says little."}


async def three(house: House) -> tuple[Person, dict[str, str]]:
    admin = await house.admin()
    ids = {}
    for profile in (ADA, BEN, CY):
        body = {"email": house.address("listed"), **profile}
        ids[str(profile["name"])] = (await admin.post("/mentors", body)).json()["id"]
    return admin, ids


async def names(house: House, **query: Any) -> list[str]:
    answer = await house.anyone.get("/mentors", params=query)
    assert answer.status_code == 200, answer.text
    return [mentor["name"].split()[0] for mentor in answer.json()["data"]]


async def test_filters_find_those_who_meet_all_of_them(house: House) -> None:
    await three(house)

    for query, found in [
        ({}, ["Ada", "Ben", "Çelik"]),
        ({"skill": "PYTHON"}, ["Ada", "Ben"]),
        ({"skill": ["python", "domain-driven DESIGN"]}, ["Ada"]),
        ({"skill": ["python", "cobol"]}, []),
        ({"skill": "pyth"}, []),
        ({"skill": "C++"}, ["Ben"]),
        ({"skill": "c#"}, ["Çelik"]),
        ({"min_experience_years": 3}, ["Ada", "Ben"]),
        ({"min_experience_years": 4}, ["Ada"]),
        ({"min_experience_years": 13}, []),
        ({"max_hourly_rate": 80}, ["Ada", "Ben"]),
        ({"max_hourly_rate": "25.5"}, ["Ben"]),
        ({"max_hourly_rate": "25.49"}, []),
        ({"premium": "true"}, ["Ada"]),
        ({"premium": "false"}, ["Ben", "Çelik"]),
        ({"language": "de"}, ["Ben"]),
        ({"language": "EN"}, ["Ada"]),
        ({"language": "pt-br"}, ["Çelik"]),
        ({"time_zone": "Europe/Vienna"}, ["Ben"]),
        ({"q": "lovelace"}, ["Ada"]),
        ({"q": "poetical science"}, ["Ada"]),
        ({"q": "design"}, ["Ada"]),
        ({"q": "cafe"}, ["Ada"]),
        ({"q": "oz celik"}, ["Çelik"]),
        ({"q": "C++"}, ["Ben"]),
        ({"q": "C#"}, ["Ben", "Çelik"]),
        ({"q": "lovelace python"}, ["Ada"]),
        ({"q": "lovelace bauer"}, []),
        ({"q": "python", "premium": "true"}, ["Ada"]),
        ({"skill": "python", "max_hourly_rate": 30, "language": "de"}, ["Ben"]),
    ]:
        assert await names(house, **query) == found, query


async def test_no_word_in_a_search_is_syntax(house: House) -> None:
    await three(house)

    for text in ['"', '"ada', "ada*", "ada AND ben", "name:ada", "NEAR(ada ben)", "-ada", "^ada"]:
        assert (await house.anyone.get("/mentors", params={"q": text})).status_code == 200
    for text in ["*", '"', "()", "%", "'; --", "\N{PILE OF POO}", "a" * 200, "- -"]:
        answer = await house.anyone.get("/mentors", params={"q": text})
        assert answer.status_code == 200, text


async def test_sorts(house: House) -> None:
    _, ids = await three(house)
    admin = await house.admin()
    for name, days in [("Ben Bauer", 1), ("Ada Lovelace", 2)]:
        times = {"start": told(house.at(days=days)), "end": told(house.at(days=days, hours=1))}
        await admin.post(f"/mentors/{ids[name]}/timeslots", {"slots": [times]})

    for sort, found in [
        ("name", ["Ada", "Ben", "Çelik"]),
        ("-experience_years", ["Ada", "Ben", "Çelik"]),
        ("hourly_rate", ["Ben", "Ada", "Çelik"]),
        ("next_free", ["Ben", "Ada", "Çelik"]),
    ]:
        assert await names(house, sort=sort) == found, sort
        whole = []
        cursor = None
        while True:
            query = {"sort": sort, "limit": 1, **({"cursor": cursor} if cursor else {})}
            page = (await house.anyone.get("/mentors", params=query)).json()
            whole += [mentor["name"].split()[0] for mentor in page["data"]]
            cursor = page["page"]["next_cursor"]
            if cursor is None:
                break
        assert whole == found, sort


async def test_other_sorts_are_refused(house: House) -> None:
    for sort in ("-name", "experience_years", "-hourly_rate", "id", "", "name,id"):
        answer = await house.anyone.get("/mentors", params={"sort": sort})
        assert refusal(answer) == (422, "invalid-content")
        assert [place for place, _ in errors_of(answer)] == ["sort"]


async def test_filters_of_another_type_are_refused_all_at_once(house: House) -> None:
    answer = await house.anyone.get(
        "/mentors",
        params={
            "min_experience_years": "many",
            "max_hourly_rate": "cheap",
            "premium": "perhaps",
            "time_zone": "Berlin",
            "free_from": "soon",
            "free_to": "2026-12-01T10:00:00",
            "limit": "0",
        },
    )

    assert refusal(answer) == (422, "invalid-content")
    assert {place for place, _ in errors_of(answer)} == {
        "min_experience_years",
        "max_hourly_rate",
        "premium",
        "time_zone",
        "free_from",
        "free_to",
        "limit",
    }
    assert ("free_to", "offset-required") in errors_of(answer)


async def test_more_skills_than_anybody_has_are_refused(house: House) -> None:
    wanted = [f"Skill {number}" for number in range(2_000)]

    as_many = await house.anyone.get("/mentors", params={"skill": wanted[:50]})
    more = await house.anyone.get("/mentors", params={"skill": wanted})

    assert as_many.json()["data"] == []
    assert refusal(more) == (422, "invalid-content")
    assert errors_of(more) == [("skill", "too-many-items")]


async def test_who_is_free_in_between(house: House) -> None:
    ada, ben = await house.mentor("Ada"), await house.mentor("Ben")
    student = await house.student()
    (early,) = await house.offer(ada, house.at(days=1))
    await house.offer(ben, house.at(days=3))

    def span(first: float, last: float) -> dict[str, str]:
        return {"free_from": told(house.at(days=first)), "free_to": told(house.at(days=last))}

    assert await names(house, **span(0, 2)) == ["Ada"]
    assert await names(house, **span(0, 4)) == ["Ada", "Ben"]
    assert await names(house, **span(1.5, 2.5)) == []
    assert await names(house, free_from=told(house.at(days=2))) == ["Ben"]
    assert await names(house, free_to=told(house.at(days=2))) == ["Ada"]
    booking = await house.book(student, ada, early)
    assert await names(house, **span(0, 2)) == []
    await student.delete(f"/bookings/{booking['id']}")
    assert await names(house, **span(0, 2)) == ["Ada"]
    house.clock.advance(timedelta(days=1))
    assert await names(house, free_to=told(house.at(days=1))) == []


async def test_next_free_is_the_earliest_open_slot_to_come(house: House) -> None:
    mentor, student = await house.mentor(), await house.student()

    async def next_free() -> Any:
        (row,) = (await house.anyone.get("/mentors")).json()["data"]
        return row.get("next_free")

    assert await next_free() is None
    first, second = await house.offer(mentor, house.at(days=1), house.at(days=2))
    assert await next_free() == told(house.at(days=1))
    booking = await house.book(student, mentor, first)
    assert await next_free() == told(house.at(days=2))
    await student.delete(f"/bookings/{booking['id']}")
    assert await next_free() == told(house.at(days=1))
    house.clock.advance(timedelta(days=1))
    assert await next_free() == told(house.at(days=1))
    await mentor.delete(f"/mentors/{mentor.id}/timeslots/{second}")
    assert await next_free() is None


async def test_paused_mentors_are_not_listed(house: House) -> None:
    ada, _ = await house.mentor("Ada"), await house.mentor("Ben")

    await ada.post(f"/mentors/{ada.id}/pause")
    assert await names(house) == ["Ben"]
    await ada.post(f"/mentors/{ada.id}/activate")
    assert await names(house) == ["Ada", "Ben"]


async def test_a_row_has_the_fields_of_a_mentor_and_no_contact(house: House) -> None:
    admin, _ = await three(house)

    for person in (house.anyone, admin):
        rows = (await person.get("/mentors")).json()["data"]
        for row in rows:
            assert {
                "id",
                "name",
                "skills",
                "experience_years",
                "bio",
                "hourly_rate",
                "premium",
                "languages",
                "time_zone",
                "max_sessions_per_day",
                "status",
                "version",
                "created_at",
                "updated_at",
            } <= set(row)
            assert not {"email", "mobile_number", "external_id"} & set(row)
    assert (rows[0]["hourly_rate"], rows[1]["hourly_rate"]) == (80, 25.5)


async def test_the_list_follows_every_change_of_a_profile(house: House) -> None:
    admin, ids = await three(house)
    path = f"/mentors/{ids['Ben Bauer']}"

    await admin.patch(path, {"name": "Zacharias", "skills": ["Haskell"], "hourly_rate": None})

    assert await names(house, skill="python") == ["Ada"]
    assert await names(house, q="bauer") == []
    assert await names(house, q="zach") == ["Zacharias"]
    assert await names(house, sort="hourly_rate") == ["Ada", "Zacharias", "Çelik"] or await names(
        house, sort="hourly_rate"
    ) == ["Ada", "Çelik", "Zacharias"]
    (row,) = (await house.anyone.get("/mentors", params={"q": "zach"})).json()["data"]
    single = (await house.anyone.get(path)).json()
    assert {k: v for k, v in row.items() if k != "next_free"} == {
        k: v for k, v in single.items() if k != "next_free"
    }
