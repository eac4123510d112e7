"""What every directory of mentors promises about its filters: events in, mentors out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from mentorbooking.application.answers.mentor import MentorAnswer
from mentorbooking.application.read_models.mentor_directory import MentorSort, MentorsQuery
from mentorbooking.domain.mentor.events import MentorActivated, MentorPaused, MentorProfileChanged
from mentorbooking.domain.mentor.profile import ProfileChanges
from mentorbooking.domain.mentor_calendar.events import SlotReserved
from tests.support.fixed import BOOKING, HOUR, NOW, slot
from tests.support.mentor_events import mentor, offers
from tests.support.read_models import ReadModels, rows_of

pytestmark = pytest.mark.anyio


async def found(read_models: ReadModels, **of: Any) -> list[str]:
    page = await read_models.mentors.page(MentorsQuery(**of), now=NOW)
    return [row.id for row in rows_of(page, MentorAnswer)]


async def test_paused_mentors_are_not_found_until_they_are_active_again(
    read_models: ReadModels,
) -> None:
    await mentor(read_models, "ada")
    await mentor(read_models, "bob", status="paused")
    assert await found(read_models) == ["ada"]
    await read_models.happened("ada", MentorPaused(at=NOW))
    await read_models.happened("bob", MentorActivated(at=NOW))
    assert await found(read_models) == ["bob"]


async def test_by_skills_all_of_them_without_regard_to_case(read_models: ReadModels) -> None:
    await mentor(read_models, "ada", skills=("Python", "C++", "STRASSE"))
    await mentor(read_models, "bob", skills=("python", "Event sourcing"))
    assert await found(read_models, skills=("PYTHON",)) == ["ada", "bob"]
    assert await found(read_models, skills=("python", "c++")) == ["ada"]
    assert await found(read_models, skills=("straße",)) == ["ada"]
    assert await found(read_models, skills=("python", "python")) == ["ada", "bob"]
    assert await found(read_models, skills=("Event",)) == []
    assert await found(read_models, skills=("python", "Cooking")) == []


async def test_by_language_and_time_zone(read_models: ReadModels) -> None:
    await mentor(read_models, "ada", languages=("en", "pt-BR"), time_zone="Europe/London")
    await mentor(read_models, "bob", languages=("de",), skills=("en",), time_zone="Europe/Berlin")
    assert await found(read_models, language="EN") == ["ada"]
    assert await found(read_models, language="pt-br") == ["ada"]
    assert await found(read_models, time_zone="Europe/Berlin") == ["bob"]
    assert await found(read_models, language="en", time_zone="Europe/Berlin") == []


async def test_by_experience_rate_and_premium(read_models: ReadModels) -> None:
    await mentor(read_models, "ada", experience_years=5, hourly_rate=80.5, premium=True)
    await mentor(read_models, "bob", experience_years=0, hourly_rate=0)
    await mentor(read_models, "cyd")
    assert await found(read_models, min_experience_years=5) == ["ada"]
    assert await found(read_models, min_experience_years=6) == []
    assert await found(read_models, min_experience_years=0) == ["ada", "bob"]
    assert await found(read_models, max_hourly_rate=80.5) == ["ada", "bob"]
    assert await found(read_models, max_hourly_rate=80) == ["bob"]
    assert await found(read_models, premium=True) == ["ada"]
    assert await found(read_models, premium=False) == ["bob", "cyd"]


@pytest.mark.parametrize(
    ("q", "ids"),
    [
        ("krizova", ["ada"]),
        ("KŘÍŽOVÁ danuše", ["ada"]),
        ("Dan", ["ada"]),
        ("dan křížová", []),
        ("sourcing", ["ada"]),
        ("event-sourcing", ["ada"]),
        ("sourcing event-", ["ada"]),
        ("whiteboards", ["bob"]),
        ("whiteb danuse", []),
        ("c++", ["bob"]),
        ("c#", []),
        ("  ", ["bob", "ada"]),
        ("***", []),
        ("-- ' \" ;", []),
        ('"danuse"', ["ada"]),
        ('danuse" OR name : "bob', []),
        ("NOT danuse", []),
        ("danuse AND krizova", []),
        ("danuse OR bob", []),
        ("name:danuse", []),
        ("danu*", ["ada"]),
        ("danu* krizova", []),
        ("^danuse", ["ada"]),
        ("{name} : danuse", []),
        ("NEAR(danuse krizova)", []),
        ("danuse\x00krizova", ["ada"]),
        ("danuse\n\tkrizova", ["ada"]),
        ("дануше", []),
        ("x" * 5000, []),
        ("danuse " * 500, ["ada"]),
        ("danuse " * 31 + "zebra", []),
        ("danuse " * 32 + "zebra", ["ada"]),
        ("\ud800", []),
        ("\U0010fffe ﷽", []),
    ],
)
async def test_by_words_of_name_skills_and_bio_whatever_is_typed(
    read_models: ReadModels, q: str, ids: list[str]
) -> None:
    await mentor(read_models, "ada", name="Danuše Křížová", skills=("Event sourcing",))
    await mentor(read_models, "bob", skills=("C++",), bio="Likes to draw on whiteboards.")
    assert await found(read_models, q=q) == ids


async def test_every_condition_follows_the_profile(read_models: ReadModels) -> None:
    await mentor(
        read_models,
        "ada",
        skills=("Java",),
        bio="Loves tea",
        languages=("fr",),
        experience_years=1,
        hourly_rate=90,
    )
    await read_models.happened(
        "ada",
        MentorProfileChanged(
            at=NOW,
            changes=ProfileChanges(
                name="Eve",
                skills=("Kotlin",),
                bio="Loves coffee",
                languages=("de",),
                experience_years=2,
                hourly_rate=80,
                premium=True,
                time_zone="Europe/Rome",
            ),
        ),
    )
    gone: list[dict[str, Any]] = [
        {"q": "ada"},
        {"q": "java"},
        {"q": "tea"},
        {"language": "fr"},
        {"skills": ("java",)},
    ]
    for before in gone:
        assert await found(read_models, **before) == []
    now_so: dict[str, Any] = {
        "q": "eve kotlin coffee",
        "skills": ("kotlin",),
        "language": "de",
        "min_experience_years": 2,
        "max_hourly_rate": 80,
        "premium": True,
        "time_zone": "Europe/Rome",
    }
    assert await found(read_models, **now_so) == ["ada"]


async def test_by_an_open_slot_that_lies_within_a_time(read_models: ReadModels) -> None:
    await mentor(read_models, "ada")
    await mentor(read_models, "bob")
    await mentor(read_models, "cyd")
    await offers(read_models, "ada", early=slot(hours=-3), two=slot(hours=2), five=slot(hours=5))
    await offers(read_models, "bob", three=slot(hours=3))
    two, three, four = NOW + 2 * HOUR, NOW + 3 * HOUR, NOW + 4 * HOUR
    assert await found(read_models, free_from=two, free_to=three) == ["ada"]
    assert await found(read_models, free_from=two, free_to=four) == ["ada", "bob"]
    assert await found(read_models, free_from=three, free_to=four) == ["bob"]
    just_short = timedelta(microseconds=1)
    assert await found(read_models, free_from=two + just_short, free_to=four) == ["bob"]
    assert await found(read_models, free_from=two, free_to=four - just_short) == ["ada"]
    assert await found(read_models, free_from=four) == ["ada"]
    assert await found(read_models, free_to=three) == ["ada"]
    assert await found(read_models, free_from=NOW - 9 * HOUR, free_to=NOW) == []
    await read_models.happened(
        "mentor_calendar:bob:1", SlotReserved(at=NOW, slot_id="three", booking_id=BOOKING)
    )
    assert await found(read_models, free_from=three, free_to=four) == []


async def test_conditions_add_up(read_models: ReadModels) -> None:
    every: dict[str, Any] = {
        "skills": ("Python", "SQL"),
        "languages": ("en",),
        "experience_years": 3,
        "hourly_rate": 30,
        "premium": True,
        "time_zone": "Europe/Paris",
        "bio": "Tea.",
    }
    wanted: dict[str, Any] = {
        "skills": ("sql", "python"),
        "language": "en",
        "min_experience_years": 3,
        "max_hourly_rate": 30,
        "premium": True,
        "time_zone": "Europe/Paris",
        "q": "tea",
        "free_from": NOW,
        "free_to": NOW + 2 * HOUR,
    }
    await mentor(read_models, "ada", **every)
    await offers(read_models, "ada", one=slot(hours=1))
    for number, (field, other) in enumerate(
        {
            "skills": ("Python",),
            "languages": ("de",),
            "experience_years": 2,
            "hourly_rate": 31,
            "premium": False,
            "time_zone": "Europe/Rome",
            "bio": "Coffee.",
        }.items()
    ):
        await mentor(read_models, f"not_{field}", **(every | {field: other}))
        await offers(read_models, f"not_{field}", **{f"slot_{number}": slot(hours=1)})
    await mentor(read_models, "busy", **every)
    for sort in MentorSort:
        assert await found(read_models, **wanted, sort=sort) == ["ada"]
