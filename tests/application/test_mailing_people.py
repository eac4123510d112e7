"""The mailer: one mail per person and fact, in order, whatever fails and whenever it dies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from mentorbooking.application.notifications.mailer import EVENTS_AT_ONCE
from mentorbooking.application.ports.mail_sender import (
    MailRefused,
    MailUnavailable,
)
from mentorbooking.application.ports.messages import MessageStatus
from mentorbooking.domain.notification.notification import Notification
from tests.support.mail_house import ADMIN, STUDENT, MailHouse, told
from tests.support.mail_senders import ADA, SAM, Failing, Post, fails_for, states
from tests.support.patience import until

pytestmark = pytest.mark.anyio


SECOND = timedelta(seconds=1)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[MailHouse]:
    opened = MailHouse(tmp_path)
    await opened.has_people()
    yield opened
    opened.close()


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

    await until(lambda: len(house.files()) == 2)
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

    await until(lambda: len(house.files()) == 2)
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
