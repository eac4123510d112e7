"""What an account of each role needs: a student has a calendar, a mentor a profile."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from mentorbooking.application.ports.ids import Ids
from mentorbooking.domain.kernel.aggregate import Decision
from mentorbooking.domain.mentor.mentor import Mentor
from mentorbooking.domain.mentor.profile import MentorProfile
from mentorbooking.domain.student_calendar.calendar import StudentCalendar
from mentorbooking.domain.user_account.role import Role


class Part(NamedTuple):
    """The ids of the account's part, and what makes it."""

    student_id: str | None = None
    mentor_id: str | None = None
    decisions: tuple[Decision[Any], ...] = ()


def new_part(
    role: Role, ids: Ids, *, user_id: str, name: str, email: str, time_zone: str, now: datetime
) -> Part:
    """Make what the role needs; a mentor is active at once."""
    if role is Role.STUDENT:
        student_id = ids.new("student")
        calendar = StudentCalendar.open(student_id, user_id=user_id, now=now)
        return Part(student_id=student_id, decisions=(calendar,))
    if role is Role.MENTOR:
        mentor_id = ids.new("mentor")
        profile = MentorProfile(name=name, email=email, time_zone=time_zone)
        mentor = Mentor.register(mentor_id, profile=profile, user_id=user_id, now=now)
        return Part(mentor_id=mentor_id, decisions=(mentor,))
    return Part()
