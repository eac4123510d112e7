"""What every EventPublisher promises. Add an adapter: add a receiver of what it sends."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from mentorbooking.adapters.aws.clients import AwsClients
from mentorbooking.application.integration_events.events import IntegrationEvent
from tests.support.aws_servers import aws_settings
from tests.support.public_events import public
from tests.support.receivers import (
    BySeveral,
    BySns,
    BySqs,
    InProcess,
    Receiver,
)

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["in_process", "sqs", "sns", "several"])
async def receiver(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Receiver]:
    if request.param == "in_process":
        receiver = InProcess(tmp_path)
        yield receiver
        receiver.close()
        return
    moto = request.getfixturevalue("moto_endpoint")
    async with AwsClients(aws_settings(others=moto)) as clients:
        sqs, sns = await clients.sqs(), await clients.sns()
        match request.param:
            case "sqs":
                yield await BySqs.made(sqs)
            case "sns":
                yield await BySns.made(sns, sqs)
            case _:
                yield BySeveral([await BySqs.made(sqs), await BySns.made(sns, sqs)])


def as_json(*events: IntegrationEvent) -> list[object]:
    return [msgspec.json.decode(event.to_json()) for event in events]


async def test_what_is_published_arrives_as_it_is(receiver: Receiver) -> None:
    assert not await receiver.publisher.publish([public(1), public(2)])

    assert await receiver.arrived() == as_json(public(1), public(2))


async def test_publishing_nothing_is_fine(receiver: Receiver) -> None:
    assert not await receiver.publisher.publish([])
    assert await receiver.arrived() == []


async def test_as_many_as_the_relay_sends_at_once_arrive(receiver: Receiver) -> None:
    events = [public(number) for number in range(1, 24)]

    assert not await receiver.publisher.publish(events)
    assert sorted(map(str, await receiver.arrived())) == sorted(map(str, as_json(*events)))


async def test_one_that_fails_is_told_and_keeps_no_other_from_being_sent(
    receiver: Receiver,
) -> None:
    receiver.refuse(public(2))

    (not_sent,) = await receiver.publisher.publish([public(1), public(2), public(3)])

    assert not_sent.event_id == public(2).id
    assert await receiver.arrived() == as_json(public(1), public(3))


async def test_what_is_told_of_a_failure_holds_no_address(receiver: Receiver) -> None:
    receiver.refuse(public(1))

    (not_sent,) = await receiver.publisher.publish([public(1)])

    assert receiver.reason in not_sent.error
    assert "ada@" not in not_sent.error


async def test_what_failed_can_be_published_later(receiver: Receiver) -> None:
    receiver.refuse(public(1))
    await receiver.publisher.publish([public(1)])
    receiver.refuse()

    assert not await receiver.publisher.publish([public(1)])
    assert await receiver.arrived() == as_json(public(1))
