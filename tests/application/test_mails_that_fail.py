"""What the mailer does with a mail that can't be written or sent, and while its files are away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from mentorbooking.application.notifications.mailer import BACKOFF as LONG_BACKOFF
from mentorbooking.application.notifications.mailer import Mailer
from mentorbooking.application.ports.mail_sender import (
    MailRefused,
    MailUnavailable,
    OutgoingMail,
)
from mentorbooking.application.ports.messages import MessageRecord, MessageStatus
from mentorbooking.application.ports.unavailable import StoreUnavailable
from tests.support.mail_house import MENTOR, STUDENT, MailHouse, told
from tests.support.mail_senders import ADA, SAM, Failing, Post, fails_for, states
from tests.support.patience import PATIENCE

pytestmark = pytest.mark.anyio


SECOND = timedelta(seconds=1)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[MailHouse]:
    opened = MailHouse(tmp_path)
    await opened.has_people()
    yield opened
    opened.close()


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

    async with asyncio.timeout(PATIENCE):
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
