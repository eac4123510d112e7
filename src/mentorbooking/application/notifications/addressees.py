"""Who people are, by id: names, addresses and zones as they are now."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from mentorbooking.application.context import user_actor
from mentorbooking.application.notifications.facts import Person
from mentorbooking.application.ports.aggregate_store import AggregateStore
from mentorbooking.domain.mentor.mentor import Mentor
from mentorbooking.domain.student_calendar.calendar import StudentCalendar
from mentorbooking.domain.user_account.account import UserAccount

_REMEMBERED: Final = 4_000
"""Students, of 250 bytes each."""


class NothingToSend(Exception):
    """Nobody can be written to, or it makes no sense any more. The text names no person."""


@dataclass(frozen=True, slots=True)
class Addressees:
    """Somebody of whom nothing is known has an empty name and address."""

    aggregates: AggregateStore
    _users_of_students: dict[str, str] = field(default_factory=dict, repr=False)

    async def user(self, user_id: str) -> Person:
        account = await self.aggregates.find(UserAccount, user_id)
        return Person(account.name, account.email, account.time_zone)

    async def student(self, student_id: str) -> Person:
        return await self.user(await self._user_id_of_student(student_id))

    async def mentor(self, mentor_id: str) -> Person:
        profile = (await self.aggregates.find(Mentor, mentor_id)).profile
        return Person(profile.name, profile.email, profile.time_zone)

    async def name_of_actor(self, actor: str) -> str:
        """Return the name of a user who acted; empty for anything else that acts."""
        kind, _, user_id = actor.partition(":")
        return (await self.user(user_id)).name if kind == "user" else ""

    async def is_student(self, actor: str, student_id: str) -> bool:
        """Tell whether it was the student who acted."""
        return actor == user_actor(await self._user_id_of_student(student_id))

    async def _user_id_of_student(self, student_id: str) -> str:
        """Look it up once: it never changes, and a calendar may be long."""
        user_id = self._users_of_students.get(student_id)
        if user_id:
            return user_id
        if len(self._users_of_students) >= _REMEMBERED:
            self._users_of_students.clear()
        user_id = (await self.aggregates.find(StudentCalendar, student_id)).user_id
        self._users_of_students[student_id] = user_id
        return user_id


def reachable(person: Person) -> Person:
    """Return the person, or raise ``NothingToSend`` when there is no address."""
    if not person.address:
        raise NothingToSend("the recipient has no address any more")
    return person
