"""Mails that go out together, as they do into files: each still has its own state."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from mentorbooking.application.notifications.mailer import MAILS_AT_ONCE
from mentorbooking.application.ports.mail_sender import MailUnavailable, OutgoingMail
from mentorbooking.application.ports.messages import MessageRecord, MessageStatus
from mentorbooking.domain.kernel.aggregate import AggregateRoot
from mentorbooking.domain.student_calendar.calendar import StudentCalendar
from tests.support.mail_house import MENTOR, STUDENT, MailHouse
from tests.support.mail_senders import ADA, SAM, Post, fails_for, states

pytestmark = pytest.mark.anyio

UNKNOWN = "student_unknown"


class PostTogether(Post):
    at_once = MAILS_AT_ONCE


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[MailHouse]:
    opened = MailHouse(tmp_path)
    await opened.has_people()
    yield opened
    opened.close()


async def test_each_of_them_has_its_own_state(house: MailHouse) -> None:
    post = PostTogether(fails_for(SAM, MailUnavailable("away")))
    to_sam, to_nobody = await house.book(), await house.book(student_id=UNKNOWN)
    mailer = house.new_mailer(sender=post)
    await mailer.plan_batch()

    assert await mailer.send_batch(asyncio.Event()) == 3

    found = {**await states(house, to_sam), **await states(house, to_nobody)}
    assert post.told() == [(ADA, "New booking")]
    assert {recipient: each.status for (recipient, _), each in found.items()} == {
        STUDENT: MessageStatus.QUEUED,
        UNKNOWN: MessageStatus.SUPPRESSED,
        MENTOR: MessageStatus.QUEUED,
    }
    assert found[STUDENT, "booking_created"].last_error == "MailUnavailable: away"
    assert (await states(house, to_sam))[MENTOR, "booking_created"].status is MessageStatus.SENT


async def test_they_are_recorded_in_one_transaction(house: MailHouse) -> None:
    calls: list[tuple[str, ...]] = []

    class Noted:
        def __getattr__(self, name: str) -> object:
            return getattr(house.messages, name)

        async def sent(self, *message_ids: str, at: datetime) -> None:
            calls.append(message_ids)
            await house.messages.sent(*message_ids, at=at)

    await house.cancel(await house.book())
    await house.mail_all(house.new_mailer(messages=Noted()))

    assert [len(message_ids) for message_ids in calls] == [2, 2]
    assert await house.messages.counts() == {MessageStatus.SENT: 4}


async def test_who_is_told_to_stop_sends_what_is_written_and_writes_no_more(
    house: MailHouse,
) -> None:
    stop, post = asyncio.Event(), PostTogether()

    class Writer:
        async def write(self, message: MessageRecord, *, now: datetime) -> OutgoingMail:
            stop.set()
            return await house.writer.write(message, now=now)

    await house.book()
    mailer = house.new_mailer(sender=post, writer=Writer())
    await mailer.plan_batch()

    assert await mailer.send_batch(stop) == 1

    assert len(post.taken) == 1
    counts = {MessageStatus.SENT: 1, MessageStatus.QUEUED: 1}
    assert await house.messages.counts() == counts


async def test_who_a_student_is_is_looked_up_once(
    house: MailHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds: list[type[AggregateRoot]] = []
    find = type(house.aggregates).find

    async def noted(store: object, kind: type[AggregateRoot], aggregate_id: str) -> AggregateRoot:
        kinds.append(kind)
        return await find(house.aggregates, kind, aggregate_id)

    monkeypatch.setattr(type(house.aggregates), "find", noted)
    for _ in range(3):
        await house.book()

    await house.mail_all()

    assert kinds.count(StudentCalendar) == 1
    assert await house.messages.counts() == {MessageStatus.SENT: 6}
