"""Senders of mail with a mind of their own, and who the mails are for."""

from __future__ import annotations

from collections.abc import Callable

from mentorbooking.application.ports.mail_sender import (
    MailSender,
    OutgoingMail,
)
from mentorbooking.application.ports.messages import MessageRecord
from tests.support.mail_house import MailHouse

SAM, ADA = "sam@people.example", "ada@people.example"


class Killed(BaseException):
    """The process is gone at this point: nothing may catch it."""


class Post(MailSender):
    """A sender with a mind of its own: what it does to a mail is told by ``mood``."""

    def __init__(self, mood: Callable[[OutgoingMail], None] = lambda _: None) -> None:
        self.mood = mood
        self.taken: list[OutgoingMail] = []

    async def send(self, mail: OutgoingMail) -> None:
        self.mood(mail)
        self.taken.append(mail)

    async def close(self) -> None: ...

    def told(self) -> list[tuple[str, str]]:
        return [(mail.to_address, mail.subject.partition(":")[0]) for mail in self.taken]


def fails_for(address: str, error: Exception) -> Callable[[OutgoingMail], None]:
    def mood(mail: OutgoingMail) -> None:
        if mail.to_address == address:
            raise error

    return mood


class Failing:
    """Something real, one method of which fails."""

    def __init__(self, real: object, method: str, error: BaseException) -> None:
        self._real, self._method, self.error = real, method, error
        self.works = False

    def __getattr__(self, name: str) -> object:
        if name != self._method or self.works:
            return getattr(self._real, name)

        async def fail(*_: object, **__: object) -> None:
            raise self.error

        return fail


async def states(house: MailHouse, booking_id: str) -> dict[tuple[str, str], MessageRecord]:
    found = await house.messages.of_booking(booking_id)
    return {(each.recipient, each.template): each for each in found}
