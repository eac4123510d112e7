"""What the demo plans to happen breaks no rule, at whatever moment it is made."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mentorbooking.adapters.data_directory import DataDirectory
from mentorbooking.application.answers.slot import SlotAnswer, slot_answer
from mentorbooking.application.context import CommandContext, current_context
from mentorbooking.application.email_addresses import read_email
from mentorbooking.domain.mentor import policies
from mentorbooking.domain.mentor_calendar.calendar import CalendarSlot
from mentorbooking.domain.scheduling.time_slot import TimeSlot
from mentorbooking.domain.scheduling.time_zones import check_time_zone
from mentorbooking.entrypoints.demo import people
from mentorbooking.entrypoints.demo.calendars import WEEKS_BACK, slots_of
from mentorbooking.entrypoints.demo.history import OPENING_TAKES, make_history
from mentorbooking.entrypoints.demo.sessions import Session, sessions
from mentorbooking.entrypoints.demo.stage import stage_in_the_past
from mentorbooking.entrypoints.embedded.service import embedded_service
from mentorbooking.entrypoints.settings import Settings
from tests.support.moving_clock import MovingClock

STUDENTS = len(people.STUDENTS)
MOST_AT_ONCE = 100
"""Slots of one command."""

moments = st.datetimes(datetime(2024, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))


def calendars(now: datetime) -> list[list[SlotAnswer]]:
    return [
        [
            slot_answer(f"slot_{number}_{place}", f"mentor_{number}", CalendarSlot(slot))
            for place, slot in enumerate(slots_of(number, profile.time_zone, now=now))
        ]
        for number, profile in enumerate(people.mentors())
    ]


def planned(now: datetime) -> list[Session]:
    profiles = people.mentors()
    return sessions(
        calendars(now),
        [profile.skills[0] for profile in profiles],
        students=STUDENTS,
        with_account=2,
        opened=now - timedelta(weeks=WEEKS_BACK) + OPENING_TAKES,
        now=now,
    )


def test_profiles_hold_only_what_the_rules_allow() -> None:
    profiles = people.mentors()
    assert len({profile.email for profile in profiles}) == len(profiles) >= 36
    for profile in profiles:
        assert policies.mentor_name(profile.name) == profile.name
        assert policies.bio(profile.bio) == profile.bio
        assert read_email(profile.email).shown == profile.email
        assert policies.distinct_skills(map(policies.skill, profile.skills)) == profile.skills
        languages = tuple(map(policies.language, profile.languages))
        assert policies.distinct_languages(languages) == profile.languages
        assert check_time_zone(profile.time_zone)
        assert profile.experience_years in policies.EXPERIENCE_YEARS
        assert policies.hourly_rate(profile.hourly_rate or 0) == profile.hourly_rate
        assert profile.max_sessions_per_day in policies.SESSIONS_PER_DAY


@given(moments)
@example(datetime(2026, 3, 29, 0, 59, tzinfo=UTC))
@example(datetime(2028, 2, 29, 23, 59, 59, tzinfo=UTC))
def test_nobody_is_in_two_places(now: datetime) -> None:
    for number, profile in enumerate(people.mentors()[:12]):
        slots = slots_of(number, profile.time_zone, now=now)
        assert 20 < len(slots) <= MOST_AT_ONCE
        assert all(one.end <= other.start for one, other in pairwise(slots))
        assert slots[0].start > now - timedelta(weeks=WEEKS_BACK) + OPENING_TAKES
        assert slots[-1].end > now + timedelta(weeks=4)


@given(moments)
@example(datetime(2026, 11, 1, 5, 30, tzinfo=UTC))
def test_sessions_are_booked_and_called_off_in_time(now: datetime) -> None:
    plan = planned(now)
    opened = now - timedelta(weeks=WEEKS_BACK) + OPENING_TAKES
    assert len({session.slot.id for session in plan}) == len(plan) > 60
    assert any(session.slot.start <= now < session.slot.end for session in plan)
    assert [session.booked_at for session in plan] == sorted(s.booked_at for s in plan)
    for session in plan:
        assert opened <= session.booked_at < min(session.slot.start, now)
        if session.cancellation:
            assert session.booked_at < session.cancellation.at < min(session.slot.start, now)
    for student in range(STUDENTS):
        own = sorted(TimeSlot(s.slot.start, s.slot.end) for s in plan if s.student == student)
        assert all(one.end <= other.start for one, other in pairwise(own))


def surroundings() -> CommandContext | None:
    """Return in whose name things are done here, which other tests may have begun."""
    try:
        return current_context()
    except LookupError:
        return None


@pytest.mark.anyio
@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 3, 29, 1, 0, 0, tzinfo=UTC),
        datetime(2026, 11, 1, 6, 59, 59, 999_999, tzinfo=UTC),
        datetime(2027, 1, 1, 0, 0, tzinfo=UTC),
    ],
)
async def test_the_service_accepts_all_of_it(tmp_path: Path, now: datetime) -> None:
    directory = DataDirectory(tmp_path)
    settings = Settings(data_dir=tmp_path)
    before = surroundings()
    async with embedded_service(settings, directory, clock=MovingClock(now)) as service:
        with stage_in_the_past(service, timedelta(weeks=WEEKS_BACK)) as stage:
            counts = await make_history(stage, now)
            assert stage.clock.now() == now
        assert surroundings() is before  # what the service does and logs now is nobody's act
        log = service.base.log.reader
        recorded = [each.recorded_at for each in log.read(0, log.head())]
        assert recorded == sorted(recorded)
        assert counts.mentors == len(people.mentors())
        assert counts.bookings > 60
