"""What every directory of mentors promises about its rows, sorts and pages."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from mentorbooking.application.answers.mentor import MentorAnswer, mentor_answer
from mentorbooking.application.read_models.mentor_directory import MentorSort, MentorsQuery
from mentorbooking.application.read_models.page import Keys
from mentorbooking.domain.mentor.events import (
    MentorConfirmed,
    MentorCreated,
    MentorEvent,
    MentorInvited,
    MentorProfileChanged,
    MentorTakenOver,
    Origin,
)
from mentorbooking.domain.mentor.mentor import Mentor
from mentorbooking.domain.mentor.profile import MentorProfile, ProfileChanges
from mentorbooking.domain.mentor_calendar.events import SlotReserved
from tests.support.fixed import BOOKING, HOUR, MENTOR, NOW, USER, slot
from tests.support.mentor_events import mentor, offers
from tests.support.read_models import ReadModels, rows_of

pytestmark = pytest.mark.anyio


async def answers(read_models: ReadModels, *, now: datetime = NOW, **of: Any) -> list[MentorAnswer]:
    return rows_of(await read_models.mentors.page(MentorsQuery(**of), now=now), MentorAnswer)


async def listed(read_models: ReadModels, sort: str, *, now: datetime = NOW) -> list[str]:
    return [row.id for row in await answers(read_models, sort=MentorSort(sort), now=now)]


async def test_a_mentor_is_told_as_the_service_tells_it_elsewhere_without_contact(
    read_models: ReadModels,
) -> None:
    profile = MentorProfile(
        name='Zoë "Z" O\'Neill\n',
        email="zoe@example.org",
        skills=("C++", "Straße"),
        experience_years=3,
        bio="Tabs\tand\nlines \U0001f40d",
        hourly_rate=20.5,
        languages=("en",),
        mobile_number="+44 20 7946 0000",
        external_id="e-1",
    )
    history: list[MentorEvent] = [
        MentorCreated(at=NOW, profile=profile, origin=Origin.REGISTRATION),
        MentorConfirmed(at=NOW + HOUR),
        MentorProfileChanged(
            at=NOW + 2 * HOUR,
            changes=ProfileChanges(hourly_rate=None, email="z@example.org", premium=True),
        ),
        MentorInvited(at=NOW + 3 * HOUR, invitation_id="i", expires_at=NOW, invited_by=USER),
        MentorTakenOver(at=NOW + 4 * HOUR, user_id=USER),
    ]
    known = Mentor(id=MENTOR)
    for event in history:
        await read_models.happened(MENTOR, event)
        known = known.after(event)
        (row,) = await answers(read_models)
        assert row == msgspec.structs.replace(mentor_answer(known), next_free=None)


async def test_next_free_is_the_start_of_the_earliest_open_slot_to_come(
    read_models: ReadModels,
) -> None:
    await mentor(read_models, "ada")
    assert (await answers(read_models))[0].next_free is None
    await offers(read_models, "ada", c=slot(hours=9), a=slot(hours=-1), b=slot(hours=2))
    assert (await answers(read_models))[0].next_free == NOW + 2 * HOUR
    await read_models.happened(
        "mentor_calendar:ada:1", SlotReserved(at=NOW, slot_id="b", booking_id=BOOKING)
    )
    assert (await answers(read_models))[0].next_free == NOW + 9 * HOUR
    assert (await answers(read_models, now=NOW - 2 * HOUR))[0].next_free == NOW - HOUR
    assert (await answers(read_models, now=NOW + 9 * HOUR))[0].next_free is None


async def test_by_name_without_regard_to_capitals_and_accents(read_models: ReadModels) -> None:
    for mentor_id, name in {
        "m1": "Zoe",
        "m2": "Łukasz",
        "m3": "émile",
        "m4": "Emily",
        "m5": "Ångström",
        "m6": "adam",
        "m7": "Lukas Z",
        "m8": "ZOE",
    }.items():
        await mentor(read_models, mentor_id, name=name)
    assert await listed(read_models, "name") == ["m6", "m5", "m3", "m4", "m7", "m2", "m1", "m8"]


async def test_the_order_follows_the_profile(read_models: ReadModels) -> None:
    await mentor(read_models, "m1", name="A", experience_years=9, hourly_rate=1)
    await mentor(read_models, "m2", name="B", experience_years=8, hourly_rate=2)
    changes = ProfileChanges(name="C", experience_years=7, hourly_rate=3)
    await read_models.happened("m1", MentorProfileChanged(at=NOW, changes=changes))
    for sort in ("name", "-experience_years", "hourly_rate"):
        assert await listed(read_models, sort) == ["m2", "m1"]


async def test_by_experience_and_rate_unknown_ones_last(read_models: ReadModels) -> None:
    await mentor(read_models, "m1")
    await mentor(read_models, "m2", experience_years=0, hourly_rate=0)
    await mentor(read_models, "m3", experience_years=10, hourly_rate=99.5)
    await mentor(read_models, "m4", experience_years=10, hourly_rate=100)
    await mentor(read_models, "m5")
    assert await listed(read_models, "-experience_years") == ["m3", "m4", "m2", "m1", "m5"]
    assert await listed(read_models, "hourly_rate") == ["m2", "m3", "m4", "m1", "m5"]


async def test_by_who_is_free_next_who_is_not_last(read_models: ReadModels) -> None:
    for mentor_id in ("m1", "m2", "m3", "m4"):
        await mentor(read_models, mentor_id)
    await offers(read_models, "m4", a=slot(hours=1), b=slot(hours=8))
    await offers(read_models, "m3", c=slot(hours=-1))
    await offers(read_models, "m2", d=slot(hours=3))
    assert await listed(read_models, "next_free") == ["m4", "m2", "m1", "m3"]
    assert await listed(read_models, "next_free", now=NOW + HOUR) == ["m2", "m4", "m1", "m3"]


@pytest.mark.parametrize("sort", MentorSort)
async def test_pages_follow_each_other_though_keys_are_equal(
    read_models: ReadModels, sort: MentorSort
) -> None:
    names = [f"mentor_{number:02}" for number in range(20)]
    for number, mentor_id in enumerate(names):
        told: dict[str, Any] = {"experience_years": 7, "hourly_rate": number % 3 / 10}
        if number % 4 == 0:
            told = {}
        await mentor(read_models, mentor_id, name=f"Name {number % 2}", **told)
        if number % 3:
            await offers(read_models, mentor_id, **{f"slot_{number}": slot(hours=1 + number % 2)})
    seen: list[str] = []
    after: Keys | None = None
    for _ in range(7):
        query = MentorsQuery(sort=sort, limit=3, after=after)
        page = await read_models.mentors.page(query, now=NOW)
        seen += [row.id for row in rows_of(page, MentorAnswer)]
        after = page.next_keys
    assert seen == [row.id for row in await answers(read_models, sort=sort, limit=200)]
    assert sorted(seen) == names
    assert after is None


async def test_pages_by_next_free_repeat_nobody_as_time_goes_by(read_models: ReadModels) -> None:
    for number in range(6):
        await mentor(read_models, f"m{number}")
        await offers(
            read_models,
            f"m{number}",
            **{f"soon_{number}": slot(hours=1 + number), f"late_{number}": slot(days=9)},
        )
    first = await read_models.mentors.page(
        MentorsQuery(sort=MentorSort.NEXT_FREE, limit=3), now=NOW
    )
    query = MentorsQuery(sort=MentorSort.NEXT_FREE, limit=3, after=first.next_keys)
    second = await read_models.mentors.page(query, now=NOW + timedelta(hours=4))
    assert [row.id for row in rows_of(first, MentorAnswer)] == ["m0", "m1", "m2"]
    later = rows_of(second, MentorAnswer)
    assert [row.id for row in later] == ["m3", "m4", "m5"]
    assert [row.next_free for row in later] == [
        NOW + timedelta(days=9),
        NOW + timedelta(hours=5),
        NOW + timedelta(hours=6),
    ]


@pytest.mark.parametrize("sort", MentorSort)
async def test_keys_of_another_list_are_refused(read_models: ReadModels, sort: MentorSort) -> None:
    with pytest.raises(ValueError, match="keys"):
        await read_models.mentors.page(MentorsQuery(sort=sort, after=("a",)), now=NOW)
