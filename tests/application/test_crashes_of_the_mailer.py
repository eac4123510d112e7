"""The mailer killed at any point: no mail is lost, and none doubled where that can be helped."""

from __future__ import annotations

from collections.abc import AsyncIterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from mentorbooking.application.ports.messages import MessageStatus
from mentorbooking.domain.user_account.account import UserAccount
from tests.support.mail_house import MENTOR, STUDENT, MailHouse, told
from tests.support.mail_senders import ADA, SAM, Failing, Killed, states
from tests.support.smtp_server import Postbox, smtp_server

pytestmark = pytest.mark.anyio


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[MailHouse]:
    opened = MailHouse(tmp_path)
    await opened.has_people()
    yield opened
    opened.close()


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
