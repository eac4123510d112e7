"""The mailer at work: it rests when it may, outlives trouble, and tells of each mail."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from mentorbooking.application.notifications import mailer as module
from mentorbooking.application.notifications.mailer import EVENTS_AT_ONCE, MAILS_AT_ONCE, Mailer
from mentorbooking.application.ports.mail_sender import MailRefused, MailUnavailable
from mentorbooking.application.ports.unavailable import StoreUnavailable
from mentorbooking.domain.bookings_export.bookings_export import BookingsExport
from mentorbooking.domain.bookings_export.events import BookingsExported
from tests.support.fixed import NOW
from tests.support.mail_house import MailHouse
from tests.support.mail_senders import SAM, Failing, Post, fails_for, states
from tests.support.patience import PATIENCE, until
from tests.support.remembered_pauses import RememberedPauses

pytestmark = pytest.mark.anyio

MOMENT = timedelta(milliseconds=1)
LONG = timedelta(hours=1)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[MailHouse]:
    opened = MailHouse(tmp_path)
    await opened.has_people()
    yield opened
    opened.close()


@asynccontextmanager
async def running(mailer: Mailer) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(mailer.run(stop))
    async with asyncio.timeout(PATIENCE):
        yield
        stop.set()
        await task


async def test_while_mails_are_due_it_does_not_rest(house: MailHouse) -> None:
    post = Post()
    for _ in range(MAILS_AT_ONCE // 2 + 1):
        await house.book()

    async with running(house.new_mailer(sender=post, poll=LONG)):
        await until(lambda: len(post.taken) == MAILS_AT_ONCE + 2)


async def test_behind_a_full_batch_that_mails_nobody_it_looks_on_at_once(house: MailHouse) -> None:
    told_to_nobody = BookingsExported(
        at=NOW, object_key="k", record_count=0, sha256="0", as_of_position=1, requested_by="system"
    )
    await house.do(BookingsExport(id="export_1").decide(*[told_to_nobody] * EVENTS_AT_ONCE))
    await house.book()
    post = Post()

    async with running(house.new_mailer(sender=post, poll=LONG)):
        await until(lambda: len(post.taken) == 2)


async def test_where_nothing_happens_nothing_is_written(house: MailHouse) -> None:
    messages = Failing(house.messages, "plan", AssertionError("there is nothing to plan"))
    messages.works = True
    mailer = house.new_mailer(messages=messages)
    await mailer.plan_batch()
    messages.works = False

    assert await mailer.plan_batch() == 0


async def test_it_stops_at_once_while_it_rests(house: MailHouse) -> None:
    async with running(house.new_mailer(poll=LONG)):
        await asyncio.sleep(0.05)


async def test_trouble_is_told_and_waited_out_longer_each_time(
    house: MailHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses = RememberedPauses()
    monkeypatch.setattr(module, "TROUBLE", pauses)
    messages = Failing(house.messages, "plan", StoreUnavailable("full of ada@people.example"))
    post = Post()
    mailer = house.new_mailer(messages=messages, sender=post, poll=MOMENT)
    await house.book()

    with capture_logs() as lines:
        async with running(mailer):
            await until(lambda: len(pauses.failures) >= 3)
            messages.works = True
            await until(lambda: len(post.taken) == 2 and mailer.trouble is None)
            before = len(pauses.failures)
            messages.works = False
            await house.book()
            await until(lambda: len(pauses.failures) > before)

    assert pauses.failures[:3] == [1, 2, 3]
    assert pauses.failures[before] == 1
    assert lines[0].pop("place").startswith("mail_senders.py:")
    assert lines[0] == {
        "event": "mailer_stopped",
        "log_level": "warning",
        "error": "StoreUnavailable: full of …@…",
    }


async def told_of(mailer: Mailer) -> list[Any]:
    """Return what the log tells of one batch of messages that were dealt with."""
    await mailer.plan_batch()
    with capture_logs() as lines:
        assert await mailer.send_batch(asyncio.Event()) == 2
    for line in lines:
        if "place" in line:
            line["place"] = line["place"].partition(":")[0]
    assert lines.pop() == {"event": "mails_handled", "log_level": "debug", "count": 2}
    return lines


async def ids_of(house: MailHouse, booking_id: str) -> tuple[str, ...]:
    return tuple(each.id for each in (await states(house, booking_id)).values())


async def test_the_log_tells_of_mails_that_were_sent(house: MailHouse) -> None:
    booking_id = await house.book()

    told = await told_of(house.new_mailer(sender=Post()))

    sent = {"event": "mail_sent", "log_level": "debug", "template": "booking_created"}
    one, other = await ids_of(house, booking_id)
    assert sorted(told, key=lambda line: str(line["message"])) == [
        {**sent, "message": each} for each in sorted((one, other))
    ]


async def test_the_log_tells_of_mails_that_are_not_sent_at_all(house: MailHouse) -> None:
    booking_id = await house.book(student_id="student_unknown")

    told = await told_of(house.new_mailer(sender=Post()))

    assert {
        "event": "mail_suppressed",
        "log_level": "debug",
        "message": (await states(house, booking_id))["student_unknown", "booking_created"].id,
        "reason": "the recipient has no address any more",
    } in told


@pytest.mark.parametrize(
    ("error", "event"),
    [
        (MailUnavailable("no room for sam@people.example"), "mail_postponed"),
        (MailRefused("no room for sam@people.example"), "mail_failed"),
    ],
)
async def test_the_log_tells_of_mails_that_failed(
    house: MailHouse, error: Exception, event: str
) -> None:
    booking_id = await house.book()

    told = await told_of(house.new_mailer(sender=Post(fails_for(SAM, error))))

    (message,) = [each for each in (await states(house, booking_id)).values() if each.last_error]
    assert {
        "event": event,
        "log_level": "warning",
        "message": message.id,
        "template": "booking_created",
        "attempt": 1,
        "error": f"{type(error).__name__}: no room for …@…",
        "place": "mail_senders.py",
    } in told
