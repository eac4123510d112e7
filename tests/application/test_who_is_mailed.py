"""Which event mails whom: the same messages for the same event, whoever asks."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mentorbooking.application.notifications.message_ids import message_id_of
from mentorbooking.application.notifications.planning import MAILED, MessagePlan, resend_of
from mentorbooking.application.ports.messages import MessageRecord, Resend
from mentorbooking.application.reactions import REACTIONS
from mentorbooking.domain.bookings_export.events import BookingsExported, BookingsExportFailed
from mentorbooking.domain.catalogue import EVENT_TYPES
from mentorbooking.domain.kernel.event import Event
from mentorbooking.domain.kernel.ids import uuid_of
from mentorbooking.domain.mentor.events import MentorInvited, MentorPaused
from mentorbooking.domain.mentor_import.events import (
    ImportCounts,
    MentorImportFailed,
    MentorsImported,
)
from mentorbooking.domain.notification.events import ResendRequested
from tests.support.fixed import BOOKING, MENTOR, NOW, STUDENT, USER
from tests.support.memory_log import MemoryLog
from tests.support.public_events import cancelled, created

pytestmark = pytest.mark.anyio

IMPORT, EXPORT = "import_01k40000000000000000000005", "export_01k40000000000000000000006"


def imported(by: str = USER, *, dry_run: bool = False) -> MentorsImported:
    return MentorsImported(at=NOW, counts=ImportCounts(), dry_run=dry_run, requested_by=by)


def import_failed(by: str = USER, *, dry_run: bool = False) -> MentorImportFailed:
    return MentorImportFailed(
        at=NOW, code="missing-column", detail="-", dry_run=dry_run, requested_by=by
    )


def exported(by: str = USER) -> BookingsExported:
    return BookingsExported(
        at=NOW, object_key="k", record_count=1, sha256="0", as_of_position=1, requested_by=by
    )


def export_failed(by: str = USER) -> BookingsExportFailed:
    return BookingsExportFailed(at=NOW, code="export-failed", detail="-", requested_by=by)


def invited() -> MentorInvited:
    return MentorInvited(at=NOW, invitation_id="invitation_1", expires_at=NOW, invited_by=USER)


async def messages_of(stream: str, *history: Event) -> list[MessageRecord]:
    """Return what the last event of a stream mails."""
    log = MemoryLog()
    log.append("somebody_else", MentorPaused(at=NOW))
    log.append(stream, *history)
    history = await log.read_stream(stream)
    return await MessagePlan(log).messages(history[-1])


def told(*messages: MessageRecord) -> list[tuple[str, str]]:
    return [(message.recipient, message.template) for message in messages]


async def test_student_and_mentor_are_told_of_a_booking_each_by_their_own_message() -> None:
    messages = await messages_of(BOOKING, created())

    assert told(*messages) == [(STUDENT, "booking_created"), (MENTOR, "booking_created")]
    assert len({message.id for message in messages}) == 2
    for message in messages:
        assert (message.event_id, message.booking_id) == ("event_2", BOOKING)
        assert (message.position, message.created_at, message.due_at) == (2, NOW, NOW)


async def test_student_and_mentor_are_told_of_a_cancellation() -> None:
    messages = await messages_of(BOOKING, created(), cancelled())

    assert told(*messages) == [(STUDENT, "booking_cancelled"), (MENTOR, "booking_cancelled")]
    assert {message.event_id for message in messages} == {"event_3"}


@pytest.mark.parametrize("event", [imported(), import_failed()], ids=lambda event: event.TOPIC)
async def test_the_admin_who_asked_is_told_how_an_import_ended(event: Event) -> None:
    (message,) = await messages_of(IMPORT, event)

    assert told(message) == [(USER, "mentors_imported")]
    assert message.booking_id is None


@pytest.mark.parametrize("event", [exported(), export_failed()], ids=lambda event: event.TOPIC)
async def test_the_admin_who_asked_is_told_how_an_export_ended(event: Event) -> None:
    assert told(*await messages_of(EXPORT, event)) == [(USER, "bookings_exported")]


@pytest.mark.parametrize("event", [imported(dry_run=True), import_failed(dry_run=True)])
async def test_nobody_is_told_of_a_dry_run(event: Event) -> None:
    assert await messages_of(IMPORT, event) == []


@pytest.mark.parametrize("event", [imported("system"), import_failed("system"), exported("system")])
async def test_nobody_is_told_of_what_the_command_line_asked_for(event: Event) -> None:
    assert await messages_of(IMPORT, event) == []


async def test_an_invited_mentor_gets_the_invitation() -> None:
    assert told(*await messages_of(MENTOR, invited())) == [(MENTOR, "invitation")]


async def test_a_resend_makes_no_message_but_names_one_and_its_turn() -> None:
    log = MemoryLog()
    asked = [ResendRequested(at=NOW + timedelta(hours=n), message_id="message_1") for n in (1, 2)]
    log.append("message_1", *asked)

    first, second = await log.read_stream("message_1")

    assert await MessagePlan(log).messages(second) == []
    assert resend_of(first) == Resend("message_1", 1, NOW + timedelta(hours=1))
    assert resend_of(second) == Resend("message_1", 2, NOW + timedelta(hours=2))


async def test_other_events_mail_nobody_and_ask_for_nothing() -> None:
    log = MemoryLog()
    log.append(MENTOR, MentorPaused(at=NOW))
    (paused,) = await log.read_stream(MENTOR)

    assert await MessagePlan(log).messages(paused) == []
    assert resend_of(paused) is None


async def test_what_the_table_of_reactions_mails_is_what_is_planned() -> None:
    histories = [
        (BOOKING, (created(),)),
        (BOOKING, (created(), cancelled())),
        (IMPORT, (imported(),)),
        (IMPORT, (import_failed(),)),
        (EXPORT, (exported(),)),
        (EXPORT, (export_failed(),)),
        (MENTOR, (invited(),)),
    ]
    planned = {
        history[-1].TOPIC: {message.template for message in await messages_of(stream, *history)}
        for stream, history in histories
    }

    assert planned == {
        topic: set(REACTIONS[topic].mails) for topic in MAILED if topic != ResendRequested.TOPIC
    }
    assert set(MAILED) < set(EVENT_TYPES)


async def test_the_messages_of_a_booking_are_those_of_its_events() -> None:
    log = MemoryLog()
    log.append("booking_other", created())
    log.append(BOOKING, created(), cancelled())
    plan = MessagePlan(log)

    assert await plan.of_booking(BOOKING) == [
        message
        for recorded in await log.read_stream(BOOKING)
        for message in await plan.messages(recorded)
    ]
    assert told(*await plan.of_booking(BOOKING)) == [
        (STUDENT, "booking_created"),
        (MENTOR, "booking_created"),
        (STUDENT, "booking_cancelled"),
        (MENTOR, "booking_cancelled"),
    ]
    assert await plan.of_booking("booking_unknown") == []


async def test_the_same_event_gives_the_same_ids_for_ever() -> None:
    student, mentor = await messages_of(BOOKING, created())

    # These name rows, files and Message-IDs that exist already: never change them.
    assert student.id == "message_01m1e34qm0fkyareq7cg9jahmw"
    assert mentor.id == "message_01m1e34qm0fgpt4cpp900jd4n7"


def test_ids_sort_by_the_time_of_the_event() -> None:
    times = [NOW + timedelta(milliseconds=number) for number in range(50)]
    ids = [message_id_of("event_1", STUDENT, "booking_created", at) for at in times]

    assert ids == sorted(ids)
    assert all(uuid_of("message", each) for each in ids)


def test_event_recipient_and_template_make_the_id() -> None:
    keys = [
        ("event_1", STUDENT, "booking_created"),
        ("event_2", STUDENT, "booking_created"),
        ("event_1", MENTOR, "booking_created"),
        ("event_1", STUDENT, "booking_cancelled"),
    ]

    assert len({message_id_of(*key, NOW) for key in keys}) == 4
    assert message_id_of(*keys[0], NOW) == message_id_of(*keys[0], NOW)
