"""The people and the fixed points of tests that book across the end of a calendar's page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from mentorbooking.application.principal import Principal
from mentorbooking.domain.mentor.mentor import Mentor
from mentorbooking.domain.mentor.profile import MentorProfile
from mentorbooking.domain.student_calendar.calendar import StudentCalendar
from mentorbooking.domain.user_account.role import Role
from tests.support.model_of_booking import Model
from tests.support.two_processes import Caller

MENTORS: Final = ("mentor_0", "mentor_1")
STUDENTS: Final = ("student_0", "student_1")
PEOPLE: Final = {
    "admin": Principal("user_admin", Role.ADMIN),
    **{each: Principal(f"user_{each}", Role.MENTOR, mentor_id=each) for each in MENTORS},
    **{each: Principal(f"user_{each}", Role.STUDENT, student_id=each) for each in STUDENTS},
}

PAGE: Final = timedelta(days=14)
CUT: Final = datetime(2026, 9, 14, tzinfo=UTC)
"""Here one page of every calendar ends and the next begins."""

START: Final = CUT - timedelta(hours=4)


def next_cut(now: datetime) -> datetime:
    """Return when the page of a calendar that holds ``now`` ends."""
    return CUT + PAGE * ((now - CUT) // PAGE + 1)


async def register_all(process: Caller) -> Model:
    """Let them be known to the log, and return the model of that."""
    process.enter_context("user_admin")
    for mentor in MENTORS:
        profile = MentorProfile(name=mentor, email=f"{mentor}@example.org")
        await process.aggregates.save(
            Mentor.register(mentor, profile=profile, user_id=f"user_{mentor}", now=START)
        )
    for student in STUDENTS:
        await process.aggregates.save(
            StudentCalendar.open(student, user_id=f"user_{student}", now=START)
        )
    return Model(START, dict.fromkeys(MENTORS, True), frozenset(STUDENTS))
