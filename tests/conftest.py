"""Fixtures that every test may use. Servers start with the first test that asks for them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.support.effort import TORTURED

if TYPE_CHECKING:
    from types_aiobotocore_dynamodb import DynamoDBClient

    from mentorbooking.adapters.aws.clients import AwsClients

settings.register_profile(
    "the same on every machine",
    deadline=None,
    derandomize=not TORTURED,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("the same on every machine")


@pytest.fixture
def anyio_backend() -> str:
    """Run async tests on asyncio, the only loop the service runs on."""
    return "asyncio"


@pytest.fixture(scope="session")
def aws_credentials(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Put credentials into the environment that open nothing; make clients cheap."""
    from tests.support.aws_servers import fake_credentials
    from tests.support.cheap_clients import cheap_clients

    with fake_credentials(), cheap_clients(tmp_path_factory.mktemp("trusted")):
        yield


@pytest.fixture(scope="session")
def dynamodb_endpoint(aws_credentials: None) -> Iterator[str]:
    """The URL of a DynamoDB that all tests share; each makes tables of its own in it."""
    from tests.support.aws_servers import any_dynamodb

    with any_dynamodb() as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def moto_endpoint(aws_credentials: None) -> Iterator[str]:
    """The URL of S3, SQS, SNS, SES and Cognito; each test makes buckets and queues of its own."""
    from tests.support.aws_servers import moto_server

    with moto_server() as endpoint:
        yield endpoint


@pytest.fixture
async def dynamodb(anyio_backend: str, dynamodb_endpoint: str) -> AsyncIterator[DynamoDBClient]:
    """A client of DynamoDB, for tests that need nothing else of AWS."""
    from mentorbooking.adapters.aws.clients import AwsClients
    from tests.support.aws_servers import aws_settings

    async with AwsClients(aws_settings(dynamodb=dynamodb_endpoint)) as clients:
        yield await clients.dynamodb()


@pytest.fixture
async def aws_clients(
    anyio_backend: str, dynamodb_endpoint: str, moto_endpoint: str
) -> AsyncIterator[AwsClients]:
    """Clients of every service, on servers of this machine."""
    from mentorbooking.adapters.aws.clients import AwsClients
    from tests.support.aws_servers import aws_settings

    settings = aws_settings(dynamodb=dynamodb_endpoint, others=moto_endpoint)
    async with AwsClients(settings) as clients:
        yield clients
