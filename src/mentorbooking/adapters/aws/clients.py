"""The one place where clients of AWS's services are made: one of each for a process.

Making one reads descriptions of the service from disk (0.1 s for the first), so each is made
when it is first asked for, and a process that sends no mail never loads what sends mail. Adapters
that not every process comes to use ask for theirs themselves: ``WhenNeeded``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from mentorbooking.adapters.aws.settings import AwsSettings, Service

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient as SyncDynamoDBClient
    from types_aiobotocore_dynamodb import DynamoDBClient
    from types_aiobotocore_s3 import S3Client
    from types_aiobotocore_sesv2 import SESV2Client
    from types_aiobotocore_sns import SNSClient
    from types_aiobotocore_sqs import SQSClient

T = TypeVar("T")

WhenNeeded = Callable[[], Awaitable[T]]
"""What is made when it is first asked for, and is the same for all who ask again."""


class AwsClients:
    """Clients of one event loop, to be closed at the end: ``async with AwsClients(…)``.

    None connects before its first call. A call to an endpoint that is down raises botocore's
    ``EndpointConnectionError``, ``ConnectTimeoutError`` or ``ReadTimeoutError`` (all of them
    ``BotoCoreError``) within seconds; there is no thread of their own behind them.
    """

    def __init__(self, settings: AwsSettings) -> None:
        self.settings = settings
        self._made: dict[tuple[Service, bool], Any] = {}
        self._making = asyncio.Lock()
        self._open = AsyncExitStack()
        self._session: Any = None
        self._closed = False

    async def dynamodb(self) -> DynamoDBClient:
        """Return the client that never retries: a cancelled transaction is ours to judge."""
        client: DynamoDBClient = await self._client("dynamodb")
        return client

    async def s3(self) -> S3Client:
        client: S3Client = await self._client("s3")
        return client

    async def sqs(self) -> SQSClient:
        """Return the client that sends and deletes; it does not wait out a long poll."""
        client: SQSClient = await self._client("sqs")
        return client

    async def sqs_polling(self) -> SQSClient:
        """Return the client that receives: it waits for messages up to 20 s, and its waiting
        takes no connection away from those who send.
        """
        client: SQSClient = await self._client("sqs", polling=True)
        return client

    async def sns(self) -> SNSClient:
        client: SNSClient = await self._client("sns")
        return client

    async def ses(self) -> SESV2Client:
        client: SESV2Client = await self._client("sesv2")
        return client

    async def close(self) -> None:
        """Close every connection; harmless when repeated."""
        async with self._making:
            self._closed = True
            self._made.clear()
            await self._open.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def _client(self, service: Service, *, polling: bool = False) -> Any:
        made = self._made.get((service, polling))
        return made if made is not None else await self._make(service, polling=polling)

    async def _make(self, service: Service, *, polling: bool) -> Any:
        async with self._making:
            if self._closed:
                raise RuntimeError("the clients are closed")
            if (service, polling) not in self._made:
                import aioboto3  # type: ignore[import-untyped]  # it has no types

                from mentorbooking.adapters.aws.async_configuration import async_config

                if self._session is None:
                    self._session = aioboto3.Session(region_name=self.settings.region)
                self._made[service, polling] = await self._open.enter_async_context(
                    self._session.client(
                        service,
                        endpoint_url=self.settings.endpoint_of(service),
                        config=async_config(self.settings, service, polling=polling),
                    )
                )
            return self._made[service, polling]


def boto3_dynamodb(settings: AwsSettings) -> SyncDynamoDBClient:
    """Return a client for synchronous code and any number of threads, to be closed by its
    owner; it is set up as the asynchronous one.
    """
    import boto3
    from botocore.config import Config

    from mentorbooking.adapters.aws.configuration import options_for

    return boto3.session.Session(region_name=settings.region).client(
        "dynamodb",
        endpoint_url=settings.dynamodb_endpoint,
        config=Config(**options_for(settings, "dynamodb")),
    )
