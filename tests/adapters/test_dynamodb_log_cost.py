"""What an append and a load cost on DynamoDB, counted by the server."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pytest

from mentorbooking.adapters.persistence.dynamodb_log.log import DynamoDBLog
from mentorbooking.adapters.persistence.requests import Append, NewEvent, StreamAppend
from tests.support.dynamodb_logs import NOON, CountingClient, answered, appending, new_log, to

if TYPE_CHECKING:
    from types_aiobotocore_dynamodb import DynamoDBClient

pytestmark = pytest.mark.anyio


def an_id(prefix: str) -> str:
    return f"{prefix}_{secrets.token_hex(13)}"


def booking(calendar: str, version: int) -> Append:
    """A booking as the service stores it: ids, times and answer of the sizes they have."""
    at = b'{"at":"2026-11-21T14:37:06.746378Z",'
    slot = b'"slot":{"start":"2026-11-28T15:00:00Z","end":"2026-11-28T16:00:00Z"}'
    student, user, slot_id, booking_id = map(an_id, ("student", "user", "slot", "booking"))
    reserved = at + f'"slot_id":"{slot_id}","booking_id":"{booking_id}"}}'.encode()
    added = at + f'"booking_id":"{booking_id}",'.encode() + slot + b"}"
    created = (
        at
        + f'"mentor_id":"{an_id("mentor")}","student_id":"{student}",'.encode()
        + f'"slot_id":"{slot_id}",'.encode()
        + slot
        + b',"title":"My first compiler","description":"How do I begin?"}'
    )
    key = secrets.token_hex(16)
    metadata = (
        f'{{"actor":"user:{user}","channel":"http","correlation_id":"{secrets.token_hex(12)}",'
        f'"idempotency_key":"{key}"}}'
    )
    return Append(
        commit_id=an_id("commit"),
        time_us=NOON + version,
        metadata=metadata.encode(),
        streams=(
            StreamAppend(calendar, version, (NewEvent("mentor_calendar.slot_reserved", reserved),)),
            StreamAppend(student, 0, (NewEvent("student_calendar.session_added", added),)),
            StreamAppend(booking_id, 0, (NewEvent("booking.created", created),)),
            to("mentor_1", 1),
        ),
        idempotency=answered(key, principal=user, body=secrets.token_hex(215).encode()),
    )


async def test_a_booking_is_one_transaction_of_six_items_and_twelve_write_units(
    dynamodb: DynamoDBClient,
) -> None:
    counting = CountingClient(dynamodb)
    log = DynamoDBLog(counting, (await new_log(dynamodb)).table)  # type: ignore[arg-type] # acts as one
    await log.append(appending(to("mentor_1", 0, b"x" * 300)))
    calendar = f"calendar_{an_id('mentor')}_2953"
    units = []
    for version in range(30):
        counting.forget()
        landed = await log.append(booking(calendar, version))
        assert counting.calls == {"transact_write_items": 1}
        spent = counting.units["transact_write_items"]
        assert spent == (14 if landed.moved_out else 12)
        units.append(spent)
    assert sum(units) / len(units) < 12.5


async def test_a_booking_of_another_process_reads_the_tips_it_adds_to_first(
    dynamodb: DynamoDBClient,
) -> None:
    writer = await new_log(dynamodb)
    await writer.append(appending(to("mentor_1", 0, b"x" * 300)))
    for version in range(4):
        await writer.append(booking("calendar", version))
    counting = CountingClient(dynamodb)
    log = DynamoDBLog(counting, writer.table)  # type: ignore[arg-type] # acts as one
    for stream in ("calendar", "mentor_1"):
        await log.load(stream)
    await log.append(booking("calendar", 4))

    assert counting.calls == {"query": 3, "transact_write_items": 1}
    assert counting.units == {"query": 3, "transact_write_items": 12}
