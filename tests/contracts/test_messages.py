"""What ``Messages`` promises. Add an adapter: add it to the fixture."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from mentorbooking.adapters.messages.dynamodb.messages import DynamoDBMessages
from mentorbooking.adapters.messages.sqlite import MESSAGES, SQLiteMessages
from mentorbooking.adapters.work.sqlite.database import WorkDatabase
from mentorbooking.adapters.work.sqlite.tracked_positions import TRACKING
from mentorbooking.application.ports.messages import (
    MessageRecord,
    Messages,
    MessageStatus,
    Resend,
)
from tests.support.fixed import BOOKING, MENTOR, NOW, STUDENT
from tests.support.work_table import open_work_table

pytestmark = pytest.mark.anyio

SECOND = timedelta(seconds=1)


@pytest.fixture(params=["sqlite", "dynamodb"])
async def messages(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Messages]:
    if request.param == "sqlite":
        database = WorkDatabase(tmp_path / "work.db", [TRACKING, MESSAGES])
        yield SQLiteMessages(database)
        database.close()
    else:
        async with open_work_table(request.getfixturevalue("dynamodb_endpoint")) as table:
            yield DynamoDBMessages(table)


def message(number: int, recipient: str = STUDENT, **others: object) -> MessageRecord:
    at = NOW + number * SECOND
    record = MessageRecord(
        id=f"message_{number}_{recipient[:7]}",
        position=number,
        event_id=f"event_{number}",
        recipient=recipient,
        template="booking_created",
        booking_id=BOOKING,
        created_at=at,
        due_at=at,
    )
    return replace(record, **others)


async def due_ids(messages: Messages, *, after: timedelta = 100 * SECOND) -> list[str]:
    return [each.id for each in await messages.due(now=NOW + after, limit=10)]


async def stored(messages: Messages, message_id: str) -> MessageRecord:
    found = await messages.get(message_id)
    assert found is not None
    return found


async def test_what_was_planned_is_found_as_it_was_planned(messages: Messages) -> None:
    planned = message(1)
    await messages.plan([planned], position=7)

    assert await messages.get(planned.id) == planned
    assert await messages.of_booking(BOOKING) == [planned]
    assert await messages.due(now=NOW + SECOND, limit=10) == [planned]
    assert await messages.position() == 7


async def test_there_is_nothing_in_the_beginning(messages: Messages) -> None:
    assert await messages.position() == 0
    assert await messages.get("message_1") is None
    assert await messages.of_booking(BOOKING) == []
    assert await due_ids(messages) == []
    assert await messages.counts() == {}


async def test_what_is_known_is_not_planned_again(messages: Messages) -> None:
    await messages.plan([message(1)], position=1)
    await messages.sent(message(1).id, at=NOW)
    await messages.plan([message(1), message(2)], position=2)

    assert (await stored(messages, message(1).id)).status is MessageStatus.SENT
    assert await due_ids(messages) == [message(2).id]


async def test_a_plan_lands_whole_or_not_at_all(messages: Messages) -> None:
    broken = message(2, template=None)

    with pytest.raises((sqlite3.IntegrityError, msgspec.ValidationError)):
        await messages.plan([message(1), broken], position=2)

    assert await messages.position() == 0
    assert await messages.get(message(1).id) is None


async def test_the_position_never_goes_back(messages: Messages) -> None:
    await messages.plan([], position=9)
    await messages.plan([], position=4)

    assert await messages.position() == 9


async def test_nothing_is_due_before_its_time(messages: Messages) -> None:
    await messages.plan([message(5)], position=5)

    assert await due_ids(messages, after=4 * SECOND) == []
    assert await due_ids(messages, after=5 * SECOND) == [message(5).id]


async def test_the_oldest_come_first_and_no_more_than_asked_for(messages: Messages) -> None:
    people = [f"mentor_{number}" for number in range(4)]
    planned = [message(number, person) for number, person in enumerate(people, 1)]
    await messages.plan(planned[::-1], position=4)

    found = await messages.due(now=NOW + 9 * SECOND, limit=3)

    assert [each.recipient for each in found] == people[:3]


async def test_what_is_about_a_booking_does_not_wait_for_other_mail(messages: Messages) -> None:
    invitation = message(1, MENTOR, template="mentor_invitation", booking_id=None)
    await messages.plan([invitation, message(2)], position=2)
    assert await due_ids(messages) == [message(2).id, invitation.id]


async def test_each_recipient_hears_in_the_order_of_the_log(messages: Messages) -> None:
    await messages.plan([message(2), message(1), message(3, MENTOR)], position=3)

    assert await due_ids(messages) == [message(1).id, message(3, MENTOR).id]
    await messages.sent(message(1).id, at=NOW)
    assert await due_ids(messages) == [message(2).id, message(3, MENTOR).id]


async def test_a_failure_holds_up_the_same_recipient_only(messages: Messages) -> None:
    await messages.plan([message(1), message(2), message(3, MENTOR)], position=3)
    await messages.failed(message(1).id, "away", retry_at=NOW + 50 * SECOND)

    assert await due_ids(messages, after=49 * SECOND) == [message(3, MENTOR).id]
    assert await due_ids(messages, after=50 * SECOND) == [message(3, MENTOR).id, message(1).id]


async def test_what_is_given_up_lets_the_next_one_go(messages: Messages) -> None:
    await messages.plan([message(1), message(2), message(3)], position=3)
    await messages.failed(message(1).id, "refused", retry_at=None)
    await messages.suppressed(message(2).id, "no address")

    assert await due_ids(messages) == [message(3).id]
    assert await messages.counts() == {
        MessageStatus.FAILED: 1,
        MessageStatus.SUPPRESSED: 1,
        MessageStatus.QUEUED: 1,
    }


async def test_attempts_and_the_last_error_are_kept(messages: Messages) -> None:
    await messages.plan([message(1)], position=1)
    await messages.failed(message(1).id, "away", retry_at=NOW + SECOND)
    await messages.failed(message(1).id, "busy", retry_at=NOW + 2 * SECOND)

    waiting = await stored(messages, message(1).id)
    assert (waiting.status, waiting.attempts, waiting.failures) == (MessageStatus.QUEUED, 2, 2)
    assert (waiting.last_error, waiting.due_at) == ("busy", NOW + 2 * SECOND)

    await messages.sent(message(1).id, at=NOW + 3 * SECOND)

    sent = await stored(messages, message(1).id)
    assert (sent.status, sent.attempts, sent.last_error) == (MessageStatus.SENT, 3, None)
    assert (sent.sent_at, sent.due_at) == (NOW + 3 * SECOND, None)


async def test_what_is_over_stays_as_it_is(messages: Messages) -> None:
    await messages.plan([message(1)], position=1)
    await messages.sent(message(1).id, at=NOW)
    before = await messages.get(message(1).id)

    await messages.failed(message(1).id, "late", retry_at=None)
    await messages.suppressed(message(1).id, "late")
    await messages.sent(message(1).id, at=NOW + SECOND)

    assert await messages.get(message(1).id) == before


async def test_several_are_recorded_as_sent_and_once_however_often_it_is_told(
    messages: Messages,
) -> None:
    people = [f"mentor_{number}" for number in range(4)]
    planned = [message(number, person) for number, person in enumerate(people, 1)]
    await messages.plan(planned, position=4)

    await messages.sent(planned[0].id, planned[1].id, at=NOW)
    await messages.sent(*[each.id for each in planned[:3]], "message_unknown", at=NOW + SECOND)

    found = [await stored(messages, each.id) for each in planned]
    assert [each.attempts for each in found] == [1, 1, 1, 0]
    assert [each.sent_at for each in found] == [NOW, NOW, NOW + SECOND, None]
    assert await messages.counts() == {MessageStatus.SENT: 3, MessageStatus.QUEUED: 1}


async def test_a_resend_queues_again_with_failures_forgiven(messages: Messages) -> None:
    await messages.plan([message(1)], position=1)
    await messages.failed(message(1).id, "refused", retry_at=None)
    await messages.plan([], [Resend(message(1).id, 1, NOW + 9 * SECOND)], position=2)

    again = await stored(messages, message(1).id)
    assert (again.status, again.attempts, again.failures) == (MessageStatus.QUEUED, 1, 0)
    assert (again.resends, again.last_error, again.due_at) == (1, None, NOW + 9 * SECOND)


async def test_a_resend_is_taken_up_once(messages: Messages) -> None:
    resend = Resend(message(1).id, 1, NOW)
    await messages.plan([message(1)], [resend], position=2)
    await messages.sent(message(1).id, at=NOW)
    await messages.plan([message(1)], [resend], position=2)

    assert (await stored(messages, message(1).id)).status is MessageStatus.SENT

    await messages.plan([], [Resend(message(1).id, 2, NOW)], position=3)
    assert await due_ids(messages) == [message(1).id]


async def test_a_resend_of_what_is_not_known_changes_nothing(messages: Messages) -> None:
    await messages.plan([], [Resend("message_9", 1, NOW)], position=3)

    assert await messages.get("message_9") is None
    assert await messages.position() == 3


async def test_the_messages_of_a_booking_can_be_asked_for_by_recipient(messages: Messages) -> None:
    other = message(3, booking_id="booking_2", id="message_other")
    invitation = message(4, MENTOR, booking_id=None, id="message_invitation")
    await messages.plan([message(2), message(1, MENTOR), other, invitation], position=4)

    async def found(*recipients: str) -> list[int]:
        chosen = await messages.of_booking(BOOKING, recipients=recipients or None)
        return [each.position for each in chosen]

    assert await found() == [1, 2]
    assert await found(MENTOR) == [1]
    assert await found(MENTOR, STUDENT, "user_1") == [1, 2]
    assert await messages.of_booking(BOOKING, recipients=()) == []
