"""Who sees which mails of a booking, and has one sent again: never behind the log."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec import UNSET

from mentorbooking.adapters.identity.throttle import LIMITS, MemoryThrottle
from mentorbooking.application.answers.notification import NotificationAnswer
from mentorbooking.application.context import CommandContext, enter_context
from mentorbooking.application.deciding_again import deciding_again
from mentorbooking.application.notifications.message_states import LOOKED_THROUGH
from mentorbooking.application.ports.mail_sender import MailRefused
from mentorbooking.application.ports.throttle import TooManyRequests
from mentorbooking.application.principal import Principal
from mentorbooking.application.use_cases.notifications.list_notifications import (
    ListNotifications,
    ListNotificationsHandler,
)
from mentorbooking.application.use_cases.notifications.resend import (
    NotResendable,
    ResendNotification,
    ResendNotificationHandler,
)
from mentorbooking.domain.kernel.errors import NotFound
from mentorbooking.domain.student_calendar.calendar import StudentCalendar
from mentorbooking.domain.student_calendar.events import SessionRemoved
from mentorbooking.domain.user_account.role import Role
from tests.support.fixed import NOW
from tests.support.mail_house import ADMIN, MENTOR, MENTOR_USER, STUDENT, STUDENT_USER, MailHouse
from tests.support.mail_senders import SAM, Post, fails_for

pytestmark = pytest.mark.anyio

THE_STUDENT = Principal(STUDENT_USER, Role.STUDENT, student_id=STUDENT)
THE_MENTOR = Principal(MENTOR_USER, Role.MENTOR, mentor_id=MENTOR)
AN_ADMIN = Principal(ADMIN, Role.ADMIN)
ANOTHER_STUDENT = Principal("user_9", Role.STUDENT, student_id="student_9")
AN_OPERATOR = Principal("user_8", Role.OPERATOR)


class Desk:
    """The use cases over a house of mail."""

    def __init__(self, house: MailHouse) -> None:
        self.house = house
        self._list = ListNotificationsHandler(house.aggregates, house.states)
        self._resend = deciding_again(
            ResendNotificationHandler(
                house.aggregates, house.states, MemoryThrottle(lambda: 0), house.clock
            )
        )

    async def seen_by(self, caller: Principal, booking_id: str) -> list[NotificationAnswer]:
        query = ListNotifications(caller=caller, booking_id=booking_id)
        return (await self._list(query)).data

    async def told(self, caller: Principal, booking_id: str) -> list[tuple[str, str, str]]:
        return [
            (each.recipient, each.template, each.status)
            for each in await self.seen_by(caller, booking_id)
        ]

    async def resend(self, caller: Principal, message_id: str) -> NotificationAnswer:
        enter_context(CommandContext(actor="user", channel="http", correlation_id="request-1"))
        return await self._resend(
            ResendNotification(caller=caller, message_id=message_id, client="192.0.2.1")
        )

    async def sent_message(self) -> tuple[str, str]:
        """Book and mail; return the ids of the booking and of the student's message."""
        booking_id = await self.house.book()
        await self.house.mail_all()
        (message,) = await self.seen_by(THE_STUDENT, booking_id)
        return booking_id, message.id


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    house = MailHouse(tmp_path)
    await house.has_people()
    yield Desk(house)
    house.close()


async def test_who_takes_part_sees_their_own_mails_and_admins_see_all(desk: Desk) -> None:
    booking_id = await desk.house.book()
    await desk.house.cancel(booking_id)
    await desk.house.mail_all()

    students = [(STUDENT, "booking_created", "sent"), (STUDENT, "booking_cancelled", "sent")]
    mentors = [(MENTOR, "booking_created", "sent"), (MENTOR, "booking_cancelled", "sent")]
    assert await desk.told(THE_STUDENT, booking_id) == students
    assert await desk.told(THE_MENTOR, booking_id) == mentors
    everything = await desk.told(AN_ADMIN, booking_id)
    assert sorted(everything) == sorted(students + mentors)
    assert [template for _, template, _ in everything] == [
        *["booking_created"] * 2,
        *["booking_cancelled"] * 2,
    ]


async def test_nobody_else_knows_of_the_booking(desk: Desk) -> None:
    booking_id = await desk.house.book()

    for caller in (ANOTHER_STUDENT, AN_OPERATOR):
        with pytest.raises(NotFound):
            await desk.told(caller, booking_id)
    with pytest.raises(NotFound):
        await desk.told(AN_ADMIN, "booking_unknown")


async def test_who_has_just_booked_finds_the_mails_before_the_mailer_does(desk: Desk) -> None:
    booking_id = await desk.house.book()

    before = await desk.seen_by(AN_ADMIN, booking_id)
    await desk.house.mailer.plan_batch()
    after = await desk.seen_by(AN_ADMIN, booking_id)

    assert [each.status for each in before] == ["queued", "queued"]
    assert before == after


async def test_what_is_planned_and_what_is_not_stand_in_one_list(desk: Desk) -> None:
    booking_id = await desk.house.book()
    await desk.house.mail_all()
    await desk.house.cancel(booking_id)

    assert await desk.told(THE_MENTOR, booking_id) == [
        (MENTOR, "booking_created", "sent"),
        (MENTOR, "booking_cancelled", "queued"),
    ]


async def test_a_message_names_its_cause_and_tells_when_it_was_sent(desk: Desk) -> None:
    booking_id, message_id = await desk.sent_message()
    (created,) = await desk.house.log.read_stream(booking_id)

    (message,) = await desk.seen_by(THE_STUDENT, booking_id)

    assert message == NotificationAnswer(
        id=message_id,
        recipient=STUDENT,
        template="booking_created",
        event_id=created.event_id,
        status="sent",
        attempts=1,
        sent_at=desk.house.clock.now(),
    )


