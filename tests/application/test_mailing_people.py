"""The mailer: one mail per person and fact, in order, whatever fails and whenever it dies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default
from itertools import count
from pathlib import Path

import pytest

from mentorbooking.application.notifications.mailer import BACKOFF as LONG_BACKOFF
from mentorbooking.application.notifications.mailer import EVENTS_AT_ONCE, Mailer
from mentorbooking.application.ports.aggregate_store import StoreUnavailable
from mentorbooking.application.ports.mail_sender import (
    MailRefused,
    MailSender,
    MailUnavailable,
    OutgoingMail,
)
from mentorbooking.application.ports.messages import MessageRecord, MessageStatus
from mentorbooking.domain.notification.notification import Notification
from mentorbooking.domain.user_account.account import UserAccount
from tests.support.mail_house import ADMIN, MENTOR, STUDENT, MailHouse, told
from tests.support.smtp_server import Postbox, smtp_server

pytestmark = pytest.mark.anyio

SECOND = timedelta(seconds=1)
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


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[MailHouse]:
    opened = MailHouse(tmp_path)
    await opened.has_people()
    yield opened
    opened.close()


async def states(house: MailHouse, booking_id: str) -> dict[tuple[str, str], MessageRecord]:
    found = await house.messages.of_booking(booking_id)
    return {(each.recipient, each.template): each for each in found}


# -- following the log --------------------------------------------------------------------


async def test_a_booking_and_its_end_are_four_mails_in_order(house: MailHouse) -> None:
    booking_id = await house.book()
    await house.mail_all()
    await house.cancel(booking_id)
    await house.mail_all()

    assert sorted(map(told, house.files())) == [
        (ADA, "Cancelled"),
        (ADA, "New booking"),
        (SAM, "Booked"),
        (SAM, "Cancelled"),
    ]
    for message in (await states(house, booking_id)).values():
        assert (message.status, message.attempts) == (MessageStatus.SENT, 1)
        assert message.sent_at == house.clock.now()


async def test_a_booking_cancelled_at_once_is_told_in_order(house: MailHouse) -> None:
    post = Post()
    await house.cancel(await house.book())

    await house.mail_all(house.new_mailer(sender=post))

    assert [subject for address, subject in post.told() if address == SAM] == [
        "Booked",
        "Cancelled",
    ]
    assert [subject for address, subject in post.told() if address == ADA] == [
        "New booking",
        "Cancelled",
    ]


async def test_the_file_is_named_by_the_message(house: MailHouse) -> None:
    booking_id = await house.book()
    await house.mail_all()

    names = {path.name for path in (house.folder / "mail").iterdir()}
    assert names == {f"{each.id}.eml" for each in await house.messages.of_booking(booking_id)}


async def test_nobody_is_mailed_of_anything_else(house: MailHouse) -> None:
    await house.mail_all()

    assert house.files() == []
    assert await house.messages.position() == await house.log.head() > 0


async def test_a_long_log_is_planned_in_batches(house: MailHouse) -> None:
    for _ in range(EVENTS_AT_ONCE + 1):
        await house.book()

    assert [await house.mailer.plan_batch() for _ in range(3)] == [EVENTS_AT_ONCE, 1, 0]
    assert await house.messages.position() == await house.log.head()
    assert await house.messages.counts() == {MessageStatus.QUEUED: 2 * EVENTS_AT_ONCE + 2}


async def test_it_mails_while_it_runs_and_stops_when_told(house: MailHouse) -> None:
    stop = asyncio.Event()
    mailer = house.new_mailer(poll=timedelta(milliseconds=10))
    running = asyncio.create_task(mailer.run(stop))
    booking_id = await house.book()

    async with asyncio.timeout(5):
        while len(house.files()) < 2:
            await asyncio.sleep(0.01)
        stop.set()
        await running

    assert all(
        message.status is MessageStatus.SENT
        for message in (await states(house, booking_id)).values()
    )


async def test_told_to_stop_it_finishes_the_mail_under_way_only(house: MailHouse) -> None:
    stop = asyncio.Event()
    post = Post(lambda _: stop.set())
    booking_id = await house.book()

    await house.new_mailer(sender=post).run(stop)

    assert len(post.taken) == 1
    statuses = [message.status for message in (await states(house, booking_id)).values()]
    assert sorted(statuses) == [MessageStatus.QUEUED, MessageStatus.SENT]


async def test_it_looks_at_once_when_woken(house: MailHouse) -> None:
    stop = asyncio.Event()
    mailer = house.new_mailer(poll=timedelta(hours=1))
    running = asyncio.create_task(mailer.run(stop))
    await asyncio.sleep(0.05)
    await house.book()

    mailer.wake()

    async with asyncio.timeout(5):
        while len(house.files()) < 2:
            await asyncio.sleep(0.01)
        stop.set()
        await running


async def test_how_far_it_has_planned_is_asked_for_once(house: MailHouse) -> None:
    messages = Failing(house.messages, "position", AssertionError("it was asked for again"))
    messages.works = True
    mailer = house.new_mailer(messages=messages)
    await mailer.plan_batch()
    messages.works = False

    booking_id = await house.book()
    assert await mailer.plan_batch() == 1
    assert await mailer.plan_batch() == 0

    assert len(await states(house, booking_id)) == 2


# -- what fails ---------------------------------------------------------------------------


async def test_what_fails_is_tried_again_later_and_later_and_then_given_up(
    house: MailHouse,
) -> None:
    post = Post(fails_for(SAM, MailUnavailable("the server is busy (421)")))
    mailer = house.new_mailer(sender=post)
    booking_id = await house.book()
    started = house.clock.now()

    waits = []
    for attempt in count(1):
        await house.mail_all(mailer)
        message = (await states(house, booking_id))[STUDENT, "booking_created"]
        assert message.attempts == attempt
        if message.status is not MessageStatus.QUEUED:
            break
        assert message.due_at is not None
        waits.append(message.due_at - house.clock.now())
        house.moving_clock.advance(waits[-1] - SECOND)
        await house.mail_all(mailer)
        house.moving_clock.advance(SECOND)

    # Chance leaves half of each wait: 5 s of 10, then 10 s of 20; the third failure is the last.
    assert waits == [5 * SECOND, 10 * SECOND]
    assert (message.status, message.attempts) == (MessageStatus.FAILED, 3)
    assert message.last_error == "MailUnavailable: the server is busy (421)"
    assert house.clock.now() - started == 15 * SECOND
    assert post.told() == [(ADA, "New booking")]


async def test_a_refusal_is_final(house: MailHouse) -> None:
    post = Post(fails_for(SAM, MailRefused("the server refused sam@people.example (550)")))
    booking_id = await house.book()

    await house.mail_all(house.new_mailer(sender=post))

    message = (await states(house, booking_id))[STUDENT, "booking_created"]
    assert (message.status, message.attempts) == (MessageStatus.FAILED, 1)
    assert message.last_error == "MailRefused: the server refused …@… (550)"


async def test_one_recipients_failure_holds_nobody_else_up_and_keeps_their_order(
    house: MailHouse,
) -> None:
    post = Post(fails_for(SAM, MailUnavailable("away")))
    mailer = house.new_mailer(sender=post)
    await house.cancel(await house.book())
    await house.mail_all(mailer)
    assert post.told() == [(ADA, "New booking"), (ADA, "Cancelled")]

    post.mood = lambda _: None
    await house.mail_all(mailer)
    assert len(post.taken) == 2, "the second is not told before the first"

    house.moving_clock.advance(5 * SECOND)
    await house.mail_all(mailer)
    assert post.told()[2:] == [(SAM, "Booked"), (SAM, "Cancelled")]


async def test_a_mail_that_can_not_be_written_harms_no_other(house: MailHouse) -> None:
    class Writer:
        async def write(self, message: MessageRecord, *, now: datetime) -> OutgoingMail:
            if message.recipient == STUDENT:
                raise ZeroDivisionError("a bug, seen by sam@people.example")
            return await house.writer.write(message, now=now)

    booking_id = await house.book()
    await house.mail_all(house.new_mailer(writer=Writer()))

    found = await states(house, booking_id)
    assert found[MENTOR, "booking_created"].status is MessageStatus.SENT
    assert found[STUDENT, "booking_created"].status is MessageStatus.QUEUED
    assert found[STUDENT, "booking_created"].last_error == "ZeroDivisionError: a bug, seen by …@…"


async def test_who_has_no_address_is_passed_over(house: MailHouse) -> None:
    booking_id = await house.book(student_id="student_unknown")
    await house.mail_all()

    message = (await states(house, booking_id))["student_unknown", "booking_created"]
    assert (message.status, message.attempts) == (MessageStatus.SUPPRESSED, 0)
    assert message.last_error == "the recipient has no address any more"
    assert [told(mail)[0] for mail in house.files()] == [ADA]


async def test_while_the_work_file_fails_nothing_is_counted_as_a_failure_of_a_mail(
    house: MailHouse,
) -> None:
    class Writer:
        async def write(self, message: MessageRecord, *, now: datetime) -> OutgoingMail:
            raise StoreUnavailable("the disk is full")

    booking_id = await house.book()
    mailer = house.new_mailer(writer=Writer())
    await mailer.plan_batch()
    with pytest.raises(StoreUnavailable):
        await mailer.send_batch(asyncio.Event())

    assert all(each.attempts == 0 for each in (await states(house, booking_id)).values())


async def test_what_was_sent_and_not_recorded_is_not_sent_again(house: MailHouse) -> None:
    post = Post()
    messages = Failing(house.messages, "sent", StoreUnavailable("the disk is full"))
    mailer = house.new_mailer(sender=post, messages=messages)
    booking_id = await house.book()
    await mailer.plan_batch()

    for _ in range(3):
        with pytest.raises(StoreUnavailable):
            await mailer.send_batch(asyncio.Event())
    assert len(post.taken) == 1
    messages.works = True
    await house.mail_all(mailer)

    assert sorted(post.told()) == [(ADA, "New booking"), (SAM, "Booked")]
    assert all(each.attempts == 1 for each in (await states(house, booking_id)).values())


async def test_a_plan_that_failed_begins_where_planning_stands(house: MailHouse) -> None:
    messages = Failing(house.messages, "plan", StoreUnavailable("the disk is full"))
    mailer = house.new_mailer(messages=messages)
    booking_id = await house.book()
    with pytest.raises(StoreUnavailable):
        await mailer.plan_batch()
    messages.works = True

    await mailer.plan_batch()

    assert len(await states(house, booking_id)) == 2


async def test_trouble_is_told_and_outlived(house: MailHouse) -> None:
    stop = asyncio.Event()
    messages = Failing(house.messages, "plan", StoreUnavailable("the disk is full"))
    mailer = Mailer(
        house.log,
        messages,  # type: ignore[arg-type]  # it passes everything else on
        house.writer,
        Post(),
        house.clock,
        chance=lambda: 0.0,
        poll=timedelta(milliseconds=10),
    )
    await house.book()
    running = asyncio.create_task(mailer.run(stop))

    async with asyncio.timeout(5):
        while mailer.trouble is None:
            await asyncio.sleep(0.01)
        assert mailer.trouble == "StoreUnavailable: the disk is full"
        messages.works = True
        while (await house.messages.counts()).get(MessageStatus.SENT) != 2:
            await asyncio.sleep(0.01)
        stop.set()
        await running

    assert mailer.trouble is None


def test_a_mail_server_may_be_away_for_a_night() -> None:
    waits = [LONG_BACKOFF.wait(failures, 0.0) for failures in range(1, LONG_BACKOFF.attempts)]

    assert sum(wait.total_seconds() for wait in waits if wait) > 5 * 3600
    assert waits[0] == SECOND / 2


# -- crashes ------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["plan", "due", "sent"])
async def test_with_files_a_crash_leaves_one_mail_per_person_and_fact(
    house: MailHouse, method: str
) -> None:
    booking_id = await house.book()
    await house.cancel(booking_id)

    for _ in range(6):
        mailer = house.new_mailer(messages=Failing(house.messages, method, Killed()))
        with pytest.raises(Killed):
            await house.mail_all(mailer)
    await house.mail_all(house.new_mailer())

    assert sorted(map(told, house.files())) == [
        (ADA, "Cancelled"),
        (ADA, "New booking"),
        (SAM, "Booked"),
        (SAM, "Cancelled"),
    ]
    assert await house.messages.counts() == {MessageStatus.SENT: 4}


async def test_a_crash_before_the_position_moved_plans_nothing_twice(house: MailHouse) -> None:
    await house.book()
    events = await house.log.read(0, 100)
    planned = [each for recorded in events for each in await house.mailer._plan.messages(recorded)]
    await house.messages.plan(planned, position=0)
    await house.mail_all()
    sent = sorted((house.folder / "mail").iterdir())

    await house.mail_all()

    assert await house.messages.counts() == {MessageStatus.SENT: 2}
    assert sorted((house.folder / "mail").iterdir()) == sent


async def test_over_smtp_a_repeat_after_a_crash_has_the_same_message_id(tmp_path: Path) -> None:
    postbox = Postbox()
    with smtp_server(postbox) as server:
        house = MailHouse(tmp_path, f"smtp://127.0.0.1:{server.port}")
        await house.has_people()
        await house.book()
        mailer = house.new_mailer(messages=Failing(house.messages, "sent", Killed()))
        with pytest.raises(Killed):
            await house.mail_all(mailer)
        await house.mail_all(house.new_mailer())
        await house.sender.close()
        house.close()

    ids = [
        message_from_bytes(taken.content, policy=default)["Message-ID"] for taken in postbox.taken
    ]
    assert len(ids) == 3
    assert len(set(ids)) == 2
    assert ids[0] == ids[1]


async def test_over_smtp_a_bad_address_fails_at_once_and_the_others_arrive(tmp_path: Path) -> None:
    postbox = Postbox()
    with smtp_server(postbox) as server:
        house = MailHouse(tmp_path, f"smtp://127.0.0.1:{server.port}")
        await house.has_people()
        student = await house.aggregates.get(UserAccount, "user_01k40000000000000000000001")
        await house.do(
            student.follow_profile(
                name=None, time_zone=None, email="sam @ nowhere", now=house.clock.now()
            )
        )
        booking_id = await house.book()
        await house.mail_all()
        found = await states(house, booking_id)
        await house.sender.close()
        house.close()

    assert found[STUDENT, "booking_created"].status is MessageStatus.FAILED
    assert found[MENTOR, "booking_created"].status is MessageStatus.SENT
    assert [taken.receivers for taken in postbox.taken] == [[ADA]]


# -- again --------------------------------------------------------------------------------


async def test_what_is_asked_for_again_is_sent_again_under_the_same_name(house: MailHouse) -> None:
    booking_id = await house.book()
    await house.mail_all()
    message = (await states(house, booking_id))[STUDENT, "booking_created"]
    before = house.files()
    house.moving_clock.advance(timedelta(hours=1))

    await house.do(Notification(id=message.id).resend(now=house.clock.now()), actor=f"user:{ADMIN}")
    await house.mail_all()

    again = (await states(house, booking_id))[STUDENT, "booking_created"]
    assert (again.status, again.attempts, again.resends) == (MessageStatus.SENT, 2, 1)
    assert again.sent_at == house.clock.now()
    assert sorted(map(told, house.files())) == sorted(map(told, before))


async def test_what_was_given_up_can_be_asked_for_again(house: MailHouse) -> None:
    post = Post(fails_for(SAM, MailRefused("550")))
    mailer = house.new_mailer(sender=post)
    booking_id = await house.book()
    await house.mail_all(mailer)
    message = (await states(house, booking_id))[STUDENT, "booking_created"]
    assert message.status is MessageStatus.FAILED

    post.mood = fails_for(SAM, MailUnavailable("busy"))
    await house.do(Notification(id=message.id).resend(now=house.clock.now()))
    await house.mail_all(mailer)
    post.mood = lambda _: None
    house.moving_clock.advance(5 * SECOND)
    await house.mail_all(mailer)

    again = (await states(house, booking_id))[STUDENT, "booking_created"]
    assert (again.status, again.attempts, again.last_error) == (MessageStatus.SENT, 3, None)
