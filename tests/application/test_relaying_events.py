"""The outbox's relay: sends in order, parks what fails, loses nothing, doubles no effect."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from mentorbooking.application.jobs.order import JobOrder
from mentorbooking.application.outbox.relay import BATCH
from mentorbooking.application.ports.event_publisher import PublisherUnavailable
from mentorbooking.application.ports.job_queue import JobState
from mentorbooking.application.ports.outbox_ledger import ParkedState
from mentorbooking.domain.bookings_export.events import (
    BookingsExportRequested,
    BookingsExportRetried,
    ExportFilter,
)
from mentorbooking.domain.mentor_import.events import MentorImportRequested
from mentorbooking.domain.student_calendar.events import SessionRemoved
from tests.support.fixed import NOW
from tests.support.public_events import cancelled, created
from tests.support.relay_house import BACKOFF, House
from tests.support.work_file import open_work_file

pytestmark = pytest.mark.anyio


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    database = open_work_file(tmp_path)
    yield House(database)
    database.close()


def requested_export() -> BookingsExportRequested:
    return BookingsExportRequested(
        at=NOW, filter=ExportFilter(), as_of_position=1, raw=False, requested_by="user_1"
    )


async def test_public_facts_are_sent_in_the_order_of_the_log(house: House) -> None:
    house.log.append("booking_1", created(), cancelled())
    house.log.append("booking_2", created())

    assert await house.relay().relay_batch() == 3

    assert house.topic.types_of("booking_1") == ["booking.created", "booking.cancelled"]
    assert house.topic.types_of("booking_2") == ["booking.created"]


async def test_all_that_happened_to_one_thing_is_sent_one_after_the_other(house: House) -> None:
    house.log.append("booking_1", created(), cancelled(), cancelled(), created())
    house.log.append("booking_2", created(), cancelled())

    await house.relay().relay_batch()

    assert house.topic.types_of("booking_1") == [
        *("booking.created", "booking.cancelled", "booking.cancelled", "booking.created")
    ]
    assert house.topic.types_of("booking_2") == ["booking.created", "booking.cancelled"]


async def test_the_position_moves_over_private_facts_too(house: House) -> None:
    house.log.append("booking_1", created())
    house.log.append("calendar", SessionRemoved(at=NOW, booking_id="booking_1"))

    await house.relay().relay_batch()

    status = await house.status()
    assert (status.position, status.head, status.lag) == (2, 2, 0)
    assert len(house.topic.got) == 1


async def test_a_relay_goes_on_where_the_last_one_was(house: House) -> None:
    house.log.append("booking_1", created())
    await house.relay().relay_batch()
    house.log.append("booking_1", cancelled())
    await house.relay().relay_batch()
    assert await house.relay().relay_batch() == 0

    assert house.topic.types_of("booking_1") == ["booking.created", "booking.cancelled"]


async def test_a_long_log_is_relayed_batch_by_batch(house: House) -> None:
    for number in range(BATCH + 5):
        house.log.append(f"booking_{number}", created())
        house.log.append("calendar", SessionRemoved(at=NOW, booking_id="x"))

    assert [await house.relay().relay_batch() for _ in range(3)] == [BATCH, 5, 0]
    assert (await house.status()).lag == 0


async def test_an_import_and_an_export_become_jobs_that_know_their_cause(house: House) -> None:
    house.log.append(
        "import_1",
        MentorImportRequested(
            at=NOW,
            object_key="k",
            file_name="f",
            sha256="s",
            size_bytes=1,
            dry_run=False,
            requested_by="user_1",
        ),
    )
    house.log.append("export_1", requested_export(), BookingsExportRetried(at=NOW))

    await house.relay().relay_batch()

    jobs = sorted(await house.jobs.list_jobs([JobState.QUEUED]), key=lambda job: job.id)
    assert [(job.queue, job.key, JobOrder.of(job)) for job in jobs] == [
        ("mentor-imports", "import_1", JobOrder("import_1", "event_1", "request-1")),
        ("booking-exports", "event_2", JobOrder("export_1", "event_2", "request-1")),
        ("booking-exports", "event_3", JobOrder("export_1", "event_3", "request-1")),
    ]


async def test_what_fails_is_parked_and_holds_only_its_own_stream(house: House) -> None:
    house.topic.refuses = {"booking_1"}
    house.log.append("booking_1", created())
    house.log.append("booking_2", created())
    house.log.append("booking_1", cancelled())
    house.log.append("booking_2", cancelled())

    await house.relay().relay_batch()

    assert house.topic.types_of("booking_2") == ["booking.created", "booking.cancelled"]
    status = await house.status()
    assert (status.lag, status.waiting, status.held, status.dead) == (0, 1, 1, 0)


async def test_later_facts_of_a_parked_stream_are_held_behind_it(house: House) -> None:
    house.topic.refuses = {"booking_1"}
    house.log.append("booking_1", created())
    await house.relay().relay_batch()
    house.topic.refuses = set()
    house.log.append("booking_1", cancelled())
    await house.relay().relay_batch()
    assert house.topic.got == []

    house.clock.advance(timedelta(minutes=1))
    assert await house.relay().retry_parked() == 2

    assert house.topic.types_of("booking_1") == ["booking.created", "booking.cancelled"]
    assert await house.states() == []


async def test_a_parked_fact_is_not_tried_before_it_is_due(house: House) -> None:
    house.topic.refuses = {"booking_1"}
    house.log.append("booking_1", created())
    await house.relay().relay_batch()
    house.topic.refuses = set()

    house.clock.advance(timedelta(seconds=4))
    assert await house.relay().retry_parked() == 0
    house.clock.advance(timedelta(seconds=1))
    assert await house.relay().retry_parked() == 1


async def dead_letter(house: House) -> None:
    house.topic.refuses = {"booking_1"}
    house.log.append("booking_1", created(), cancelled())
    await house.relay().relay_batch()
    for _ in range(BACKOFF.attempts):
        house.clock.advance(timedelta(hours=1))
        await house.relay().retry_parked()


async def test_after_the_retries_it_is_a_dead_letter_that_says_why(house: House) -> None:
    await dead_letter(house)

    status = await house.status()
    assert (status.dead, status.held, status.waiting) == (1, 1, 0)
    (letter,) = status.dead_letters
    assert (letter.position, letter.topic, letter.attempts, letter.last_error) == (
        1,
        "booking.created",
        3,
        "refused",
    )


async def test_a_dead_letter_that_is_redriven_goes_out_before_what_it_held(house: House) -> None:
    await dead_letter(house)
    house.topic.refuses = set()
    house.clock.advance(timedelta(days=1))
    assert await house.relay().retry_parked() == 0

    await house.ledger.redrive(None, now=house.clock.now())
    await house.relay().retry_parked()

    assert house.topic.types_of("booking_1") == ["booking.created", "booking.cancelled"]
    assert await house.states() == []


async def test_when_nothing_can_be_sent_nothing_is_parked(house: House) -> None:
    house.log.append("booking_1", created())
    house.topic.away = True

    with pytest.raises(PublisherUnavailable):
        await house.relay().relay_batch()

    assert await house.states() == []
    assert (await house.status()).position == 0


async def test_a_fact_that_can_not_be_told_is_parked_like_one_that_can_not_be_sent(
    house: House,
) -> None:
    house.log.append("booking_1", msgspec.structs.replace(created(), slot=None))
    house.log.append("booking_2", created())

    await house.relay().relay_batch()

    assert await house.states() == [ParkedState.WAITING]
    assert house.topic.types_of("booking_2") == ["booking.created"]


@pytest.mark.parametrize("seed", range(3))
async def test_with_a_fifth_of_all_sends_failing_each_booking_is_told_in_order(
    house: House, seed: int
) -> None:
    rng = random.Random(seed)
    house.topic.chance = rng.random
    told: dict[str, list[str]] = {}
    for _ in range(150):
        booking = f"booking_{rng.randrange(40)}"
        fact = rng.choice([created(), cancelled()])
        house.log.append(booking, fact)
        told.setdefault(booking, []).append(fact.TOPIC)
        if rng.random() < 0.2:
            await house.relay().relay_batch()
            await house.relay().retry_parked()

    for _ in range(200):
        house.clock.advance(timedelta(hours=1))
        await house.relay().relay_batch()
        await house.relay().retry_parked()
        await house.ledger.redrive(None, now=house.clock.now())
        if not await house.states() and not (await house.status()).lag:
            break

    assert {booking: house.topic.types_of(booking) for booking in told} == told