@pytest.mark.parametrize("caller", [THE_STUDENT, AN_ADMIN])
async def test_the_recipient_and_admins_may_have_it_sent_again(
    desk: Desk, caller: Principal
) -> None:
    booking_id, message_id = await desk.sent_message()

    answer = await desk.resend(caller, message_id)

    assert (answer.id, answer.status, answer.attempts) == (message_id, "queued", 1)
    assert await desk.seen_by(THE_STUDENT, booking_id) == [answer]
    await desk.house.mail_all()
    (again,) = await desk.seen_by(THE_STUDENT, booking_id)
    assert (again.status, again.attempts) == ("sent", 2)


async def test_that_somebody_asked_is_an_event(desk: Desk) -> None:
    _, message_id = await desk.sent_message()
    await desk.resend(THE_STUDENT, message_id)

    (asked,) = await desk.house.log.read_stream(message_id)
    assert asked.event.TOPIC == "notification.resend_requested"


@pytest.mark.parametrize("caller", [THE_MENTOR, ANOTHER_STUDENT, AN_OPERATOR])
async def test_for_all_others_there_is_no_such_message(desk: Desk, caller: Principal) -> None:
    _, message_id = await desk.sent_message()

    with pytest.raises(NotFound):
        await desk.resend(caller, message_id)


@pytest.mark.parametrize(
    "message_id",
    ["", "message_", "message_01h455vb4pex5vsknk084sn02q", "booking_01h455vb4pex5vsknk084sn02q"],
)
async def test_an_unknown_message_is_not_found(desk: Desk, message_id: str) -> None:
    await desk.house.book()

    with pytest.raises(NotFound):
        await desk.resend(AN_ADMIN, message_id)


async def test_what_waits_is_not_sent_again(desk: Desk) -> None:
    booking_id = await desk.house.book()
    not_planned, planned = await desk.seen_by(AN_ADMIN, booking_id)

    with pytest.raises(NotResendable):
        await desk.resend(AN_ADMIN, not_planned.id)
    await desk.house.mailer.plan_batch()
    with pytest.raises(NotResendable):
        await desk.resend(AN_ADMIN, planned.id)
    with pytest.raises(NotFound):
        await desk.resend(ANOTHER_STUDENT, planned.id)


async def test_it_waits_from_the_moment_that_it_was_asked_for(desk: Desk) -> None:
    _, message_id = await desk.sent_message()
    await desk.resend(THE_STUDENT, message_id)

    with pytest.raises(NotResendable):
        await desk.resend(AN_ADMIN, message_id)
    await desk.house.mail_all()

    assert (await desk.resend(AN_ADMIN, message_id)).attempts == 2


async def test_of_those_who_ask_at_the_same_time_one_is_heard(desk: Desk) -> None:
    _, message_id = await desk.sent_message()

    answers = await asyncio.gather(
        *(desk.resend(caller, message_id) for caller in (THE_STUDENT, AN_ADMIN, AN_ADMIN)),
        return_exceptions=True,
    )

    assert sorted(type(answer).__name__ for answer in answers) == [
        "NotResendable",
        "NotResendable",
        "NotificationAnswer",
    ]


async def test_a_recipient_is_not_flooded(desk: Desk) -> None:
    _, message_id = await desk.sent_message()
    per_address = LIMITS["resend"][0]
    for _ in range(per_address.rate.burst):
        await desk.resend(AN_ADMIN, message_id)
        await desk.house.mail_all()

    with pytest.raises(TooManyRequests):
        await desk.resend(AN_ADMIN, message_id)


async def test_an_admin_has_an_invitation_sent_again(desk: Desk) -> None:
    await desk.house.has_imported_mentor()
    await desk.house.mail_all()
    path = next((desk.house.folder / "mail").iterdir())

    answer = await desk.resend(AN_ADMIN, path.stem)

    assert (answer.template, answer.status) == ("invitation", "queued")


async def test_what_was_refused_is_shown_without_its_error_once_it_was_asked_for_again(
    desk: Desk,
) -> None:
    booking_id = await desk.house.book()
    post = Post(fails_for(SAM, MailRefused("550")))
    await desk.house.mail_all(desk.house.new_mailer(sender=post))
    (failed,) = await desk.seen_by(THE_STUDENT, booking_id)
    assert (failed.status, failed.last_error) == ("failed", "MailRefused: 550")

    answer = await desk.resend(THE_STUDENT, failed.id)

    assert answer == NotificationAnswer(
        id=failed.id,
        recipient=STUDENT,
        template="booking_created",
        event_id=failed.event_id,
        status="queued",
        attempts=1,
    )


async def test_once_asked_for_again_it_is_shown_as_not_sent(desk: Desk) -> None:
    _, message_id = await desk.sent_message()

    assert (await desk.resend(THE_STUDENT, message_id)).sent_at is UNSET


async def test_a_message_is_found_behind_any_number_of_events_that_mail_nobody(
    desk: Desk,
) -> None:
    await desk.house.mailer.plan_batch()
    told_to_nobody = SessionRemoved(at=NOW, booking_id="booking_1")
    await desk.house.do(StudentCalendar(id="student_9").decide(*[told_to_nobody] * LOOKED_THROUGH))
    booking_id = await desk.house.book()
    (message,) = await desk.seen_by(THE_STUDENT, booking_id)

    with pytest.raises(NotResendable):
        await desk.resend(THE_STUDENT, message.id)
