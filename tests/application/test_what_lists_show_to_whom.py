"""Whose bookings and which slots a caller is shown, and over what time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mentorbooking.application.authorisation import NotYours, sees_slots_of, student_to_list
from mentorbooking.application.lists.timeslots import asked_range
from mentorbooking.application.principal import Principal
from mentorbooking.domain.kernel.errors import InvalidContent
from mentorbooking.domain.mentor.events import MentorStatus
from mentorbooking.domain.mentor.mentor import Mentor
from mentorbooking.domain.user_account.role import Role

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = timedelta(days=1)

ADMIN = Principal("user_1", Role.ADMIN)
STUDENT = Principal("user_2", Role.STUDENT, student_id="student_1")
OWNER = Principal("user_3", Role.MENTOR, mentor_id="mentor_1")

ACTIVE = Mentor(id="mentor_1", version=1)
PAUSED = Mentor(id="mentor_1", version=2, status=MentorStatus.PAUSED)


def test_admins_list_everybodys_bookings_or_one_students() -> None:
    assert student_to_list(ADMIN, None) is None
    assert student_to_list(ADMIN, "student_9") == "student_9"


def test_students_list_their_own_bookings_only() -> None:
    assert student_to_list(STUDENT, None) == student_to_list(STUDENT, "student_1") == "student_1"
    with pytest.raises(NotYours):
        student_to_list(STUDENT, "student_9")


@pytest.mark.parametrize("caller", [None, STUDENT])
def test_others_see_what_an_active_mentor_offers(caller: Principal | None) -> None:
    assert sees_slots_of(caller, ACTIVE, status="available")
    assert not sees_slots_of(caller, PAUSED, status="available")


@pytest.mark.parametrize("caller", [None, STUDENT])
@pytest.mark.parametrize("status", ["booked", "all"])
def test_others_do_not_see_what_is_booked(caller: Principal | None, status: str) -> None:
    with pytest.raises(NotYours):
        sees_slots_of(caller, ACTIVE, status=status)


@pytest.mark.parametrize("caller", [OWNER, ADMIN])
@pytest.mark.parametrize("status", ["available", "booked", "all"])
def test_the_mentor_and_admins_see_all_of_it(caller: Principal, status: str) -> None:
    assert sees_slots_of(caller, PAUSED, status=status)


def test_slots_are_shown_from_now_on_for_31_days() -> None:
    assert asked_range(None, None, now=NOW) == (NOW, NOW + 31 * DAY)
    assert asked_range(NOW + DAY, None, now=NOW) == (NOW + DAY, NOW + 32 * DAY)


def test_slots_are_shown_for_62_days_at_most() -> None:
    assert asked_range(NOW, NOW + 62 * DAY, now=NOW) == (NOW, NOW + 62 * DAY)
    with pytest.raises(InvalidContent) as refused:
        asked_range(NOW, NOW + 62 * DAY + timedelta(seconds=1), now=NOW)
    assert [error.code for error in refused.value.errors] == ["range-too-large"]


def test_a_range_does_not_end_before_it_starts() -> None:
    assert asked_range(NOW, NOW, now=NOW) == (NOW, NOW)
    with pytest.raises(InvalidContent) as refused:
        asked_range(NOW, NOW - DAY, now=NOW)
    assert [error.code for error in refused.value.errors] == ["end-not-after-start"]
