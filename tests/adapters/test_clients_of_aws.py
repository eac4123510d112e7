"""Clients of AWS: made once, closed at the end, and never waiting long for an endpoint."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)
from msgspec.structs import replace

from mentorbooking.adapters.aws.clients import AwsClients, boto3_dynamodb
from mentorbooking.adapters.aws.settings import AwsSettings
from tests.support.aws_servers import aws_settings, unique
from tests.support.patience import SOON

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("aws_credentials")]

IMPATIENT = AwsSettings(connect_timeout=0.2, read_timeout=0.3, pool_timeout=0.3)


@contextmanager
def silent_server() -> Iterator[str]:
    """Accept connections, as a listening socket does by itself, and never answer."""
    with socket.create_server(("127.0.0.1", 0), backlog=200) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


CALLS: list[Callable[[AwsClients], Awaitable[Any]]] = []


def call(one: Callable[[AwsClients], Awaitable[Any]]) -> Callable[[AwsClients], Awaitable[Any]]:
    CALLS.append(one)
    return one


@call
async def dynamodb(clients: AwsClients) -> Any:
    return await (await clients.dynamodb()).list_tables()


@call
async def s3(clients: AwsClients) -> Any:
    return await (await clients.s3()).list_buckets()


@call
async def sqs(clients: AwsClients) -> Any:
    return await (await clients.sqs()).list_queues()


@call
async def sqs_polling(clients: AwsClients) -> Any:
    return await (await clients.sqs_polling()).list_queues()


@call
async def sns(clients: AwsClients) -> Any:
    return await (await clients.sns()).list_topics()


@call
async def ses(clients: AwsClients) -> Any:
    return await (await clients.ses()).get_account()


every_service = pytest.mark.parametrize("service", CALLS, ids=lambda each: each.__name__)


async def test_every_service_answers(aws_clients: AwsClients) -> None:
    queues = await aws_clients.sqs()
    made = await queues.create_queue(QueueName=unique("queue"))
    await queues.send_message(QueueUrl=made["QueueUrl"], MessageBody="hello")
    polling = await aws_clients.sqs_polling()
    received = await polling.receive_message(QueueUrl=made["QueueUrl"], WaitTimeSeconds=1)
    assert [message["Body"] for message in received["Messages"]] == ["hello"]
    for service in (dynamodb, s3, sns):
        assert (await service(aws_clients))["ResponseMetadata"]["HTTPStatusCode"] == 200


async def test_a_client_is_made_once_however_many_ask_at_once() -> None:
    async with AwsClients(aws_settings()) as clients:
        first, *others = await asyncio.gather(*(clients.sqs() for _ in range(10)))
        assert all(other is first for other in others)
        assert await clients.sqs_polling() is not first


async def test_after_the_end_none_is_made() -> None:
    clients = AwsClients(aws_settings())
    await clients.sqs()
    await clients.close()
    await clients.close()
    with pytest.raises(RuntimeError, match="closed"):
        await clients.sqs()


@every_service
async def test_where_nothing_listens_the_error_comes_at_once_and_no_thread_stays(
    service: Callable[[AwsClients], Awaitable[Any]],
) -> None:
    threads = threading.enumerate()
    async with AwsClients(aws_settings()) as clients:
        begun = time.monotonic()
        with pytest.raises(EndpointConnectionError):
            await service(clients)
        assert time.monotonic() - begun < SOON
    assert set(threading.enumerate()) <= {*threads}


@every_service
async def test_where_nobody_answers_the_error_comes_within_the_time_out(
    service: Callable[[AwsClients], Awaitable[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mentorbooking.adapters.aws.configuration.LONGEST_POLL", 0.1)
    with silent_server() as url:
        settings = replace(IMPATIENT, dynamodb_endpoint=url, endpoint=url)
        async with AwsClients(settings) as clients:
            begun = time.monotonic()
            with pytest.raises(ReadTimeoutError):
                await service(clients)
            assert time.monotonic() - begun < SOON


async def test_those_who_wait_for_a_connection_wait_no_longer_either() -> None:
    with silent_server() as url:
        settings = replace(IMPATIENT, dynamodb_endpoint=url, connections=2)
        async with AwsClients(settings) as clients:
            begun = time.monotonic()
            outcomes = await asyncio.gather(
                *(dynamodb(clients) for _ in range(50)), return_exceptions=True
            )
            assert time.monotonic() - begun < SOON
    assert all(isinstance(outcome, BotoCoreError) for outcome in outcomes)
    assert sum(isinstance(outcome, ConnectTimeoutError) for outcome in outcomes) >= 40


async def test_nothing_is_tried_twice_at_dynamodb() -> None:
    accepted = 0

    async def broken(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal accepted
        accepted += 1
        await reader.read(100)
        writer.write(b"HTTP/1.1 500 Broken\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(broken, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with AwsClients(AwsSettings(dynamodb_endpoint=url, endpoint=url)) as clients:
            with pytest.raises(ClientError):
                await dynamodb(clients)
            assert accepted == 1
            with pytest.raises(ClientError):
                await sqs(clients)
            assert accepted == 3


def test_the_synchronous_client_is_set_up_alike() -> None:
    threads = threading.enumerate()
    client = boto3_dynamodb(aws_settings())
    begun = time.monotonic()
    with pytest.raises(EndpointConnectionError):
        client.list_tables()
    assert time.monotonic() - begun < SOON
    client.close()
    assert set(threading.enumerate()) <= {*threads}


def test_an_endpoint_of_one_service_wins_and_dynamodb_has_its_own() -> None:
    settings = AwsSettings(endpoint="http://all", sqs_endpoint="http://queues")
    assert settings.endpoint_of("sqs") == "http://queues"
    assert settings.endpoint_of("sns") == "http://all"
    assert settings.endpoint_of("dynamodb") is None
